#include "record/chunk.hpp"

#include "assert.hpp"
#include "record/record_checksum.hpp"

namespace aegis::trace {

Chunk::Chunk(std::byte* memory, std::uint32_t bytes, bool in_file)
    : memory_(memory),
      index_end_(reinterpret_cast<IndexEntry*>(memory + bytes)),
      bytes_(bytes),
      in_file_(in_file) {
  write_header();
}

void Chunk::write_header() const noexcept {
  if (!in_file_) return;
  header() = ChunkHeader{.magic = kChunkMagic,
                         .format_version = kChunkFormatVersion,
                         .header_bytes = sizeof(ChunkHeader),
                         .chunk_bytes = bytes_,
                         .lane = lane_,
                         .first_sequence = first_sequence_,
                         .first_recorded_at_ns = 0,
                         .last_recorded_at_ns = 0,
                         .count = 0,
                         .used_bytes = sizeof(ChunkHeader),
                         .reserved = {}};
}

void Chunk::open(std::uint32_t lane, std::uint64_t first_sequence, std::uint64_t checksum_seed) {
  const std::lock_guard lock(mutex);
  lane_ = lane;
  AEGIS_ASSERT(!open_ || lane_ == kNoLane);
  AEGIS_ASSERT(count() == 0 && used_bytes_ == sizeof(ChunkHeader));
  first_sequence_ = first_sequence;
  checksum_seed_ = checksum_seed;
  open_ = true;
  if (!in_file_) return;
  header().lane = lane;
  header().first_sequence = first_sequence;
}

void Chunk::retire() {
  const std::lock_guard lock(mutex);
  lane_ = kNoLane;
  has_errors_ = false;
  used_bytes_ = sizeof(ChunkHeader);
  count_.store(0, std::memory_order_release);
  if (!in_file_) return;
  header().lane = kNoLane;
  header().used_bytes = sizeof(ChunkHeader);
  std::atomic_ref<std::uint32_t>(header().count).store(0, std::memory_order_release);
}

bool Chunk::append(const EventView& event, const RecordEncoder& size,
                   std::int64_t recorded_at_ns) noexcept {
  const std::uint32_t position = count_.load(std::memory_order_relaxed);
  AEGIS_ASSERT(open_ && lane_ != kNoLane);
  AEGIS_ASSERT(position == 0 || recorded_at_ns >= last_recorded_at_ns_);
  const std::uint32_t index_start =
      bytes_ - (position + 1) * static_cast<std::uint32_t>(sizeof(IndexEntry));
  if (used_bytes_ + size.length() > index_start) return false;

  const std::uint32_t request_hash = hash_request_id(event.request_id);
  const std::uint32_t checksum =
      checksum_seed_ == 0 ? 0
                          : record_checksum(size.content_hash(event, request_hash), recorded_at_ns,
                                            checksum_seed_, first_sequence_ + position);
  size.encode(event, recorded_at_ns, checksum, memory_ + used_bytes_);
  index_end_[-1 - static_cast<std::ptrdiff_t>(position)] = {request_hash, used_bytes_};
  if (position == 0) first_recorded_at_ns_ = recorded_at_ns;
  last_recorded_at_ns_ = recorded_at_ns;
  has_errors_ = has_errors_ || event.severity >= kErrorRank;
  used_bytes_ += size.length();
  AEGIS_ASSERT(used_bytes_ <= index_start && used_bytes_ % alignof(RecordHeader) == 0);
  count_.store(position + 1, std::memory_order_release);
  if (!in_file_) return true;
  ChunkHeader& head = header();
  if (position == 0) head.first_recorded_at_ns = recorded_at_ns;
  head.last_recorded_at_ns = recorded_at_ns;
  head.used_bytes = used_bytes_;
  std::atomic_ref<std::uint32_t>(head.count).store(position + 1, std::memory_order_release);
  return true;
}

bool Chunk::copy(std::uint32_t begin, std::uint32_t end, std::vector<std::byte>& bytes,
                 std::vector<std::uint32_t>& offsets) const {
  if (!has_record(begin) || !has_record(end - 1)) return false;
  const std::uint32_t first = entry(begin).offset;
  const auto* last = reinterpret_cast<const RecordHeader*>(record(end - 1));
  const std::uint32_t past = entry(end - 1).offset + last->length;
  if (past < first || past > bytes_) return false;
  bytes.assign(memory_ + first, memory_ + past);
  for (std::uint32_t i = begin; i < end; ++i) offsets.push_back(entry(i).offset - first);
  // The copy is looked at, which nobody cuts.
  std::uint32_t at = 0;
  for (const std::uint32_t offset : offsets) {
    if (offset != at || bytes.size() - at < sizeof(RecordHeader)) return false;
    const std::uint32_t length = reinterpret_cast<const RecordHeader*>(bytes.data() + at)->length;
    if (length < sizeof(RecordHeader) || length > bytes.size() - at) return false;
    at += length;
  }
  return at == bytes.size();
}

}  // namespace aegis::trace
