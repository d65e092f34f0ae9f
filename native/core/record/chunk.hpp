#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <vector>

#include "record/record.hpp"

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
/// Where the memory is that of a file, another program can cut it, and what was there reads as zeros
/// (mapping_guard.hpp). So whatever decides where to read or to write is kept here; the header in that
/// memory is a copy for whoever recovers the file.
///
///     free ──open()──▶ open ──seal by its lane──▶ sealed ──retire()──▶ free
///
/// Threads: open() and retire() are called under the ring's mutex, which a sealed or open chunk's
/// reader of published records may hold instead of this chunk's. append() and copying readers hold
/// this chunk's mutex. Records below count() never change until retire().
class Chunk {
 public:
  /// Over `bytes` bytes of memory, uninitialised, that outlive it. `in_file`: they are read by others.
  Chunk(std::byte* memory, std::uint32_t bytes, bool in_file);
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
    return lane_ == lane && first_sequence_ == first_sequence;
  }
  [[nodiscard]] bool is_open_for(std::uint32_t lane) const noexcept {
    return open_ && lane_ == lane;
  }
  /// Ends recording into this chunk. Needs its mutex.
  void seal() noexcept { open_ = false; }

  /// Appends and publishes one record, unless there is no room. Needs the mutex, and an open chunk.
  /// `recorded_at_ns` must not be before the previous record's.
  [[nodiscard]] bool append(const EventView& event, const RecordEncoder& size,
                            std::int64_t recorded_at_ns) noexcept;

  /// Acquire pairs with append's release: the records it counts are complete for this thread.
  [[nodiscard]] std::uint32_t count() const noexcept {
    return count_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::uint32_t bytes() const noexcept { return bytes_; }
  /// Whether a record of severity Error or above is in it. Needs the mutex.
  [[nodiscard]] bool has_errors() const noexcept { return has_errors_; }
  [[nodiscard]] std::uint64_t first_sequence() const noexcept { return first_sequence_; }
  [[nodiscard]] std::int64_t first_recorded_at_ns() const noexcept { return first_recorded_at_ns_; }
  [[nodiscard]] std::int64_t last_recorded_at_ns() const noexcept { return last_recorded_at_ns_; }
  /// Of a record below count().
  [[nodiscard]] const IndexEntry& entry(std::uint32_t position) const noexcept {
    return index_end_[-1 - static_cast<std::ptrdiff_t>(position)];
  }
  [[nodiscard]] const std::byte* record(std::uint32_t position) const noexcept {
    return memory_ + entry(position).offset;
  }
  /// Whether the record at `position` is there: of one in a file that was cut nothing may be left.
  [[nodiscard]] bool has_record(std::uint32_t position) const noexcept {
    const std::uint32_t offset = entry(position).offset;
    if (offset < sizeof(ChunkHeader) || offset + sizeof(RecordHeader) > bytes_) return false;
    const std::uint32_t length = reinterpret_cast<const RecordHeader*>(memory_ + offset)->length;
    return length >= sizeof(RecordHeader) && offset + length <= bytes_;
  }
  /// Copies the records [begin, end), of which there is one at least, and where in `bytes` each begins.
  /// @return whether all of them are there.
  [[nodiscard]] bool copy(std::uint32_t begin, std::uint32_t end, std::vector<std::byte>& bytes,
                          std::vector<std::uint32_t>& offsets) const;
  /// Any number when the record is not there.
  [[nodiscard]] std::int64_t recorded_at_ns(std::uint32_t position) const noexcept {
    return reinterpret_cast<const RecordHeader*>(record(position))->recorded_at_ns;
  }
 private:
  static constexpr std::uint32_t kNoLane = std::numeric_limits<std::uint32_t>::max();

  [[nodiscard]] ChunkHeader& header() const noexcept {
    return *reinterpret_cast<ChunkHeader*>(memory_);
  }
  void write_header() const noexcept;

  std::byte* const memory_;
  IndexEntry* const index_end_;
  const std::uint32_t bytes_;
  const bool in_file_;
  // Written under mutex, and as ChunkHeader says.
  bool open_ = false;
  bool has_errors_ = false;
  std::uint32_t lane_ = kNoLane;
  std::uint64_t checksum_seed_ = 0;  ///< of its lane
  std::uint64_t first_sequence_ = 0;
  std::int64_t first_recorded_at_ns_ = 0;
  std::int64_t last_recorded_at_ns_ = 0;
  std::uint32_t used_bytes_ = sizeof(ChunkHeader);
  std::atomic<std::uint32_t> count_ = 0;
};

}  // namespace aegis::trace
