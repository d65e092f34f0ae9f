#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "record.hpp"

namespace aegis::trace {

inline constexpr std::uint32_t kChunkMagic = 0x43544741;  // "AGTC" in a hex dump
inline constexpr std::uint16_t kChunkFormatVersion = 1;

/// The first bytes of a chunk. Records follow it upwards; the index grows downwards from the end.
struct ChunkHeader {
  std::uint32_t magic;
  std::uint16_t format_version;
  std::uint16_t header_bytes;
  std::uint32_t chunk_bytes;
  std::uint32_t lane;
  std::uint64_t first_sequence;  ///< of its lane; the i-th record has first_sequence + i
  std::int64_t first_recorded_at_ns;
  std::int64_t last_recorded_at_ns;
  std::uint32_t count;       ///< complete records; written last, with release order
  std::uint32_t used_bytes;  ///< offset at which the next record would begin
  std::uint8_t reserved[16];
};
static_assert(sizeof(ChunkHeader) == 64);

/// One per record, the i-th one ending i × 8 bytes before the end of the chunk. Hashes lie side by
/// side, so that looking for one request reads 8 bytes an event instead of the events.
struct IndexEntry {
  std::uint32_t request_hash;
  std::uint32_t offset;
};
static_assert(sizeof(IndexEntry) == 8);

/// A fixed piece of ring memory, which it does not own, that belongs to one lane at a time.
///
///     free ──open()──▶ open ──seal by its lane──▶ sealed ──retire()──▶ free
///
/// Threads: open() and retire() are called under the ring's mutex, which a sealed or open chunk's
/// reader of published records may hold instead of this chunk's. append() and copying readers hold
/// this chunk's mutex. Records below count() never change until retire().
class Chunk {
 public:
  /// Over `bytes` bytes of memory, uninitialised, that outlive it.
  Chunk(std::byte* memory, std::uint32_t bytes);
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;

  std::mutex mutex;
  Chunk* next_free = nullptr;  ///< guarded by the ring's mutex

  /// Hands the chunk to a lane whose next sequence is `first_sequence`. Its records get checksums
  /// unless `checksum_seed` is 0.
  void open(std::uint32_t lane, std::uint64_t first_sequence, std::uint64_t checksum_seed);
  /// Makes the chunk nobody's: spans that still point here will find that it is not theirs.
  void retire();

  /// Whether this is still the chunk that `lane` opened at `first_sequence`. Needs a lock.
  [[nodiscard]] bool is(std::uint32_t lane, std::uint64_t first_sequence) const noexcept {
    return header().lane == lane && header().first_sequence == first_sequence;
  }
  [[nodiscard]] bool is_open_for(std::uint32_t lane) const noexcept {
    return open_ && header().lane == lane;
  }
  /// Ends recording into this chunk. Needs its mutex.
  void seal() noexcept { open_ = false; }

  /// Appends and publishes one record, unless there is no room. Needs the mutex, and an open chunk.
  /// `recorded_at_ns` must not be before the previous record's.
  [[nodiscard]] bool append(const EventView& event, const EncodedSize& size,
                            std::int64_t recorded_at_ns) noexcept;

  /// Acquire pairs with append's release: the records it counts are complete for this thread.
  [[nodiscard]] std::uint32_t count() const noexcept {
    return std::atomic_ref<std::uint32_t>(header().count).load(std::memory_order_acquire);
  }
  [[nodiscard]] ChunkHeader& header() const noexcept {
    return *reinterpret_cast<ChunkHeader*>(memory_);
  }
  /// Of a record below count().
  [[nodiscard]] const IndexEntry& entry(std::uint32_t position) const noexcept {
    return index_end_[-1 - static_cast<std::ptrdiff_t>(position)];
  }
  [[nodiscard]] const std::byte* record(std::uint32_t position) const noexcept {
    return memory_ + entry(position).offset;
  }
  [[nodiscard]] std::int64_t recorded_at_ns(std::uint32_t position) const noexcept {
    return reinterpret_cast<const RecordHeader*>(record(position))->recorded_at_ns;
  }
  /// The offset behind the record at `position`.
  [[nodiscard]] std::uint32_t end_offset(std::uint32_t position) const noexcept {
    return entry(position).offset +
           reinterpret_cast<const RecordHeader*>(record(position))->length;
  }

 private:
  std::byte* const memory_;
  IndexEntry* const index_end_;
  std::uint64_t checksum_seed_ = 0;  ///< of its lane; guarded by mutex
  bool open_ = false;  ///< guarded by mutex
};

}  // namespace aegis::trace
