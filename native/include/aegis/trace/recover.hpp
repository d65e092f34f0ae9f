#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "aegis/trace/clock.hpp"
#include "aegis/trace/collector.hpp"
#include "aegis/trace/event.hpp"
#include "aegis/trace/uuid.hpp"

namespace aegis::trace {

/// How a run has ended, as far as its ring file knows.
struct RunEnd {
  enum class Kind : std::uint32_t {
    kUnknown = 0,  ///< the process was killed or crashed, or it is alive
    kClosed = 1,   ///< the ring was closed; the process may have gone on
    kExit = 2,     ///< the process exited with `code`
    kSignal = 3,   ///< the process ended itself by the signal `code`
  };
  Kind kind = Kind::kUnknown;
  std::uint32_t code = 0;
};

/// What a ring file says of the run that wrote it, and what could not be read.
struct RecoveryInfo {
  /// The account: `recorded == size + dropped + cleared`, where `size` is what was recovered and
  /// what is missing was dropped. `bytes` is the size of the file.
  CollectorStats stats = {};
  /// Random, and of this run alone.
  Uuid run_id = {};
  /// The process that recorded.
  std::uint64_t pid = 0;
  /// When that process began, nanoseconds since the Unix epoch; 0: unknown.
  std::int64_t process_start_wall_ns = 0;
  /// Moments on both clocks, in order: of when the ring was made, and one for each time that the
  /// clocks parted. Empty only in an info that nobody has filled in.
  std::vector<ClockAnchor> anchors = {};
  /// When the ring was closed, nanoseconds since the Unix epoch; 0: it never was, so the process
  /// died, or is alive.
  std::int64_t closed_wall_ns = 0;
  RunEnd end = {};
  /// Records that were counted as complete and are not: damaged, or overwritten while being read.
  std::uint64_t skipped_records = 0;
  /// Chunks whose header is damaged, or that are missing at the end of a file that was cut off.
  std::uint64_t skipped_chunks = 0;
};

/// The events of a ring file, in memory.
struct RecoveredRing {
  RecoveryInfo info;
  /// In order of recording, with the ids that they had.
  std::vector<TraceEvent> events;
};

/// Reads what a process left in its ring file (CollectorOptions::file): the newest `capacity` events
/// whose recording had ended, each checked. The file may belong to a process that was killed, to one
/// that lives, or be a copy of either; it is only read. Nothing in it is trusted unchecked.
/// @throws TraceError (kFile) when it cannot be opened or read; (kFormat) when it is no ring file, of
/// another version, or its first 104 bytes are damaged; (kMemory).
[[nodiscard]] RecoveredRing recover_ring(const std::filesystem::path& file);

/// The same straight into an export, as TraceCollector::export_json writes it, with constant memory.
/// `info.stats.size` is the number of events in it.
/// @throws TraceError as recover_ring(); (kExport); (kCancelled).
RecoveryInfo recover_ring_to_json(const std::filesystem::path& file,
                                  const std::filesystem::path& json,
                                  const ExportOptions& options = {});

}  // namespace aegis::trace
