#include "ring_file_wrap.hpp"

#include "export/export.hpp"
#include "jobs.hpp"

namespace aegis::trace::addon {

namespace {

using State = RingFileWrap::State;

class OpenJob final : public Job {
 public:
  explicit OpenJob(std::shared_ptr<State> state) : state_(std::move(state)) {}

 private:
  void run() override {
    state_->reader = std::make_unique<RingFileReader>(state_->path);
    metadata_ = recovery_metadata(state_->reader->info(state_->reader->events()));
  }
  Napi::Value result(Napi::Env env) override { return Napi::String::New(env, metadata_); }

  std::shared_ptr<State> state_;
  std::string metadata_;
};

class ReadJob final : public Job {
 public:
  ReadJob(std::shared_ptr<State> state, std::size_t bytes)
      : state_(std::move(state)), bytes_(bytes) {}

 private:
  void run() override {
    while (events_.size() < bytes_) {
      const auto item = state_->reader->next();
      if (!item) break;
      append_for_output(events_, item->record, item->event_id);
      ++state_->returned;
    }
  }
  Napi::Value result(Napi::Env env) override { return to_array_buffer(env, events_); }

  std::shared_ptr<State> state_;
  const std::size_t bytes_;
  EncodedEvents events_;
};

class ExportFileJob final : public Job {
 public:
  ExportFileJob(std::shared_ptr<State> state, std::filesystem::path path, Napi::Int32Array control)
      : state_(std::move(state)), path_(std::move(path)), control_(control) {}

 private:
  void run() override {
    RingFileReader reader(state_->path);
    const RecoveryInfo info =
        export_ring_file(reader, path_, {.on_progress = [this](const ExportProgress& progress) {
                           return control_.report(progress) && !stopped();
                         }});
    metadata_ = recovery_metadata(info);
  }
  Napi::Value result(Napi::Env env) override { return Napi::String::New(env, metadata_); }

  std::shared_ptr<State> state_;
  std::filesystem::path path_;
  ExportControl control_;
  std::string metadata_;
};

}  // namespace

Napi::Function RingFileWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeRingFile",
                     {InstanceMethod<&RingFileWrap::open>("open"),
                      InstanceMethod<&RingFileWrap::read>("read"),
                      InstanceMethod<&RingFileWrap::metadata>("metadata"),
                      InstanceMethod<&RingFileWrap::export_json>("exportJson")});
}

RingFileWrap::RingFileWrap(const Napi::CallbackInfo& info)
    : ObjectWrap(info), state_(std::make_shared<State>()) {
  state_->path = info[0].As<Napi::String>().Utf8Value();
}

Napi::Value RingFileWrap::open(const Napi::CallbackInfo& info) {
  return Job::start(info.Env(), std::make_unique<OpenJob>(state_));
}

Napi::Value RingFileWrap::read(const Napi::CallbackInfo& info) {
  return Job::start(info.Env(), std::make_unique<ReadJob>(state_, to_size(info[0])));
}

Napi::Value RingFileWrap::metadata(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), recovery_metadata(state_->reader->info(state_->returned)));
}

Napi::Value RingFileWrap::export_json(const Napi::CallbackInfo& info) {
  return Job::start(info.Env(),
                    std::make_unique<ExportFileJob>(state_, info[0].As<Napi::String>().Utf8Value(),
                                                    info[1].As<Napi::Int32Array>()));
}

}  // namespace aegis::trace::addon
