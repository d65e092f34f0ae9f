#include "drain_wrap.hpp"

#include <array>

#include "layout.hpp"
#include "recorded_buffer.hpp"

namespace aegis::trace::addon {

Napi::Function DrainWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeDrain",
                     {InstanceMethod<&DrainWrap::owner>("owner"),
                      InstanceMethod<&DrainWrap::peek_errors>("peekErrors"),
                      InstanceMethod<&DrainWrap::acknowledge_errors>("acknowledgeErrors"),
                      InstanceMethod<&DrainWrap::read_events>("readEvents"),
                      InstanceMethod<&DrainWrap::stats>("stats"),
                      InstanceMethod<&DrainWrap::close>("close")});
}

Napi::Value DrainWrap::make(Napi::Env env, std::unique_ptr<Drain> drain) {
  auto owner = Napi::External<std::unique_ptr<Drain>>::New(env, &drain);
  return EnvironmentData::of(env).drain_constructor.New({owner});
}

DrainWrap::DrainWrap(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      drain_(std::move(*info[0].As<Napi::External<std::unique_ptr<Drain>>>().Data())) {}

Drain& DrainWrap::drain(Napi::Env env) {
  if (drain_ == nullptr) throw_error(env, "ERR_TRACE_CLOSED", "the drain is closed");
  return *drain_;
}

/// (): see to_owner
Napi::Value DrainWrap::owner(const Napi::CallbackInfo& info) {
  return to_owner(info.Env(), drain(info.Env()).owner());
}

/// (maxEvents: number, maxBytes: number): see to_recorded_buffer
Napi::Value DrainWrap::peek_errors(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), [&] {
    const RecordedEvents found =
        drain(info.Env()).peek_errors(to_size(info[0]), to_size(info[1]));
    return to_recorded_buffer(info.Env(), found.events, found.places);
  });
}

void DrainWrap::acknowledge_errors(const Napi::CallbackInfo& info) {
  drain(info.Env()).acknowledge_errors();
}

/// (maxEvents: number, missed: Float64Array of 1): see to_recorded_buffer
Napi::Value DrainWrap::read_events(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), [&] {
    const RingReader::Result result = drain(info.Env()).read_events(to_size(info[0]));
    info[1].As<Napi::Float64Array>()[0] = static_cast<double>(result.missed);
    return to_recorded_buffer(info.Env(), result.events, result.places);
  });
}

/// (out: Float64Array): kDrainCounters.
void DrainWrap::stats(const Napi::CallbackInfo& info) {
  translate_errors(info.Env(), [&] {
    const DrainStats stats = drain(info.Env()).stats();
    const ErrorLaneStats& errors = stats.errors;
    const std::array<std::uint64_t, kDrainCounterCount> counters = {
        stats.backlog,        stats.overwritten,  errors.events,      errors.bytes,
        errors.spilled,       errors.spill_pending, errors.spill_bytes,
        errors.lost,          stats.lost,         static_cast<std::uint64_t>(errors.last_error)};
    auto out = info[0].As<Napi::Float64Array>();
    for (std::size_t i = 0; i < counters.size(); ++i) out[i] = static_cast<double>(counters[i]);
  });
}

/// (): the number of errors moved into the spill file
Napi::Value DrainWrap::close(const Napi::CallbackInfo& info) {
  const std::size_t moved = drain(info.Env()).close();
  drain_.reset();
  return Napi::Number::New(info.Env(), static_cast<double>(moved));
}

}  // namespace aegis::trace::addon
