#include "aegis/trace/event.hpp"

#include <array>

namespace aegis::trace {

namespace {

constexpr std::array<std::string_view, 4> kSeverityNames = {"Info", "Warning", "Error",
                                                            "Critical"};

void require(const std::string& value, const char* field) {
  if (value.empty()) {
    throw TraceError(ErrorCode::kEvent, std::string(field) + " must be a non-empty string");
  }
}

}  // namespace

std::string_view to_string(Severity severity) noexcept {
  return kSeverityNames.at(static_cast<std::size_t>(severity));
}

std::optional<Severity> severity_from_string(std::string_view name) noexcept {
  for (std::size_t rank = 0; rank < kSeverityNames.size(); ++rank) {
    if (kSeverityNames[rank] == name) return static_cast<Severity>(rank);
  }
  return std::nullopt;
}

TraceEventBuilder& TraceEventBuilder::with_event_id(const Uuid& id) {
  event_.event_id = id;
  return *this;
}

TraceEventBuilder& TraceEventBuilder::with_type(std::string_view type) {
  event_.event_type = type;
  return *this;
}

TraceEventBuilder& TraceEventBuilder::with_component(std::string_view component) {
  event_.component = component;
  return *this;
}

TraceEventBuilder& TraceEventBuilder::with_timestamp(Timestamp timestamp) {
  timestamp_ = timestamp;
  return *this;
}

TraceEventBuilder& TraceEventBuilder::with_duration(Duration duration) {
  event_.duration = duration;
  return *this;
}

TraceEventBuilder& TraceEventBuilder::with_model_id(std::string_view model_id) {
  event_.model_id = model_id;
  return *this;
}

TraceEventBuilder& TraceEventBuilder::with_request_id(std::string_view request_id) {
  event_.request_id = request_id;
  return *this;
}

TraceEventBuilder& TraceEventBuilder::with_rationale(std::string_view rationale) {
  event_.rationale = rationale;
  return *this;
}

TraceEventBuilder& TraceEventBuilder::with_severity(Severity severity) {
  event_.severity = severity;
  return *this;
}

TraceEventBuilder& TraceEventBuilder::with_attribute(std::string_view key,
                                                     std::string_view value) {
  event_.attributes.insert_or_assign(std::string(key), std::string(value));
  return *this;
}

TraceEvent TraceEventBuilder::build() const {
  require(event_.event_type, "event_type");
  require(event_.component, "component");
  TraceEvent event = event_;
  if (event.event_id.is_nil()) event.event_id = Uuid::random();
  event.timestamp = timestamp_.value_or(Timestamp::now());
  return event;
}

}  // namespace aegis::trace
