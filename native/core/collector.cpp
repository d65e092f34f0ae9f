#include "aegis/trace/collector.hpp"

#include <array>
#include <new>

#include "export/export.hpp"
#include "ring/query.hpp"
#include "ring/ring_reader.hpp"
#include "ring/ring.hpp"

namespace aegis::trace {

namespace {

/// Runs an observer, turning lack of memory into the library's own error.
template <typename Work>
auto with_memory(const char* what, Work&& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    throw TraceError(ErrorCode::kMemory, std::string("no memory for ") + what);
  }
}

bool record_attributes(Ring& ring, EventView& event, const Attributes& attributes) noexcept {
  // One more than may be kept, so that the encoder sees that there were too many.
  std::array<std::pair<std::string_view, std::string_view>, limits::kAttributes + 1> views;
  std::size_t count = 0;
  for (const auto& [key, value] : attributes) {
    if (count == views.size()) break;
    views[count++] = {key, value};
  }
  event.attributes = {views.data(), count};
  return ring.record(event);
}

}  // namespace

TraceCollector::TraceCollector(std::size_t capacity)
    : TraceCollector(CollectorOptions{.capacity = capacity}) {}

TraceCollector::TraceCollector(const CollectorOptions& options) : ring_(Ring::create(options)) {}

TraceCollector::~TraceCollector() = default;

bool TraceCollector::record(const TraceEvent& event) noexcept {
  if (!ring_->is_recording()) return false;
  EventView view{.event_type = event.event_type,
                 .component = event.component,
                 .model_id = event.model_id,
                 .request_id = event.request_id,
                 .rationale = event.rationale,
                 .attributes = {},
                 .duration_ns = event.duration.to_nanos(),
                 .timestamp_ns = event.timestamp.to_nanos(),
                 .event_id = &event.event_id,
                 .has_timestamp = true,
                 .severity = static_cast<std::uint8_t>(event.severity),
                 .truncated = 0};
  // Apart: clearing the array of attributes costs as much as recording an event that has none.
  return event.attributes.empty() ? ring_->record(view)
                                  : record_attributes(*ring_, view, event.attributes);
}

bool TraceCollector::record_now(std::string_view event_type, std::string_view component,
                                std::string_view rationale,
                                const EventDetails& details) noexcept {
  if (!ring_->is_recording()) return false;
  EventView view{.event_type = event_type,
                 .component = component,
                 .model_id = details.model_id,
                 .request_id = details.request_id,
                 .rationale = rationale,
                 .attributes = {details.attributes.begin(), details.attributes.size()},
                 .duration_ns = details.duration.to_nanos(),
                 .timestamp_ns = 0,
                 .event_id = nullptr,
                 .has_timestamp = false,
                 .severity = static_cast<std::uint8_t>(details.severity),
                 .truncated = 0};
  return ring_->record(view);
}

void TraceCollector::set_recording(bool on) noexcept { ring_->recording_switch()->set(on); }

bool TraceCollector::is_recording() const noexcept { return ring_->is_recording(); }

std::size_t TraceCollector::size() const { return stats().size; }

CollectorStats TraceCollector::stats() const { return ring_->stats(); }

void TraceCollector::clear() { ring_->clear(); }

std::vector<TraceEvent> TraceCollector::query(const TraceQuery& query) const {
  return with_memory("the result of a query",
                     [&] { return decode_events(run_query(*ring_, query)); });
}

std::vector<TraceEvent> TraceCollector::query_by_component(std::string_view component) const {
  return query({.component = std::string(component)});
}

std::vector<TraceEvent> TraceCollector::query_by_severity(Severity minimum) const {
  return query({.min_severity = minimum});
}

std::vector<TraceEvent> TraceCollector::query_by_model(std::string_view model_id) const {
  return query({.model_id = std::string(model_id)});
}

std::vector<TraceEvent> TraceCollector::reconstruct_decision_chain(
    std::string_view request_id) const {
  if (request_id.empty()) {
    throw TraceError(ErrorCode::kQuery, "request_id must be a non-empty string");
  }
  return query({.request_id = std::string(request_id)});
}

ExportResult TraceCollector::export_json(const std::filesystem::path& path,
                                         const ExportOptions& options) const {
  return with_memory("an export", [&] { return export_ring(*ring_, path, options); });
}

Reader TraceCollector::reader() const { return Reader(ring_); }

struct Reader::State {
  RingReader reader;
};

Reader::Reader(std::shared_ptr<Ring> ring)
    : state_(std::make_unique<State>(State{RingReader(std::move(ring))})) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

ReadResult Reader::read(std::size_t max_events) {
  return with_memory("the result of a read", [&] {
    const RingReader::Result result = state_->reader.read(max_events);
    return ReadResult{decode_events(result.events), result.missed};
  });
}

}  // namespace aegis::trace
