#include "jobs.hpp"

#include <cstring>

#include "export/export.hpp"

namespace aegis::trace::addon {

namespace {

class QueryJob final : public Job {
 public:
  QueryJob(std::shared_ptr<Ring> ring, TraceQuery query)
      : ring_(std::move(ring)), query_(std::move(query)) {}

 private:
  void run() override { events_ = run_query(*ring_, query_); }
  Napi::Value result(Napi::Env env) override { return to_array_buffer(env, events_); }

  std::shared_ptr<Ring> ring_;
  TraceQuery query_;
  EncodedEvents events_;
};

class ExportJob final : public Job {
 public:
  ExportJob(std::shared_ptr<Ring> ring, std::filesystem::path path, Napi::Int32Array control)
      : ring_(std::move(ring)), path_(std::move(path)), control_(control) {}

 private:
  void run() override {
    const auto on_progress = [this](const ExportProgress& progress) {
      return control_.report(progress) && !stopped();
    };
    events_ = export_ring(*ring_, path_, {.on_progress = on_progress}).events;
  }
  Napi::Value result(Napi::Env env) override {
    return Napi::Number::New(env, static_cast<double>(events_));
  }

  std::shared_ptr<Ring> ring_;
  std::filesystem::path path_;
  ExportControl control_;
  std::uint64_t events_ = 0;
};

}  // namespace

bool ExportControl::report(const ExportProgress& progress) const {
  const auto publish = [this](std::size_t cell, std::uint64_t value) {
    // Relaxed: a figure to show. Event counts are below limits::kMaxCapacity, so they fit.
    std::atomic_ref<std::int32_t>(cells_[cell])
        .store(static_cast<std::int32_t>(value), std::memory_order_relaxed);
  };
  publish(0, progress.events_written);
  publish(1, progress.events_total);
  const std::atomic_ref<std::int32_t> cancelled(cells_[2]);
  return cancelled.load(std::memory_order_relaxed) == 0;
}

Napi::Value Job::start(Napi::Env env, std::unique_ptr<Job> job) {
  const auto require = [env](napi_status status) {
    if (status != napi_ok) throw Napi::Error::New(env);
  };
  napi_value promise = nullptr;
  const Napi::String name = Napi::String::New(env, "aegis-trace");
  require(napi_create_promise(env, &job->deferred_, &promise));
  require(napi_create_async_work(env, nullptr, name, execute, complete, job.get(), &job->work_));
  // Holds the environment until complete() removes the hook: its end waits for a running job.
  require(napi_add_async_cleanup_hook(env, stop, job.get(), &job->cleanup_hook_));
  require(napi_queue_async_work(env, job->work_));
  static_cast<void>(job.release());  // complete() deletes it
  return {env, promise};
}

void Job::execute(napi_env /*env*/, void* data) {
  auto& job = *static_cast<Job*>(data);
  try {
    job.run();
  } catch (const TraceError& error) {
    job.error_code_ = code_name(error.code());
    job.error_message_ = error.what();
  } catch (const std::bad_alloc&) {
    job.error_code_ = code_name(ErrorCode::kMemory);
    job.error_message_ = kNoMemory;
  }
}

void Job::complete(napi_env raw_env, napi_status status, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  const Napi::Env env(raw_env);
  const Napi::HandleScope scope(env);
  napi_remove_async_cleanup_hook(job->cleanup_hook_);
  napi_delete_async_work(raw_env, job->work_);
  if (status == napi_cancelled) return;
  try {
    if (job->error_code_.empty()) {
      napi_resolve_deferred(raw_env, job->deferred_, job->result(env));
    } else {
      napi_reject_deferred(raw_env, job->deferred_,
                           make_error(env, job->error_code_.c_str(), job->error_message_));
    }
  } catch (const Napi::Error& error) {
    // No room for the result, or a worker that is being terminated and runs no more JavaScript; then
    // this fails too, and nobody is left to care.
    napi_reject_deferred(raw_env, job->deferred_, error.Value());
  }
}

void Job::stop(napi_async_cleanup_hook_handle /*handle*/, void* data) {
  static_cast<Job*>(data)->stopped_.store(true, std::memory_order_relaxed);
}

Napi::Value to_array_buffer(Napi::Env env, const EncodedEvents& events) {
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, events.size());
  if (!events.empty()) std::memcpy(buffer.Data(), events.data(), events.size());
  return buffer;
}

std::unique_ptr<Job> make_query_job(std::shared_ptr<Ring> ring, TraceQuery query) {
  return std::make_unique<QueryJob>(std::move(ring), std::move(query));
}

std::unique_ptr<Job> make_export_job(std::shared_ptr<Ring> ring, std::filesystem::path path,
                                     Napi::Int32Array control) {
  return std::make_unique<ExportJob>(std::move(ring), std::move(path), control);
}

}  // namespace aegis::trace::addon
