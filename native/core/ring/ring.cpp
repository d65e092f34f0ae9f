#include "ring/ring.hpp"

#include <algorithm>
#include <new>
#include <random>
#include <string>

#include "assert.hpp"

namespace aegis::trace {

namespace {

/// Large enough that the ring's mutex is taken once in some 400 events, small enough that copying
/// one under its mutex stays below 10 µs.
constexpr std::uint32_t kChunkBytes = 64 * 1024;
/// For rings so small that larger chunks would be too few.
constexpr std::uint32_t kSmallChunkBytes = 32 * 1024;
constexpr std::size_t kSmallRingBytes = std::size_t{1024} * 1024;
/// A lane needs its open chunk; with at most a quarter of the pool open, the rest can hold history.
constexpr std::size_t kChunksPerLane = 4;
/// Lanes cost a scan each time a chunk is replaced; more threads than this share.
constexpr std::size_t kMaxLanes = kRingFileLanes;
/// Events given up under one hold of the ring's mutex by an observer, and how often it yields the
/// mutex before it finishes the rest in one go.
constexpr std::size_t kSettleSteps = 256;
constexpr int kSettleRounds = 64;

static_assert(sizeof(ChunkHeader) + limits::kRecordBytes + sizeof(IndexEntry) <= kSmallChunkBytes,
              "a chunk must take a record of any size");
static_assert(limits::kMinRingBytes >= kSmallChunkBytes * kChunksPerLane);

std::uint64_t next_ring_id() noexcept {
  static std::atomic<std::uint64_t> next = 1;
  return next.fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t random_word() {
  std::random_device entropy;
  return (std::uint64_t{entropy()} << 32) | entropy();
}

CollectorOptions checked(CollectorOptions options) {
  const auto require = [](std::size_t value, std::size_t min, std::size_t max, const char* name) {
    if (value >= min && value <= max) return;
    throw TraceError(ErrorCode::kOption, std::string(name) + " must be from " +
                                             std::to_string(min) + " to " + std::to_string(max) +
                                             "; got " + std::to_string(value));
  };
  require(options.capacity, 1, limits::kMaxCapacity, "capacity");
  if (options.max_bytes == 0) {
    options.max_bytes =
        std::max(options.capacity * limits::kDefaultBytesPerEvent, limits::kMinRingBytes);
  }
  require(options.max_bytes, limits::kMinRingBytes, limits::kMaxRingBytes, "max_bytes");
  return options;
}

}  // namespace

std::shared_ptr<Ring> Ring::create(const CollectorOptions& options, const Clocks& clocks) {
  const CollectorOptions valid = checked(options);
  const std::uint32_t chunk_bytes =
      valid.max_bytes < kSmallRingBytes ? kSmallChunkBytes : kChunkBytes;
  try {
    // Not make_shared: threads that have recorded keep weak pointers, which would keep its memory.
    return std::shared_ptr<Ring>(new Ring(valid, chunk_bytes, clocks));
  } catch (const std::bad_alloc&) {
    throw TraceError(ErrorCode::kMemory, "no memory for a collector");
  }
}

Ring::Ring(const CollectorOptions& options, std::uint32_t chunk_bytes, const Clocks& clocks)
    : id_(next_ring_id()),
      capacity_(options.capacity),
      chunk_bytes_(chunk_bytes),
      max_chunks_(options.max_bytes / chunk_bytes),
      max_lanes_(std::clamp<std::size_t>(max_chunks_ / kChunksPerLane, 1, kMaxLanes)),
      id_seed_{random_word(), random_word()},
      clock_(clocks),
      memory_(options, chunk_bytes, max_chunks_, id_seed_, clock_.first(), clock_.next_check()) {}

bool Ring::record(EventView& event) noexcept {
  if (!is_recording()) return false;
  const std::int64_t now = Timestamp::now().to_nanos();
  if (clock_.is_due(now)) check_clock(now);
  if (!event.has_timestamp) event.timestamp_ns = now;
  RecordEncoder size;
  Lane* lane = t_last_lane.ring_id == id_ ? t_last_lane.lane : find_thread_lane(*this);
  if (lane == nullptr || !RecordEncoder::measure(event, size)) {
    reject();
    return false;
  }

  for (;;) {
    Chunk* chunk = lane->open.load(std::memory_order_acquire);
    if (chunk != nullptr) {
      std::unique_lock lock(chunk->mutex);
      // Another thread of a shared lane may have replaced the chunk since it was loaded.
      if (chunk->is_open_for(lane->id)) {
        lane->last_recorded_at_ns = std::max(lane->last_recorded_at_ns, now);
        const bool is_announced = event.severity >= kErrorRank && error_lane_.announce();
        if (chunk->append(event, size, lane->last_recorded_at_ns)) {
          if (size.truncated()) memory_.count_truncated();
          if (!is_announced) return true;
          const std::int64_t recorded_at_ns = lane->last_recorded_at_ns;
          const EventPosition place = {lane->id, chunk->first_sequence() + chunk->count() - 1};
          lock.unlock();
          offer_error(event, size, place, recorded_at_ns);
          return true;
        }
        if (is_announced) error_lane_.renounce();
        chunk->seal();
      }
    }
    if (!replace_open_chunk(*lane, chunk)) {
      reject();
      return false;
    }
  }
}

void Ring::move_to_sealed(Lane& lane, Chunk* open) {
  const std::uint64_t end = open->first_sequence() + open->count();
  AEGIS_ASSERT(open->first_sequence() == lane.sealed_end);
  lane.sealed.push_back({open, open->first_sequence(), end, open->first_recorded_at_ns(),
                         open->last_recorded_at_ns()});
  lane.sealed_end = end;
  memory_.mark_sealed_end(lane.id, end);
  lane.open.store(nullptr, std::memory_order_release);
}

bool Ring::replace_open_chunk(Lane& lane, Chunk* full) noexcept {
  try {
    const Lock lock(mutex_);
    if (lane.open.load(std::memory_order_relaxed) != full) return true;
    if (full != nullptr) {
      const std::lock_guard chunk_lock(full->mutex);
      // On a shared lane it may have been replaced, recycled and opened again in the meantime.
      if (full->is_open_for(lane.id)) return true;
      move_to_sealed(lane, full);
    }
    advance(lane, lane.live_begin);  // a chunk may have been sealed when all of it was cleared
    Chunk* fresh = take_chunk();
    if (fresh == nullptr) return false;
    fresh->open(lane.id, lane.sealed_end,
                memory_.is_file() ? lane_checksum_seed(id_seed_, lane.id) : 0);
    lane.open.store(fresh, std::memory_order_release);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

Chunk* Ring::take_chunk() {
  if (free_ == nullptr) {
    Lane* oldest = lane_with_oldest_chunk();
    if (oldest != nullptr && is_expendable(*oldest)) {
      retire_oldest_chunk(*oldest);
    } else if (Chunk* fresh = allocate_chunk(); fresh != nullptr) {
      return fresh;
    } else if (oldest != nullptr) {
      recycle_for_memory(*oldest);
    }
  }
  Chunk* chunk = free_;
  if (chunk != nullptr) free_ = chunk->next_free;
  return chunk;
}

Chunk* Ring::allocate_chunk() noexcept {
  if (chunks_.size() == max_chunks_) return nullptr;
  try {
    chunks_.reserve(chunks_.size() + 1);
    chunks_.push_back(std::make_unique<Chunk>(memory_.allocate(), chunk_bytes_, memory_.is_file()));
    return chunks_.back().get();
  } catch (const std::bad_alloc&) {
    // The machine is out of memory before the bound is reached: go on with what there is.
    return nullptr;
  }
}

Lane* Ring::lane_with_oldest_chunk() noexcept {
  Lane* oldest = nullptr;
  for (const auto& lane : lanes_) {
    if (lane->sealed.empty()) continue;
    if (oldest == nullptr || lane->sealed.front().last_recorded_at_ns <
                                 oldest->sealed.front().last_recorded_at_ns) {
      oldest = lane.get();
    }
  }
  return oldest;
}

bool Ring::is_expendable(const Lane& lane) const noexcept {
  // Counts the events that are newer than the chunk's newest beyond doubt: whole chunks only.
  const std::int64_t newest_ns = lane.sealed.front().last_recorded_at_ns;
  std::uint64_t newer = 0;
  for (const auto& other : lanes_) {
    std::uint64_t begin = other->live_begin;
    for (const SealedChunk& sealed : other->sealed) {
      if (sealed.first_recorded_at_ns > newest_ns) break;
      begin = std::max(begin, sealed.end_sequence);
    }
    const Chunk* open = other->open.load(std::memory_order_acquire);
    const std::uint32_t in_open = open == nullptr ? 0 : open->count();
    if (in_open > 0 && open->first_recorded_at_ns() <= newest_ns) {
      begin = std::max(begin, other->sealed_end + in_open);
    }
    newer += other->sealed_end + in_open - std::min(begin, other->sealed_end + in_open);
  }
  return newer >= capacity_;
}

void Ring::retire_oldest_chunk(Lane& lane) {
  AEGIS_ASSERT(!lane.sealed.empty());
  const SealedChunk oldest = lane.sealed.front();
  oldest.chunk->retire();
  oldest.chunk->next_free = free_;
  free_ = oldest.chunk;
  lane.sealed.pop_front();
  lane.live_begin = std::max(lane.live_begin, oldest.end_sequence);
  memory_.mark_live_begin(lane.id, lane.live_begin);
}

void Ring::recycle_for_memory(Lane& lane) {
  const SealedChunk& oldest = lane.sealed.front();
  const RecordingOrder newest_lost = {oldest.last_recorded_at_ns, lane.id,
                                      oldest.end_sequence - 1};
  floor_ = std::max(floor_, newest_lost);
  memory_.mark_floor(floor_.recorded_at_ns, floor_.lane, floor_.sequence);
  retire_oldest_chunk(lane);
}

Ring::Lock Ring::lock_settled() {
  if (memory_.is_file()) check_file();
  Lock lock(mutex_);
  for (int round = 0; round < kSettleRounds && !settle(kSettleSteps); ++round) {
    // Let producers that wait for a chunk go first.
    lock.unlock();
    lock.lock();
  }
  while (!settle(kSettleSteps)) {
  }
  return lock;
}

bool Ring::settle(std::size_t steps) {
  // Each time: a thread may take the time of recording and be held up until the floor is above it.
  if (floor_.recorded_at_ns != INT64_MIN) {
    for (const auto& lane : lanes_) drop_below_floor(*lane);
  }
  ends_.resize(lanes_.size());
  std::uint64_t retained = 0;
  for (const auto& lane : lanes_) {
    ends_[lane->id] = lane->end();
    retained += ends_[lane->id] - lane->live_begin;
  }

  for (; retained > capacity_; --steps) {
    if (steps == 0) return false;
    // The lane whose oldest event is the oldest of all, and how far it may go before another's.
    Lane* oldest = nullptr;
    RecordingOrder first = {};
    RecordingOrder second = {INT64_MAX, UINT32_MAX, UINT64_MAX};
    for (const auto& lane : lanes_) {
      if (lane->live_begin == ends_[lane->id]) continue;
      const RecordingOrder order = oldest_of(*lane);
      if (oldest == nullptr || order < first) {
        if (oldest != nullptr) second = first;
        first = order;
        oldest = lane.get();
      } else if (order < second) {
        second = order;
      }
    }
    AEGIS_ASSERT(oldest != nullptr);
    std::uint64_t count = 1;
    if (!oldest->sealed.empty()) {
      const SealedChunk& chunk = oldest->sealed.front();
      const RecordingOrder last = {chunk.last_recorded_at_ns, oldest->id, chunk.end_sequence - 1};
      if (last < second) {
        count = std::min(chunk.end_sequence - oldest->live_begin, retained - capacity_);
      }
    }
    advance(*oldest, oldest->live_begin + count);
    retained -= count;
  }
  return true;
}

void Ring::drop_below_floor(Lane& lane) {
  while (lane.live_begin < lane.end()) {
    if (!lane.sealed.empty() && lane.sealed.front().last_recorded_at_ns < floor_.recorded_at_ns) {
      advance(lane, lane.sealed.front().end_sequence);
    } else if (oldest_of(lane) <= floor_) {
      advance(lane, lane.live_begin + 1);
    } else {
      return;
    }
  }
}

RecordingOrder Ring::oldest_of(const Lane& lane) const noexcept {
  // Published records do not change until their chunk is retired, which needs the mutex we hold.
  const bool in_sealed = !lane.sealed.empty();
  const Chunk* chunk =
      in_sealed ? lane.sealed.front().chunk : lane.open.load(std::memory_order_acquire);
  const std::uint64_t chunk_sequence =
      in_sealed ? lane.sealed.front().first_sequence : lane.sealed_end;
  const auto position = static_cast<std::uint32_t>(lane.live_begin - chunk_sequence);
  return {chunk->recorded_at_ns(position), lane.id, lane.live_begin};
}

void Ring::advance(Lane& lane, std::uint64_t live_begin) {
  AEGIS_ASSERT(live_begin >= lane.live_begin);
  lane.live_begin = live_begin;
  memory_.mark_live_begin(lane.id, live_begin);
  while (!lane.sealed.empty() && lane.sealed.front().end_sequence <= live_begin) {
    retire_oldest_chunk(lane);
  }
}

CollectorStats Ring::account() const {
  CollectorStats stats;
  stats.capacity = capacity_;
  for (const auto& lane : lanes_) {
    stats.recorded += ends_[lane->id];
    stats.size += ends_[lane->id] - lane->live_begin;
  }
  stats.cleared = cleared_;
  AEGIS_ASSERT(stats.size <= capacity_);
  AEGIS_ASSERT(stats.cleared + stats.size <= stats.recorded);
  stats.dropped = stats.recorded - stats.cleared - stats.size;
  stats.rejected = memory_.rejected();
  stats.truncated = memory_.truncated();
  stats.bytes = std::uint64_t{chunks_.size()} * chunk_bytes_;
  stats.file_state = memory_.file_state();
  return stats;
}

CollectorStats Ring::stats() {
  const Lock lock = lock_settled();
  return account();
}

void Ring::clear() {
  const Lock lock = lock_settled();
  for (const auto& lane : lanes_) {
    const std::uint64_t events = ends_[lane->id] - lane->live_begin;
    cleared_ += events;
    advance(*lane, ends_[lane->id]);
    memory_.mark_cleared(lane->id, events);
  }
}

Uuid Ring::event_id(std::uint32_t lane, std::uint64_t sequence,
                    const RecordView& record) const noexcept {
  if ((record.header().flags & kHasEventId) != 0) return record.stored_event_id();
  return generated_event_id(id_seed_, lane, sequence);
}

Lane& Ring::join() {
  const Lock lock(mutex_);
  Lane* chosen = nullptr;
  for (const auto& lane : lanes_) {
    if (chosen == nullptr || lane->threads < chosen->threads) chosen = lane.get();
  }
  if ((chosen == nullptr || chosen->threads > 0) && lanes_.size() < max_lanes_) {
    lanes_.push_back(std::make_unique<Lane>(static_cast<std::uint32_t>(lanes_.size())));
    chosen = lanes_.back().get();
  }
  ++chosen->threads;
  return *chosen;
}

void Ring::leave(Lane& lane) noexcept {
  const Lock lock(mutex_);
  --lane.threads;
}

Lane& Ring::borrow() {
  Lane& lane = join();
  leave(lane);
  return lane;
}

}  // namespace aegis::trace
