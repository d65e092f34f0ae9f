#include "ring/ring_reader.hpp"

#include <algorithm>

#include "ring/scan.hpp"

namespace aegis::trace {

RingReader::RingReader(std::shared_ptr<Ring> ring) : ring_(std::move(ring)) {
  cursor_ = ring_->snapshot({}).live_begin;
}

RingReader::Result RingReader::read(std::size_t max_events) {
  const Snapshot snapshot = ring_->snapshot(cursor_);
  Result result;
  cursor_.resize(snapshot.end.size(), 0);
  for (std::size_t lane = 0; lane < cursor_.size(); ++lane) {
    if (cursor_[lane] >= snapshot.live_begin[lane]) continue;
    result.missed += snapshot.live_begin[lane] - cursor_[lane];
    cursor_[lane] = snapshot.live_begin[lane];
  }
  if (max_events == 0) return result;

  Scan scan(snapshot);
  for (std::size_t count = 0; count < max_events; ++count) {
    const std::optional<Scan::Item> item = scan.next();
    if (!item) break;
    append_for_output(result.events, item->record,
                      ring_->event_id(item->lane, item->sequence, item->record));
    result.places.push_back({item->lane, item->sequence});
  }
  result.missed += scan.lost();
  for (std::size_t lane = 0; lane < cursor_.size(); ++lane) {
    cursor_[lane] = std::max(cursor_[lane], scan.position(static_cast<std::uint32_t>(lane)));
  }
  return result;
}

RingReader::Unread RingReader::unread() const {
  const Snapshot snapshot = ring_->snapshot(cursor_);
  Unread unread;
  for (const ChunkSpan& span : snapshot.spans) unread.retained += span.end - span.begin;
  for (std::size_t lane = 0; lane < snapshot.live_begin.size(); ++lane) {
    const std::uint64_t cursor = lane < cursor_.size() ? cursor_[lane] : 0;
    if (cursor < snapshot.live_begin[lane]) unread.overwritten += snapshot.live_begin[lane] - cursor;
  }
  return unread;
}

}  // namespace aegis::trace
