#include "ring/snapshot.hpp"

#include <algorithm>

#include "ring/ring.hpp"

namespace aegis::trace {

namespace {

/// Adds the part of a chunk's records [chunk_sequence, chunk_end) that lies in [begin, end).
void add_span(std::vector<ChunkSpan>& spans, const Lane& lane, Chunk* chunk,
              std::uint64_t chunk_sequence, std::uint64_t chunk_end, std::uint64_t begin,
              std::uint64_t end) {
  const std::uint64_t first = std::max(chunk_sequence, begin);
  const std::uint64_t last = std::min(chunk_end, end);
  if (first >= last) return;
  spans.push_back({chunk, chunk_sequence, lane.id,
                   static_cast<std::uint32_t>(first - chunk_sequence),
                   static_cast<std::uint32_t>(last - chunk_sequence)});
}

}  // namespace

Snapshot Ring::snapshot() { return snapshot({}); }

Snapshot Ring::snapshot(const std::vector<std::uint64_t>& cursor) {
  Snapshot snapshot;
  const Lock lock = lock_settled();
  snapshot.end = ends_;
  snapshot.stats = account();
  snapshot.live_begin.reserve(lanes_.size());
  for (const auto& lane : lanes_) {
    snapshot.live_begin.push_back(lane->live_begin);
    const std::uint64_t from = lane->id < cursor.size() ? cursor[lane->id] : 0;
    const std::uint64_t begin = std::max(from, lane->live_begin);
    const std::uint64_t end = snapshot.end[lane->id];
    // A cursor usually stands near the end: skip what it has after it.
    auto sealed = std::partition_point(
        lane->sealed.begin(), lane->sealed.end(),
        [begin](const SealedChunk& chunk) { return chunk.end_sequence <= begin; });
    for (; sealed != lane->sealed.end(); ++sealed) {
      add_span(snapshot.spans, *lane, sealed->chunk, sealed->first_sequence,
               sealed->end_sequence, begin, end);
    }
    if (Chunk* open = lane->open.load(std::memory_order_acquire); open != nullptr) {
      add_span(snapshot.spans, *lane, open, lane->sealed_end, end, begin, end);
    }
  }
  return snapshot;
}

}  // namespace aegis::trace
