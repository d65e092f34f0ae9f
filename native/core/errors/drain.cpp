#include "errors/drain.hpp"

#include <unistd.h>

#include <algorithm>
#include <new>

namespace aegis::trace {

Drain::Drain(std::shared_ptr<Ring> ring, const ErrorLaneOptions& options)
    // The cursor first: what it stands before then includes all that the lane is offered.
    : ring_(std::move(ring)), reader_(ring_) {
  ticket_ = ring_->error_lane().open(options, owner(), ring_->clock(),
                                     [this] { return ring_->appended_ends(); });
}

SpillOwner Drain::owner() const {
  const RunClock::Anchors anchors = ring_->clock_anchors();
  const auto all = anchors.span();
  return {ring_->run_id(), static_cast<std::int32_t>(getpid()), {all.begin(), all.end()}};
}

Drain::~Drain() {
  if (ring_ != nullptr) close();
}

RecordedEvents Drain::peek_errors(std::size_t max_events, std::size_t max_bytes) {
  return ring_->error_lane().peek(ticket_, {max_events, max_bytes});
}

void Drain::acknowledge_errors() { ring_->error_lane().acknowledge(ticket_); }

RingReader::Result Drain::read_events(std::size_t max_events) {
  RingReader::Result result =
      gate_ ? reader_.read(max_events, *gate_) : reader_.read(max_events);
  missed_ += result.missed;
  const std::byte* at = result.events.data();
  for (const EventPosition& place : result.places) {
    const RecordHeader& header = RecordView(at).header();
    if (header.severity >= kErrorRank && ring_->error_lane().covers(place)) ++errors_read_;
    at += header.length;
  }
  // Errors that were offered and not read were missed by the cursor, or are still to be read. As it
  // may be the latter this is a lower bound; the highest one holds.
  const std::uint64_t offered = ring_->error_lane().stats().offered;
  const std::uint64_t unread = offered - std::min(errors_read_, offered);
  lost_ = std::max(lost_, missed_ - std::min(missed_, unread));
  return result;
}

DrainStats Drain::stats() {
  const RingReader::Unread unread = reader_.unread();
  return {.backlog = unread.retained,
          .overwritten = unread.overwritten,
          .missed = missed_,
          .lost = lost_,
          .errors = ring_->error_lane().stats()};
}

std::size_t Drain::close() {
  if (ring_ == nullptr) return 0;
  const std::size_t moved = ring_->error_lane().close(ticket_);
  ring_.reset();
  return moved;
}

}  // namespace aegis::trace
