#include "chunk.hpp"

#include <limits>

#include "record_checksum.hpp"

namespace aegis::trace {

namespace {

constexpr std::uint32_t kNoLane = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Chunk::Chunk(std::byte* memory, std::uint32_t bytes)
    : memory_(memory), index_end_(reinterpret_cast<IndexEntry*>(memory + bytes)) {
  header() = ChunkHeader{.magic = kChunkMagic,
                         .format_version = kChunkFormatVersion,
                         .header_bytes = sizeof(ChunkHeader),
                         .chunk_bytes = bytes,
                         .lane = kNoLane,
                         .first_sequence = 0,
                         .first_recorded_at_ns = 0,
                         .last_recorded_at_ns = 0,
                         .count = 0,
                         .used_bytes = sizeof(ChunkHeader),
                         .reserved = {}};
}

void Chunk::open(std::uint32_t lane, std::uint64_t first_sequence, std::uint64_t checksum_seed) {
  const std::lock_guard lock(mutex);
  header().lane = lane;
  header().first_sequence = first_sequence;
  checksum_seed_ = checksum_seed;
  open_ = true;
}

void Chunk::retire() {
  const std::lock_guard lock(mutex);
  header().lane = kNoLane;
  header().used_bytes = sizeof(ChunkHeader);
  std::atomic_ref<std::uint32_t>(header().count).store(0, std::memory_order_release);
}

bool Chunk::append(const EventView& event, const EncodedSize& size,
                   std::int64_t recorded_at_ns) noexcept {
  ChunkHeader& head = header();
  const std::uint32_t position = count();
  const std::uint32_t index_start =
      head.chunk_bytes - (position + 1) * static_cast<std::uint32_t>(sizeof(IndexEntry));
  if (head.used_bytes + size.length() > index_start) return false;

  const std::uint32_t request_hash = hash_request_id(event.request_id);
  const std::uint32_t checksum =
      checksum_seed_ == 0 ? 0
                          : record_checksum(size.content_hash(event, request_hash), recorded_at_ns,
                                            checksum_seed_, head.first_sequence + position);
  size.encode(event, recorded_at_ns, checksum, memory_ + head.used_bytes);
  index_end_[-1 - static_cast<std::ptrdiff_t>(position)] = {request_hash, head.used_bytes};
  if (position == 0) head.first_recorded_at_ns = recorded_at_ns;
  head.last_recorded_at_ns = recorded_at_ns;
  head.used_bytes += size.length();
  std::atomic_ref<std::uint32_t>(head.count).store(position + 1, std::memory_order_release);
  return true;
}

}  // namespace aegis::trace
