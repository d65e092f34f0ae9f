#include "model.hpp"

#include <algorithm>

namespace aegis::trace::test {

namespace {

/// The size of a record as docs/formats/record.md has it, within the limits.
std::size_t record_bytes(const TraceEvent& event) {
  std::size_t bytes = 48 + (event.event_id.is_nil() ? 0 : 16) + event.event_type.size() +
                      event.component.size() + event.model_id.size() + event.request_id.size() +
                      event.rationale.size();
  for (const auto& [key, value] : event.attributes) bytes += 4 + key.size() + value.size();
  return (bytes + 7) / 8 * 8;
}

bool matches(const TraceQuery& query, const TraceEvent& event) {
  const auto is = [](const auto& wanted, const auto& value) { return !wanted || *wanted == value; };
  return (!query.start || event.timestamp >= *query.start) &&
         (!query.end || event.timestamp <= *query.end) && is(query.event_type, event.event_type) &&
         is(query.model_id, event.model_id) && is(query.component, event.component) &&
         is(query.request_id, event.request_id) &&
         (!query.min_severity || event.severity >= *query.min_severity);
}

}  // namespace

void Model::record(TraceEvent event) {
  if (chunks_limit_) make_room(record_bytes(event));
  retained_.push_back(std::move(event));
  ++recorded_;
  if (retained_.size() > capacity_) retained_.pop_front();
}

void Model::make_room(std::size_t bytes) {
  constexpr std::size_t kHeaderBytes = 64;
  constexpr std::size_t kIndexBytes = 8;
  if (chunks_.empty() || chunks_.back().used_bytes + bytes +
                                 (chunks_.back().count + 1) * kIndexBytes >
                             chunks_limit_->bytes) {
    while (!chunks_.empty() && chunks_.front().end <= begin()) chunks_.pop_front();
    if (chunks_.size() == chunks_limit_->count_max) {
      shrink_to(recorded_ - chunks_.front().end);
      chunks_.pop_front();
    }
    chunks_.push_back({kHeaderBytes, 0, recorded_});
  }
  chunks_.back().used_bytes += bytes;
  ++chunks_.back().count;
  chunks_.back().end = recorded_ + 1;
}

void Model::clear() {
  cleared_ += retained_.size();
  retained_.clear();
}

void Model::shrink_to(std::size_t size) {
  while (retained_.size() > size) retained_.pop_front();
}

std::vector<TraceEvent> Model::from(std::uint64_t first, std::size_t count) const {
  const std::size_t skip = first > begin() ? first - begin() : 0;
  const std::size_t last = skip + std::min(count, retained_.size() - skip);
  return {retained_.begin() + static_cast<std::ptrdiff_t>(skip),
          retained_.begin() + static_cast<std::ptrdiff_t>(last)};
}

std::vector<TraceEvent> Model::query(const TraceQuery& query) const {
  std::vector<TraceEvent> result;
  for (const TraceEvent& event : retained_) {
    if (matches(query, event)) result.push_back(event);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& a, const auto& b) { return a.timestamp < b.timestamp; });
  if (query.limit && *query.limit < result.size()) result.resize(*query.limit);
  return result;
}

}  // namespace aegis::trace::test
