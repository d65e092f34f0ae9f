#include "abi_recorder.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace aegis::trace::addon {

namespace {

std::string_view view(const aegis_trace_string& text) noexcept {
  return text.size == 0 ? std::string_view{} : std::string_view{text.data, text.size};
}

}  // namespace

AbiRecorder::AbiRecorder(std::shared_ptr<Ring> ring)
    : aegis_trace_recorder{AEGIS_TRACE_ABI_VERSION, record_event, retain_ring, release_ring,
                           is_recording},
      ring_(std::move(ring)) {}

int AbiRecorder::record_event(const aegis_trace_recorder* self, const aegis_trace_event* event) {
  Ring& ring = *static_cast<const AbiRecorder*>(self)->ring_;
  if (!ring.is_recording()) return 0;
  // One more than may be kept, so that the encoder sees that there were too many.
  std::array<std::pair<std::string_view, std::string_view>, limits::kAttributes + 1> attributes;
  const std::size_t count = std::min(event->attribute_count, attributes.size());
  for (std::size_t i = 0; i < count; ++i) {
    attributes[i] = {view(event->attributes[i].key), view(event->attributes[i].value)};
  }
  EventView recorded{.event_type = view(event->event_type),
                     .component = view(event->component),
                     .model_id = view(event->model_id),
                     .request_id = view(event->request_id),
                     .rationale = view(event->rationale),
                     .attributes = {attributes.data(), count},
                     .duration_ns = event->duration_ns,
                     .timestamp_ns = event->timestamp_ns,
                     .event_id = nullptr,
                     .has_timestamp = event->has_timestamp != 0,
                     .severity = event->severity,
                     .truncated = 0};
  return ring.record(recorded) ? 1 : 0;
}

int AbiRecorder::is_recording(const aegis_trace_recorder* self) {
  return static_cast<const AbiRecorder*>(self)->ring_->is_recording() ? 1 : 0;
}

aegis_trace_recorder* AbiRecorder::retain_ring(const aegis_trace_recorder* self) {
  return new (std::nothrow) AbiRecorder(static_cast<const AbiRecorder*>(self)->ring_);
}

void AbiRecorder::release_ring(aegis_trace_recorder* self) {
  delete static_cast<AbiRecorder*>(self);
}

}  // namespace aegis::trace::addon
