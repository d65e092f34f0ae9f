#include "recorded_buffer.hpp"

#include <cstring>

namespace aegis::trace::addon {

Napi::Value to_recorded_buffer(Napi::Env env, std::span<const std::byte> events,
                             std::span<const EventPosition> places) {
  const std::size_t place_doubles = 1 + 2 * places.size();
  const std::size_t place_bytes = place_doubles * sizeof(double);
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(
      env, place_bytes + events.size() + places.size() * Uuid::kTextLength);
  auto* doubles = static_cast<double*>(buffer.Data());
  *doubles++ = static_cast<double>(places.size());
  for (const EventPosition& place : places) {
    *doubles++ = static_cast<double>(place.lane);
    *doubles++ = static_cast<double>(place.sequence);
  }
  if (events.empty()) return buffer;
  std::memcpy(doubles, events.data(), events.size());
  char* id = reinterpret_cast<char*>(doubles) + events.size();
  for (const std::byte* at = events.data(); at != events.data() + events.size();) {
    const RecordView record(at);
    record.stored_event_id().write(id);
    id += Uuid::kTextLength;
    at += record.header().length;
  }
  return buffer;
}

Napi::Value to_owner(Napi::Env env, const SpillOwner& owner) {
  Napi::Array fields = Napi::Array::New(env);
  fields[0U] = Napi::String::New(env, owner.run.to_string());
  fields[1U] = Napi::Number::New(env, owner.pid);
  std::uint32_t at = 2;
  for (const ClockAnchor& anchor : owner.anchors) {
    fields[at++] = Napi::BigInt::New(env, anchor.steady_ns);
    fields[at++] = Napi::BigInt::New(env, anchor.wall_ns);
  }
  return fields;
}

}  // namespace aegis::trace::addon
