#include "ring/scan.hpp"

#include "assert.hpp"

namespace aegis::trace {

Scan::Scan(const Snapshot& snapshot) {
  const ChunkSpan* span = snapshot.spans.data();
  const ChunkSpan* const last = span + snapshot.spans.size();
  while (span != last) {
    const ChunkSpan* lane_last = span;
    while (lane_last != last && lane_last->lane == span->lane) ++lane_last;
    windows_.push_back({.lane = span->lane,
                        .span = span,
                        .last_span = lane_last,
                        .bytes = {},
                        .offsets = {},
                        .at = 0,
                        .sequence = span->first_sequence(),
                        .recorded_at_ns = 0});
    span = lane_last;
  }
  for (LaneWindow& window : windows_) settle(window);
}

std::optional<Scan::Item> Scan::next() {
  if (current_ != nullptr) {
    ++current_->at;
    ++current_->sequence;
    settle(*current_);
    current_ = nullptr;
  }
  for (LaneWindow& window : windows_) {
    if (window.at == window.offsets.size()) continue;
    // On equal times the lower lane goes first, as in RecordingOrder: windows stand by lane.
    if (current_ == nullptr || window.recorded_at_ns < current_->recorded_at_ns) {
      current_ = &window;
    }
  }
  if (current_ == nullptr) return std::nullopt;
  const RecordView record(current_->bytes.data() + current_->offsets[current_->at]);
  return Item{record, current_->lane, current_->sequence};
}

bool Scan::settle(LaneWindow& window) {
  if (window.at == window.offsets.size() && !refill(window)) return false;
  AEGIS_ASSERT(window.at < window.offsets.size());
  AEGIS_ASSERT(window.offsets[window.at] < window.bytes.size());
  const RecordView record(window.bytes.data() + window.offsets[window.at]);
  window.recorded_at_ns = record.header().recorded_at_ns;
  return true;
}

bool Scan::refill(LaneWindow& window) {
  window.at = 0;
  window.offsets.clear();
  while (window.span != window.last_span) {
    const ChunkSpan& span = *window.span++;
    span.visit([&](const Chunk& chunk) {
      if (!chunk.copy(span.begin, span.end, window.bytes, window.offsets)) window.offsets.clear();
    });
    if (!window.offsets.empty()) {
      window.sequence = span.first_sequence();
      return true;
    }
    lost_ += span.end - span.begin;
    window.sequence = span.end_sequence();
  }
  return false;
}

std::uint64_t Scan::position(std::uint32_t lane) const noexcept {
  for (const LaneWindow& window : windows_) {
    if (window.lane != lane) continue;
    return window.sequence + (&window == current_ ? 1 : 0);
  }
  return 0;
}

}  // namespace aegis::trace
