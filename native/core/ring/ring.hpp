#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "aegis/trace/options.hpp"
#include "aegis/trace/stats.hpp"
#include "record/chunk.hpp"
#include "errors/error_lane.hpp"
#include "ring/recording_switch.hpp"
#include "ring/ring_memory.hpp"
#include "ring/ring_seed.hpp"
#include "ring/run_clock.hpp"
#include "ring/snapshot.hpp"
#include "ring/thread_lanes.hpp"

namespace aegis::trace {

/// What the ring needs to know of a sealed chunk, kept beside its pointer: deciding what to recycle
/// and taking a snapshot then touch no chunk memory.
struct SealedChunk {
  Chunk* chunk;
  std::uint64_t first_sequence;
  std::uint64_t end_sequence;
  std::int64_t first_recorded_at_ns;
  std::int64_t last_recorded_at_ns;
};

/// The place of an event in the order of recording.
struct RecordingOrder {
  std::int64_t recorded_at_ns;
  std::uint32_t lane;
  std::uint64_t sequence;

  friend auto operator<=>(const RecordingOrder&, const RecordingOrder&) = default;
};

/// The events of one thread at a time, in the order in which it recorded them. When there are more
/// threads than lanes, some share one; when a thread ends, the next one carries its lane on.
struct alignas(64) Lane {
  explicit Lane(std::uint32_t lane_id) : id(lane_id) {}

  const std::uint32_t id;
  /// Where its threads append; null before the first event and while being replaced. Written under
  /// the ring's mutex; release, so that whoever sees the chunk sees it opened.
  std::atomic<Chunk*> open = nullptr;
  /// Guarded by the open chunk's mutex: keeps recorded_at in order where threads share a lane.
  std::int64_t last_recorded_at_ns = INT64_MIN;

  // Guarded by the ring's mutex.
  std::deque<SealedChunk> sealed;   ///< oldest first; the first one holds live_begin
  std::uint64_t sealed_end = 0;     ///< sequence after the last sealed chunk
  std::uint64_t live_begin = 0;     ///< sequence of the oldest retained event
  std::uint32_t threads = 0;        ///< threads that record here

  /// Sequence after the newest event. Needs the ring's mutex.
  [[nodiscard]] std::uint64_t end() const noexcept {
    const Chunk* chunk = open.load(std::memory_order_acquire);
    return chunk == nullptr ? sealed_end : sealed_end + chunk->count();
  }
};

/// The ring: lanes that record, and one bounded pool of chunks between them.
///
/// Threads: any. record() takes the mutex of its lane's open chunk, and the ring's only once per
/// chunk. Lock order: ring, then chunk.
///
/// Invariants:
///  1. Retained are, in each lane, the events from live_begin to end(). Every observation first
///     settles: moves the live_begins until no more than `capacity` events are left, oldest in order
///     of recording first, so that what can be seen is exact although memory is freed by chunks.
///  2. A chunk is recycled on the way only when at least `capacity` newer events are certain to
///     exist, or when the byte bound leaves no choice. In that case everything older than its newest
///     event goes with it (floor_), so that the retained stay the newest.
///  3. recorded = sum of end(); retained = sum of end() - live_begin; dropped is what is left, so
///     the account cannot disagree with itself.
class Ring : public std::enable_shared_from_this<Ring> {
 public:
  /// @throws TraceError (kOption, kMemory, kFile).
  static std::shared_ptr<Ring> create(const CollectorOptions& options,
                                      const Clocks& clocks = system_clocks());
  ~Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  /// Cuts `event` to the limits and stores it. @return false when it was rejected (and counted), and when
  /// recording is off (and not counted).
  bool record(EventView& event) noexcept;
  /// Whether record() takes anything. Costs one load.
  [[nodiscard]] bool is_recording() const noexcept { return switch_->is_on(); }
  [[nodiscard]] const std::shared_ptr<RecordingSwitch>& recording_switch() const noexcept {
    return switch_;
  }
  /// Counts an event that could not even be handed over.
  void reject() noexcept { memory_.count_rejected(); }
  /// Whether something has happened to the ring's file that nobody has been told of. Costs one load.
  [[nodiscard]] bool has_file_notice() const noexcept {
    return file_notice_.load(std::memory_order_relaxed);
  }
  /// The same, once for each thing that happens.
  [[nodiscard]] bool take_file_notice() noexcept {
    return has_file_notice() && file_notice_.exchange(false, std::memory_order_acq_rel);
  }
  [[nodiscard]] RingFileState file_state() const noexcept { return memory_.file_state(); }

  [[nodiscard]] CollectorStats stats();
  void clear();
  /// What is retained now.
  [[nodiscard]] Snapshot snapshot();
  /// What is retained now and at or after `cursor`, which has one sequence a lane (absent: 0).
  [[nodiscard]] Snapshot snapshot(const std::vector<std::uint64_t>& cursor);

  [[nodiscard]] Uuid event_id(std::uint32_t lane, std::uint64_t sequence,
                              const RecordView& record) const noexcept;

  /// Names this ring and its run for good.
  [[nodiscard]] Uuid run_id() const noexcept { return run_id_of(id_seed_); }
  /// What places the events of this run in wall time, at this instant: a step that nobody has noticed
  /// is noticed here.
  [[nodiscard]] RunClock::Anchors clock_anchors() noexcept;
  [[nodiscard]] const RunClock& clock() const noexcept { return clock_; }

  /// Where errors go a second time while a drain is open.
  [[nodiscard]] ErrorLane& error_lane() noexcept { return error_lane_; }
  /// Per lane the sequence after what is appended: a record() that comes after it begins to append
  /// after this was called.
  [[nodiscard]] std::vector<std::uint64_t> appended_ends();

  // For thread_lanes.cpp.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  /// A lane for a thread that is new here. @throws std::bad_alloc.
  [[nodiscard]] Lane& join();
  void leave(Lane& lane) noexcept;
  /// A lane for a thread that cannot remember it.
  [[nodiscard]] Lane& borrow();

 private:
  Ring(const CollectorOptions& options, std::uint32_t chunk_bytes, const Clocks& clocks);

  /// Notes in the file and as an event that the clocks have parted.
  void note_step(const ClockStep& step) noexcept;
  void check_clock(std::int64_t now) noexcept;
  /// Looks whether another program has done something to the file; when it was cut, goes on in memory.
  void check_file() noexcept;
  /// Gives up all that is retained, which may read as zeros, and leaves the file.
  void leave_file();

  /// Hands an error that was announced to the error lane.
  void offer_error(const EventView& event, const RecordEncoder& size, const EventPosition& place,
                   std::int64_t recorded_at_ns) noexcept;
  /// Needs mutex_ and the chunk's. @throws std::bad_alloc; then nothing has changed.
  void move_to_sealed(Lane& lane, Chunk* open);
  /// Gives the lane an empty open chunk in place of `full`. @return false when there is none.
  bool replace_open_chunk(Lane& lane, Chunk* full) noexcept;

  // All below need mutex_.
  [[nodiscard]] Chunk* take_chunk();
  [[nodiscard]] Chunk* allocate_chunk() noexcept;
  [[nodiscard]] Lane* lane_with_oldest_chunk() noexcept;
  [[nodiscard]] bool is_expendable(const Lane& lane) const noexcept;
  void retire_oldest_chunk(Lane& lane);
  void recycle_for_memory(Lane& lane);

  using Lock = std::unique_lock<std::mutex>;
  /// Locks, settles in bounded steps, and returns with the lock held.
  [[nodiscard]] Lock lock_settled();
  /// Reads ends_, and gives up at most `steps` events or whole chunks of what was recorded before
  /// them. @return whether nothing is left to give up.
  bool settle(std::size_t steps);
  void drop_below_floor(Lane& lane);
  [[nodiscard]] RecordingOrder oldest_of(const Lane& lane) const noexcept;
  void advance(Lane& lane, std::uint64_t live_begin);
  /// The account of the instant of the last settle().
  [[nodiscard]] CollectorStats account() const;

  const std::shared_ptr<RecordingSwitch> switch_ = std::make_shared<RecordingSwitch>();
  const std::uint64_t id_;
  const std::size_t capacity_;
  const std::uint32_t chunk_bytes_;
  const std::size_t max_chunks_;
  const std::size_t max_lanes_;
  const RingSeed id_seed_;
  RunClock clock_;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  RingMemory memory_;  ///< before the chunks that lie in it
  std::vector<std::unique_ptr<Chunk>> chunks_;
  Chunk* free_ = nullptr;
  std::vector<std::uint64_t> ends_;  ///< per lane: end() when it was last settled
  RecordingOrder floor_ = {INT64_MIN, 0, 0};
  std::uint64_t cleared_ = 0;

  bool file_left_ = false;  ///< guarded by mutex_
  std::atomic<bool> file_notice_ = false;

  ErrorLane error_lane_;
};

}  // namespace aegis::trace
