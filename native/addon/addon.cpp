#include <unistd.h>

#include "collector_wrap.hpp"
#include "drain_wrap.hpp"
#include "layout.hpp"
#include "napi_support.hpp"
#include "orphan_spill_wrap.hpp"
#include "reader_wrap.hpp"
#include "ring_file/ring_file.hpp"
#include "ring_file_wrap.hpp"

namespace aegis::trace::addon {

namespace {

/// (class TraceError): hands in the error class before anything else is called.
void set_error_class(const Napi::CallbackInfo& info) {
  EnvironmentData::of(info.Env()).error_class = Napi::Persistent(info[0].As<Napi::Function>());
}

/// (code: number): ends the process now, without the wait for its other threads that exit() makes.
void end_process(const Napi::CallbackInfo& info) {
  _exit(info[0].As<Napi::Number>().Int32Value());
}

/// (kind: number, code: number): as RunEnd.
void note_end(const Napi::CallbackInfo& info) {
  const auto number = [&info](std::size_t at) { return info[at].As<Napi::Number>().Uint32Value(); };
  RingFile::note_end({.kind = static_cast<RunEnd::Kind>(number(0)), .code = number(1)});
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  auto* data = new EnvironmentData;
  env.SetInstanceData(data);
  const Napi::Function collector = CollectorWrap::define(env);
  const Napi::Function reader = ReaderWrap::define(env);
  data->reader_constructor = Napi::Persistent(reader);
  data->drain_constructor = Napi::Persistent(DrainWrap::define(env));
  exports["NativeOrphanSpill"] = OrphanSpillWrap::define(env);
  exports["listOrphanSpills"] = Napi::Function::New(env, list_orphan_spills);
  exports["NativeCollector"] = collector;
  exports["NativeRingFile"] = RingFileWrap::define(env);
  exports["setErrorClass"] = Napi::Function::New(env, set_error_class);
  exports["noteEnd"] = Napi::Function::New(env, note_end);
  exports["endProcess"] = Napi::Function::New(env, end_process);
  // So that TypeScript need not repeat them: one table, in limits.hpp.
  Napi::Object limits = Napi::Object::New(env);
  const auto limit = [&](const char* name, std::size_t value) {
    limits[name] = Napi::Number::New(env, static_cast<double>(value));
  };
  limit("identifierBytes", limits::kIdentifierBytes);
  limit("rationaleBytes", limits::kRationaleBytes);
  limit("attributes", limits::kAttributes);
  limit("attributeKeyBytes", limits::kAttributeKeyBytes);
  limit("attributeValueBytes", limits::kAttributeValueBytes);
  limit("recordBytes", limits::kRecordBytes);
  limit("defaultCapacity", limits::kDefaultCapacity);
  limit("maxCapacity", limits::kMaxCapacity);
  limit("minRingBytes", limits::kMinRingBytes);
  limit("maxRingBytes", limits::kMaxRingBytes);
  limit("defaultErrorLaneBytes", limits::kDefaultErrorLaneBytes);
  limit("minErrorLaneBytes", limits::kMinErrorLaneBytes);
  limit("maxErrorLaneBytes", limits::kMaxErrorLaneBytes);
  limit("defaultSpillBytes", limits::kDefaultSpillBytes);
  limit("minSpillBytes", limits::kMinSpillBytes);
  exports["limits"] = limits;
  exports["layout"] = make_layout(env);
  return exports;
}

}  // namespace

}  // namespace aegis::trace::addon

static Napi::Object initialise_module(Napi::Env env, Napi::Object exports) {
  return aegis::trace::addon::initialise(env, exports);
}

NODE_API_MODULE(aegis_trace, initialise_module)
