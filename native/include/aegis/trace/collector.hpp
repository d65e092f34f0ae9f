#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "aegis/trace/event.hpp"
#include "aegis/trace/limits.hpp"
#include "aegis/trace/options.hpp"
#include "aegis/trace/query.hpp"
#include "aegis/trace/stats.hpp"

namespace aegis::trace {

class Ring;
class Reader;

/// The flight recorder: keeps the newest `capacity` events of all threads.
///
/// Threads: every member may be called from any thread at any time. Recording threads do not wait
/// for one another, and wait for a reader no longer than it takes to copy one chunk (64 KiB).
///
/// Invariants:
///  1. size() never exceeds the capacity, and what is retained are the newest size() events in
///     order of recording: (time of recording, lane, sequence), where a lane is a thread's own.
///  2. recorded == size + dropped + cleared in every CollectorStats and every export.
///  3. Ring memory never exceeds max_bytes.
///
/// Lifetime: destroy it when no thread uses it any more. Readers keep the ring alive by themselves.
/// Do not use one in the child of a fork().
class TraceCollector {
 public:
  /// @throws TraceError (kOption) for a capacity of 0 or above limits::kMaxCapacity; (kMemory).
  explicit TraceCollector(std::size_t capacity = limits::kDefaultCapacity);
  /// @throws TraceError (kOption, kMemory); (kFile) when the ring file cannot be made or reserved, or
  /// another collector, of this process or another, has it.
  explicit TraceCollector(const CollectorOptions& options);
  ~TraceCollector();
  TraceCollector(const TraceCollector&) = delete;
  TraceCollector& operator=(const TraceCollector&) = delete;

  /// Stores the event, giving it an id if it has none. @return false when it was rejected: its
  /// type or component is empty, its severity is none of the four, or there is no memory at all; and
  /// when recording is off.
  bool record(const TraceEvent& event) noexcept;
  /// Stores an event that happens now, without allocating. @return as record().
  bool record_now(std::string_view event_type, std::string_view component,
                  std::string_view rationale = {}, const EventDetails& details = {}) noexcept;

  /// While recording is off, record() takes nothing, looks at nothing and counts nothing, in every
  /// thread and language; what was recorded before stays. On at first.
  void set_recording(bool on) noexcept;
  /// Costs one load: ask before an event is made that is costly to make.
  [[nodiscard]] bool is_recording() const noexcept;

  /// Events retained now.
  [[nodiscard]] std::size_t size() const;
  /// The counters of this instant.
  [[nodiscard]] CollectorStats stats() const;
  /// Forgets every retained event; the counters go on.
  void clear();

  /// Matching events sorted by timestamp; equal timestamps stay in order of recording.
  /// @throws TraceError (kQuery) when start is after end; (kMemory).
  [[nodiscard]] std::vector<TraceEvent> query(const TraceQuery& query) const;
  /// Events of one component, in time order.
  [[nodiscard]] std::vector<TraceEvent> query_by_component(std::string_view component) const;
  /// Events of this severity and above, in time order.
  [[nodiscard]] std::vector<TraceEvent> query_by_severity(Severity minimum) const;
  /// Events about one model, in time order.
  [[nodiscard]] std::vector<TraceEvent> query_by_model(std::string_view model_id) const;
  /// Every retained event of one request, in time order.
  /// @throws TraceError (kQuery) when request_id is empty.
  [[nodiscard]] std::vector<TraceEvent> reconstruct_decision_chain(
      std::string_view request_id) const;

  /// Writes the retained events in order of recording as one JSON document (docs/formats/export.md). The file
  /// appears complete or not at all: it is written beside `path`, mode 0600, and renamed.
  /// @throws TraceError (kExport) for anything the file system refuses, or when `path` is not a
  /// regular file (links are not followed) or is write-protected; (kCancelled); (kMemory).
  ExportResult export_json(const std::filesystem::path& path,
                           const ExportOptions& options = {}) const;

  /// A new cursor, standing before the oldest retained event.
  [[nodiscard]] Reader reader() const;

  /// For the library's own tests: the ring that this collector owns.
  [[nodiscard]] const std::shared_ptr<Ring>& ring() const noexcept { return ring_; }

 private:
  std::shared_ptr<Ring> ring_;
};

/// What one Reader::read returned.
struct ReadResult {
  /// In order of recording: sorted across threads, each thread's events in their exact order.
  std::vector<TraceEvent> events;
  /// Events that were overwritten or cleared between the previous read and this one.
  std::uint64_t missed = 0;
};

/// A cursor on the ring. It removes nothing and holds no events: any number may read the same
/// collector. Over a reader's life every event is returned once or counted once as missed.
/// Threads: one at a time.
class Reader {
 public:
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  /// Returns at most `max_events` of those recorded since, oldest first.
  [[nodiscard]] ReadResult read(std::size_t max_events);

 private:
  friend class TraceCollector;
  explicit Reader(std::shared_ptr<Ring> ring);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aegis::trace
