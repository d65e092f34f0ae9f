#include "orphan_spill_wrap.hpp"

#include "recorded_buffer.hpp"

namespace aegis::trace::addon {

Napi::Function OrphanSpillWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeOrphanSpill",
                     {InstanceMethod<&OrphanSpillWrap::owner>("owner"),
                      InstanceMethod<&OrphanSpillWrap::peek>("peek"),
                      InstanceMethod<&OrphanSpillWrap::acknowledge>("acknowledge"),
                      InstanceMethod<&OrphanSpillWrap::skipped>("skipped"),
                      InstanceMethod<&OrphanSpillWrap::remove>("remove"),
                      InstanceMethod<&OrphanSpillWrap::close>("close")});
}

OrphanSpillWrap::OrphanSpillWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  translate_errors(info.Env(), [&] {
    std::optional<OrphanSpill> found = OrphanSpill::open(info[0].As<Napi::String>().Utf8Value());
    if (found) spill_.emplace(*std::move(found));
  });
}

OrphanSpill& OrphanSpillWrap::spill(Napi::Env env) {
  if (!spill_) throw_error(env, "ERR_TRACE_CLOSED", "the spill file is closed");
  return *spill_;
}

/// (): see to_owner; undefined when closed
Napi::Value OrphanSpillWrap::owner(const Napi::CallbackInfo& info) {
  if (!spill_) return info.Env().Undefined();
  return to_owner(info.Env(), spill_->owner());
}

/// (maxEvents: number, maxBytes: number): see to_recorded_buffer
Napi::Value OrphanSpillWrap::peek(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), [&] {
    const RecordedEvents found = spill(info.Env()).peek(to_size(info[0]), to_size(info[1]));
    return to_recorded_buffer(info.Env(), found.events, found.places);
  });
}

void OrphanSpillWrap::acknowledge(const Napi::CallbackInfo& info) {
  spill(info.Env()).acknowledge();
}

Napi::Value OrphanSpillWrap::skipped(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(spill(info.Env()).gaps()));
}

void OrphanSpillWrap::remove(const Napi::CallbackInfo& info) {
  translate_errors(info.Env(), [&] { spill(info.Env()).remove(); });
}

void OrphanSpillWrap::close(const Napi::CallbackInfo& /*info*/) { spill_.reset(); }

Napi::Value list_orphan_spills(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), [&] {
    const std::vector<std::string> found =
        OrphanSpill::list(info[0].As<Napi::String>().Utf8Value());
    Napi::Array paths = Napi::Array::New(info.Env(), found.size());
    for (std::uint32_t i = 0; i < found.size(); ++i) {
      paths[i] = Napi::String::New(info.Env(), found[i]);
    }
    return Napi::Value(paths);
  });
}

}  // namespace aegis::trace::addon
