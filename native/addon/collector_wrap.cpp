#include "collector_wrap.hpp"

#include <array>
#include <chrono>
#include <optional>

#include "layout.hpp"
#include "drain_wrap.hpp"
#include "jobs.hpp"
#include "ring/query.hpp"
#include "shared_rings.hpp"

namespace aegis::trace::addon {

namespace {

std::optional<std::string> optional_string(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  return value.As<Napi::String>().Utf8Value();
}

std::optional<Timestamp> optional_time(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  bool lossless = false;
  return Timestamp::from_nanos(value.As<Napi::BigInt>().Int64Value(&lossless));
}

/// (start?, end?: bigint, type?, model?, component?, request?: string, minSeverity?, limit?: number)
TraceQuery read_query(const Napi::CallbackInfo& info) {
  TraceQuery query{.start = optional_time(info[0]),
                   .end = optional_time(info[1]),
                   .event_type = optional_string(info[2]),
                   .model_id = optional_string(info[3]),
                   .component = optional_string(info[4]),
                   .request_id = optional_string(info[5])};
  if (!info[6].IsUndefined()) query.min_severity = static_cast<Severity>(to_size(info[6]));
  if (!info[7].IsUndefined()) query.limit = to_size(info[7]);
  return query;
}

std::shared_ptr<Ring> open_ring(const Napi::CallbackInfo& info) {
  if (!info[1].IsString()) {
    CollectorOptions options{.capacity = to_size(info[1]), .max_bytes = to_size(info[2])};
    if (!info[3].IsUndefined()) {
      options.file = info[3].As<Napi::String>().Utf8Value();
      options.keep_files = to_size(info[4]);
    }
    return Ring::create(options);
  }
  const std::string name = info[1].As<Napi::String>();
  std::shared_ptr<Ring> ring = find_shared_ring(name);
  if (ring == nullptr) {
    throw_error(info.Env(), "ERR_TRACE_HANDLE",
                "the handle must name an open collector of this process and of this copy of "
                "aegis-trace; got " +
                    name + ", which is none, or is closed");
  }
  return ring;
}

}  // namespace

Napi::Function CollectorWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeCollector",
                     {InstanceMethod<&CollectorWrap::recorder>("recorder"),
                      InstanceMethod<&CollectorWrap::recording_word>("recordingWord"),
                      InstanceMethod<&CollectorWrap::set_recording>("setRecording"),
                      InstanceMethod<&CollectorWrap::reject>("reject"),
                      InstanceMethod<&CollectorWrap::size>("size"),
                      InstanceMethod<&CollectorWrap::stats>("stats"),
                      InstanceMethod<&CollectorWrap::take_file_notice>("takeFileNotice"),
                      InstanceMethod<&CollectorWrap::clear>("clear"),
                      InstanceMethod<&CollectorWrap::query>("query"),
                      InstanceMethod<&CollectorWrap::query_async>("queryAsync"),
                      InstanceMethod<&CollectorWrap::export_json>("exportJson"),
                      InstanceMethod<&CollectorWrap::reader>("reader"),
                      InstanceMethod<&CollectorWrap::drain>("drain"),
                      InstanceMethod<&CollectorWrap::end_drain>("endDrain"),
                      InstanceMethod<&CollectorWrap::native_handle>("nativeHandle"),
                      InstanceMethod<&CollectorWrap::share>("share"),
                      InstanceMethod<&CollectorWrap::close>("close")});
}

CollectorWrap::CollectorWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  ring_ = translate_errors(info.Env(), [&] { return open_ring(info); });
  frame_ = std::make_shared<RecordFrame>(info[0].As<Napi::ArrayBuffer>(), ring_);
}

const std::shared_ptr<Ring>& CollectorWrap::ring(Napi::Env env) const {
  if (ring_ == nullptr) throw_error(env, "ERR_TRACE_CLOSED", "the collector is closed");
  return ring_;
}

Napi::Value CollectorWrap::recorder(const Napi::CallbackInfo& info) {
  return RecordFrame::make_function(info.Env(), frame_);
}

/// The word that says whether record() takes anything: an ArrayBuffer of one int32, 1 or 0, which is
/// the ring's own memory; undefined where the runtime lets none in.
Napi::Value CollectorWrap::recording_word(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  auto owner = std::make_unique<std::shared_ptr<RecordingSwitch>>(ring(env)->recording_switch());
  const auto free_owner = [](napi_env, void*, void* data) {
    delete static_cast<std::shared_ptr<RecordingSwitch>*>(data);
  };
  napi_value word = nullptr;
  const napi_status status = napi_create_external_arraybuffer(
      env, &(*owner)->on, sizeof(std::int32_t), free_owner, owner.get(), &word);
  if (status != napi_ok) return env.Undefined();
  (void)owner.release();
  return {env, word};
}

void CollectorWrap::set_recording(const Napi::CallbackInfo& info) {
  ring(info.Env())->recording_switch()->set(info[0].As<Napi::Boolean>().Value());
}

void CollectorWrap::reject(const Napi::CallbackInfo& info) { ring(info.Env())->reject(); }

Napi::Value CollectorWrap::size(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(ring(info.Env())->stats().size));
}

/// (out: Float64Array): kCollectorCounters. Exact up to 2^53.
void CollectorWrap::stats(const Napi::CallbackInfo& info) {
  const CollectorStats stats = ring(info.Env())->stats();
  const std::array<std::uint64_t, kCollectorCounterCount> counters = {
      stats.capacity, stats.size,     stats.recorded,  stats.dropped,
      stats.cleared,  stats.rejected, stats.truncated, stats.bytes,
      static_cast<std::uint64_t>(stats.file_state)};
  auto out = info[0].As<Napi::Float64Array>();
  for (std::size_t i = 0; i < counters.size(); ++i) out[i] = static_cast<double>(counters[i]);
}

/// Whether something has happened to the ring's file, once for each thing in all threads.
Napi::Value CollectorWrap::take_file_notice(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), ring(info.Env())->take_file_notice());
}

void CollectorWrap::clear(const Napi::CallbackInfo& info) { ring(info.Env())->clear(); }

Napi::Value CollectorWrap::query(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), [&] {
    return to_array_buffer(info.Env(), run_query(*ring(info.Env()), read_query(info)));
  });
}

Napi::Value CollectorWrap::query_async(const Napi::CallbackInfo& info) {
  return Job::start(info.Env(), make_query_job(ring(info.Env()), read_query(info)));
}

/// (path: string, control: Int32Array, see ExportControl): Promise<number>
Napi::Value CollectorWrap::export_json(const Napi::CallbackInfo& info) {
  return Job::start(info.Env(),
                    make_export_job(ring(info.Env()), info[0].As<Napi::String>().Utf8Value(),
                                    info[1].As<Napi::Int32Array>()));
}

Napi::Value CollectorWrap::reader(const Napi::CallbackInfo& info) {
  // Only lent: what the garbage collector has to free would hold the ring long after close().
  std::shared_ptr<Ring> lent = ring(info.Env());
  auto owner = Napi::External<std::shared_ptr<Ring>>::New(info.Env(), &lent);
  return EnvironmentData::of(info.Env()).reader_constructor.New({owner});
}

/// (errorLaneBytes: number, spillFolder: string, empty for none, spillMaxBytes: number): a NativeDrain.
Napi::Value CollectorWrap::drain(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), [&] {
    auto drain = std::make_unique<Drain>(
        ring(info.Env()),
        ErrorLaneOptions{.bytes = to_size(info[0]),
                         .spill_folder = info[1].As<Napi::String>().Utf8Value(),
                         .spill_max_bytes = to_size(info[2])});
    return DrainWrap::make(info.Env(), std::move(drain));
  });
}

/// (waitMs: number): how many errors were moved into the spill file; undefined: see close_for_owner().
Napi::Value CollectorWrap::end_drain(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), [&]() -> Napi::Value {
    const std::chrono::milliseconds wait(to_size(info[0]));
    const auto moved = ring(info.Env())->error_lane().close_for_owner(wait);
    if (!moved) return info.Env().Undefined();
    return Napi::Number::New(info.Env(), static_cast<double>(*moved));
  });
}

/// The address of an aegis_trace_recorder, as a BigInt; see abi.h.
Napi::Value CollectorWrap::native_handle(const Napi::CallbackInfo& info) {
  if (abi_recorder_ == nullptr) abi_recorder_ = std::make_unique<AbiRecorder>(ring(info.Env()));
  const aegis_trace_recorder* recorder = abi_recorder_.get();
  return Napi::BigInt::New(info.Env(),
                           std::uint64_t{reinterpret_cast<std::uintptr_t>(recorder)});
}

Napi::Value CollectorWrap::share(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), share_ring(ring(info.Env())));
}

void CollectorWrap::close(const Napi::CallbackInfo& /*info*/) {
  frame_->release();
  abi_recorder_.reset();
  ring_.reset();
}

}  // namespace aegis::trace::addon
