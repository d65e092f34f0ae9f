#include <cstring>

#include "ring/ring.hpp"

// What the ring does for a drain.

namespace aegis::trace {

// Apart, and not inlined: the frame's memory on the stack is for errors alone.
[[gnu::noinline]] void Ring::offer_error(const EventView& event, const RecordEncoder& size,
                                         const EventPosition& place,
                                         std::int64_t recorded_at_ns) noexcept {
  alignas(FrameHeader) std::byte frame[kMaxFrameBytes];
  std::byte* out = frame + sizeof(FrameHeader);
  // An id that is not stored needs room in front of the strings.
  std::byte* encoded = out + (event.event_id == nullptr ? Uuid::kBytes : 0);
  size.encode(event, recorded_at_ns, 0, encoded);
  const RecordView record(encoded);
  const Uuid id = event_id(place.lane, place.sequence, record);
  const std::size_t bytes = sizeof(FrameHeader) + write_for_output(out, record, id);
  const FrameHeader header = {.magic = kFrameMagic,
                              .length = static_cast<std::uint32_t>(bytes),
                              .checksum = 0,
                              .lane = place.lane,
                              .sequence = place.sequence};
  std::memcpy(frame, &header, sizeof header);
  error_lane_.offer({frame, bytes});
}

std::vector<std::uint64_t> Ring::appended_ends() {
  const Lock lock(mutex_);
  std::vector<std::uint64_t> ends;
  ends.reserve(lanes_.size());
  for (const auto& lane : lanes_) {
    Chunk* chunk = lane->open.load(std::memory_order_acquire);
    std::unique_lock<std::mutex> chunk_lock;
    if (chunk != nullptr) chunk_lock = std::unique_lock(chunk->mutex);
    ends.push_back(lane->end());
  }
  return ends;
}

}  // namespace aegis::trace
