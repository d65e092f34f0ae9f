#include "drain_wrap.hpp"

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "layout.hpp"
#include "recorded_buffer.hpp"

namespace aegis::trace::addon {

namespace {

std::vector<std::string> to_strings(const Napi::Array& texts) {
  std::vector<std::string> strings;
  strings.reserve(texts.Length());
  for (std::uint32_t i = 0; i < texts.Length(); ++i) {
    strings.push_back(texts.Get(i).As<Napi::String>().Utf8Value());
  }
  return strings;
}

}  // namespace

Napi::Function DrainWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeDrain",
                     {InstanceMethod<&DrainWrap::owner>("owner"),
                      InstanceMethod<&DrainWrap::peek_errors>("peekErrors"),
                      InstanceMethod<&DrainWrap::acknowledge_errors>("acknowledgeErrors"),
                      InstanceMethod<&DrainWrap::read_events>("readEvents"),
                      InstanceMethod<&DrainWrap::set_gate>("setGate"),
                      InstanceMethod<&DrainWrap::past>("past"),
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

/// (maxEvents: number, out: Float64Array of the missed and the held back): see to_recorded_buffer
Napi::Value DrainWrap::read_events(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), [&] {
    const RingReader::Result result = drain(info.Env()).read_events(to_size(info[0]));
    auto out = info[1].As<Napi::Float64Array>();
    out[0] = static_cast<double>(result.missed);
    out[1] = static_cast<double>(result.held_back);
    return to_recorded_buffer(info.Env(), result.events, result.places);
  });
}

/// (requestIds: string[] | undefined for no gate, threshold: number)
void DrainWrap::set_gate(const Napi::CallbackInfo& info) {
  translate_errors(info.Env(), [&] {
    if (info[0].IsUndefined()) {
      drain(info.Env()).set_gate({});
      return;
    }
    const auto threshold = info[1].As<Napi::Number>().Uint32Value();
    drain(info.Env()).set_gate(RequestGate(to_strings(info[0].As<Napi::Array>()), threshold));
  });
}

/// (maxEvents: number, requestIds: string[], out: BigInt64Array of the overwritten, and of the time of the
/// oldest, INT64_MIN when there is none): see to_recorded_buffer
Napi::Value DrainWrap::past(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), [&] {
    const RequestGate gate(to_strings(info[1].As<Napi::Array>()), 0);
    const RingReader::Past past = drain(info.Env()).past(to_size(info[0]), gate);
    auto out = info[2].As<Napi::BigInt64Array>();
    out[0] = static_cast<std::int64_t>(past.overwritten);
    out[1] = past.oldest_ns.value_or(std::numeric_limits<std::int64_t>::min());
    return to_recorded_buffer(info.Env(), past.events, past.places);
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
