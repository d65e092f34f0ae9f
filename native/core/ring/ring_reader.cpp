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
  pass_missed(snapshot, result);
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

void RingReader::pass_missed(const Snapshot& snapshot, Result& result) {
  cursor_.resize(snapshot.end.size(), 0);
  for (std::size_t lane = 0; lane < cursor_.size(); ++lane) {
    if (cursor_[lane] >= snapshot.live_begin[lane]) continue;
    result.missed += snapshot.live_begin[lane] - cursor_[lane];
    cursor_[lane] = snapshot.live_begin[lane];
  }
}

namespace {

/// The records of a span, from `at` on, that pass the gate.
class GatedSpan {
 public:
  /// Whether errors pass, whatever request they are of.
  enum class Errors : bool { kAsOthers, kPass };

  GatedSpan(Ring& ring, const RequestGate& gate, Errors errors, std::size_t max_events)
      : ring_(ring), gate_(gate), errors_(errors), max_events_(max_events) {}

  /// Takes what passes of the records [span.begin, span.end). @return where it stopped: before the end
  /// when there are `max_events`; nothing when the chunk was recycled.
  [[nodiscard]] std::optional<std::uint32_t> take(const ChunkSpan& span) {
    // Not under the lock of the chunk, where a producer would wait for it.
    if (!gate_.is_closed()) make_room(span);
    std::uint32_t at = span.begin;
    const bool is_there = span.visit([&](const Chunk& chunk) {
      if (gate_.is_closed() && !may_have_errors(chunk)) {
        held_back += span.end - span.begin;
        at = span.end;
        return;
      }
      for (; at < span.end && places.size() < max_events_; ++at) take_record(span, chunk, at);
    });
    return is_there ? std::optional(at) : std::nullopt;
  }

  EncodedEvents events;
  std::vector<EventPosition> places;
  std::uint64_t held_back = 0;
  std::uint64_t missing = 0;  ///< of a file that was cut

 private:
  /// Of those that pass.
  [[nodiscard]] bool may_have_errors(const Chunk& chunk) const noexcept {
    return errors_ == Errors::kPass && chunk.has_errors();
  }

  void take_record(const ChunkSpan& span, const Chunk& chunk, std::uint32_t at) {
    const bool may_pass = gate_.may_pass(chunk.entry(at));
    if (!may_pass && !may_have_errors(chunk)) {
      ++held_back;
      return;
    }
    if (!chunk.has_record(at)) {
      ++missing;
      return;
    }
    const RecordView record(chunk.record(at));
    const bool is_error = errors_ == Errors::kPass && record.header().severity >= kErrorRank;
    if (!is_error && !(may_pass && gate_.passes(record))) {
      ++held_back;
      return;
    }
    const std::uint64_t sequence = span.chunk_sequence + at;
    append_for_output(events, record, ring_.event_id(span.lane, sequence, record));
    places.push_back({span.lane, sequence});
  }

  void make_room(const ChunkSpan& span) {
    const std::size_t bytes = span.chunk->bytes() + (span.end - span.begin) * Uuid::kBytes;
    if (events.capacity() - events.size() >= bytes) return;
    events.reserve(std::max(2 * events.capacity(), events.size() + bytes));
  }

  Ring& ring_;
  const RequestGate& gate_;
  const Errors errors_;
  const std::size_t max_events_;
};

}  // namespace

RingReader::Result RingReader::read(std::size_t max_events, const RequestGate& gate) {
  const Snapshot snapshot = ring_->snapshot(cursor_);
  Result result;
  pass_missed(snapshot, result);
  // The cursor moves when nothing can fail any more: what memory was short for comes again.
  std::vector<std::uint64_t> cursor = cursor_;
  GatedSpan taken(*ring_, gate, GatedSpan::Errors::kPass, max_events);
  for (const ChunkSpan& span : snapshot.spans) {
    if (taken.places.size() >= max_events) break;
    const std::optional<std::uint32_t> end = taken.take(span);
    if (!end) result.missed += span.end - span.begin;
    cursor[span.lane] = span.chunk_sequence + end.value_or(span.end);
  }
  cursor_ = std::move(cursor);
  result.missed += taken.missing;
  result.held_back = taken.held_back;
  result.events = std::move(taken.events);
  result.places = std::move(taken.places);
  return result;
}

RingReader::Past RingReader::past(std::size_t max_events, const RequestGate& gate) const {
  const Snapshot snapshot = ring_->snapshot();
  Past past;
  for (const std::uint64_t begin : snapshot.live_begin) past.overwritten += begin;
  GatedSpan taken(*ring_, gate, GatedSpan::Errors::kAsOthers, max_events);
  for (ChunkSpan span : snapshot.spans) {
    const std::uint64_t cursor = span.lane < cursor_.size() ? cursor_[span.lane] : 0;
    if (cursor <= span.first_sequence()) continue;
    span.end = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(span.end, cursor - span.chunk_sequence));
    std::int64_t first_ns = INT64_MAX;
    span.visit([&](const Chunk& chunk) {
      if (chunk.has_record(span.begin)) first_ns = chunk.recorded_at_ns(span.begin);
    });
    past.oldest_ns = std::min(past.oldest_ns.value_or(first_ns), first_ns);
    if (!taken.take(span)) past.overwritten += span.end - span.begin;
  }
  past.overwritten += taken.missing;
  past.events = std::move(taken.events);
  past.places = std::move(taken.places);
  return past;
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
