#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>

#include "aegis/trace/limits.hpp"

namespace aegis::trace {

/// How much a collector keeps.
struct CollectorOptions {
  /// Events kept, 1 to limits::kMaxCapacity. Memory is taken as the ring fills, not up front.
  std::size_t capacity = limits::kDefaultCapacity;
  /// Bytes of ring memory at most, limits::kMinRingBytes to limits::kMaxRingBytes. 0: 512 bytes an
  /// event, but no less than the minimum. When events are so large that this bound is reached
  /// first, the oldest go although the capacity is not used up.
  std::size_t max_bytes = 0;
  /// Where the ring lives, so that it outlasts the process: a file on a local file system. All of
  /// max_bytes is reserved there at once, mode 0600; its folder is made if it is missing. A ring file
  /// that is there already is kept as FILE.1, that one as FILE.2, and so on. Empty: in memory.
  /// Recording costs some 10 % more; what is left after a crash is read by recover_ring().
  std::filesystem::path file = {};
  /// Ring files of earlier runs that are kept beside `file`. 0: none, the earlier one is deleted as
  /// soon as the new one stands.
  std::size_t keep_files = 3;
};

/// How far an export has come.
struct ExportProgress {
  std::uint64_t events_written = 0;
  std::uint64_t events_total = 0;
};

/// How to export.
struct ExportOptions {
  /// Called every few hundred events on the exporting thread; return false to stop the export.
  std::function<bool(const ExportProgress&)> on_progress = {};
};

}  // namespace aegis::trace
