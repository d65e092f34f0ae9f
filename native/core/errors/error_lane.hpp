#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "errors/frame_queue.hpp"
#include "errors/spill_file.hpp"

namespace aegis::trace {

/// How a lane for errors is set up.
struct ErrorLaneOptions {
  /// Memory of the lane, limits::kMinErrorLaneBytes to limits::kMaxErrorLaneBytes. More bridges a
  /// longer outage of the sink before errors cost a write to disk.
  std::size_t bytes = limits::kDefaultErrorLaneBytes;
  /// Where errors go that the lane has no room for. Empty: nowhere, and they are lost.
  std::filesystem::path spill_folder = {};
  /// Of their file, which is emptied when all that is in it was acknowledged: what comes beyond it is
  /// lost, and counted. From limits::kMinSpillBytes on.
  std::uint64_t spill_max_bytes = limits::kDefaultSpillBytes;
};

/// What became of the errors. Each figure is of this instant, not all of the same one.
struct ErrorLaneStats {
  std::uint64_t events = 0;         ///< in the lane, not acknowledged
  std::uint64_t bytes = 0;          ///< of these
  std::uint64_t offered = 0;        ///< recorded since the lane was opened, or being recorded
  std::uint64_t spilled = 0;        ///< written to the spill file since then
  std::uint64_t spill_pending = 0;  ///< of these not acknowledged
  std::uint64_t spill_bytes = 0;    ///< bytes of these
  std::uint64_t lost = 0;           ///< neither the lane nor the spill file took them
  int last_error = 0;               ///< errno of the last write that failed; 0: none did
};

/// The errors of a ring, a second time: first come, first served, until they are acknowledged. In
/// memory while there is room; then in a file, written by the thread that records.
///
///     record() ──▶ [lane in memory] ──full──▶ [spill file] ──fails──▶ counted as lost
///                        └── peek() ◀──────────────┘     acknowledge() gives both up
///
/// Threads: any. A producer holds the lane's mutex for one copy. The others take turns at the consumer's
/// mutex, so that close_for_owner() can end the lane of a thread that hangs elsewhere; what that
/// thread asks for later, with the ticket of a lane that is closed, finds nothing.
/// Lock order: consumer, lane, ring, chunk; a producer holds none when it calls offer().
class ErrorLane {
 public:
  /// Called with the chunk's mutex held, before an error is appended: whoever sees the error in the
  /// ring sees it counted. @return whether the lane is open; then one of the two below must follow.
  [[nodiscard]] bool announce() noexcept {
    // Under that mutex this cannot miss what open() stored before it had the mutex.
    return open_.load(std::memory_order_relaxed) && announce_to_open();
  }
  /// It was not recorded after all.
  void renounce() noexcept;
  /// Takes its frame, of which the checksum is not filled in yet.
  void offer(std::span<std::byte> frame) noexcept;

  /// `read_ends` gives the sequence of each lane after what has been appended, reading each under
  /// the mutex of its chunk: from there on every error is announced.
  /// @return the ticket of the lane until it is closed, for peek() and what follows.
  /// @throws TraceError (kDrain) when it is open already; (kOption, kMemory, kSpill).
  std::uint64_t open(const ErrorLaneOptions& options, const SpillOwner& owner, const RunClock& clock,
            const std::function<std::vector<std::uint64_t>()>& read_ends);
  /// Moves what was not acknowledged into the spill file, and onto the disk. @return how many; 0 when
  /// the lane of the ticket is closed already.
  std::size_t close(std::uint64_t ticket);
  /// The same in the place of whoever opened it, for the end of the process: only into the file, which
  /// survives that, and is not waited for. @return nothing when it could not begin in `wait`.
  [[nodiscard]] std::optional<std::size_t> close_for_owner(std::chrono::milliseconds wait);

  /// Whether an event of this place was recorded after open(), so that as an error it was announced.
  [[nodiscard]] bool covers(const EventPosition& place) const noexcept {
    return place.lane >= begins_.size() || place.sequence >= begins_[place.lane];
  }

  /// The oldest that were not acknowledged, the lane's before the spill file's.
  [[nodiscard]] RecordedEvents peek(std::uint64_t ticket, const FrameParser::Limits& limits);
  /// Gives up exactly what the last peek returned.
  void acknowledge(std::uint64_t ticket);

  [[nodiscard]] ErrorLaneStats stats() const noexcept;

 private:
  enum class Sync : bool { kNo, kYes };

  /// With the consumer's mutex held.
  [[nodiscard]] bool is_of(std::uint64_t ticket) const noexcept {
    return queue_ != nullptr && ticket == ticket_;
  }
  std::size_t close_locked(Sync sync);
  [[nodiscard]] bool announce_to_open() noexcept;
  void finish() noexcept;
  void spill(std::span<std::byte> frame) noexcept;
  void note(const SpillFile::Outcome& outcome) noexcept;

  std::atomic<bool> open_ = false;
  /// Announced, and neither renounced nor taken yet. close() waits for them.
  std::atomic<std::uint32_t> in_flight_ = 0;

  mutable std::mutex consumer_mutex_;  ///< guards ticket_, spill_files_, peeked_
  std::uint64_t ticket_ = 0;           ///< how often the lane was opened

  mutable std::mutex mutex_;
  std::unique_ptr<FrameQueue> queue_;  ///< null while closed; its frames stay until acknowledged
  std::vector<std::uint64_t> begins_;  ///< written by open() only

  std::unique_ptr<SpillFile> spill_;  ///< changes only while closed and nothing is in flight
  std::uint32_t spill_files_ = 0;
  std::size_t peeked_ = 0;  ///< of the queue

  // Relaxed: they are counters and order nothing.
  std::atomic<std::uint64_t> events_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<std::uint64_t> offered_ = 0;
  std::atomic<std::uint64_t> spilled_ = 0;
  std::atomic<std::uint64_t> lost_ = 0;
  std::atomic<int> last_error_ = 0;
};

}  // namespace aegis::trace
