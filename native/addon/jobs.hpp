#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "napi_support.hpp"
#include "ring/query.hpp"
#include "ring/ring.hpp"

namespace aegis::trace::addon {

/// Work on the libuv thread pool that settles a promise. Owns itself from start() until it has
/// settled. When the environment ends first, the job is told to stop and the environment waits.
class Job {
 public:
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Queues the job. @return its promise.
  static Napi::Value start(Napi::Env env, std::unique_ptr<Job> job);

 protected:
  Job() = default;
  virtual ~Job() = default;
  friend std::default_delete<Job>;

  /// Relaxed: only a hint to end, nothing is read because of it.
  [[nodiscard]] bool stopped() const noexcept { return stopped_.load(std::memory_order_relaxed); }

  /// On the pool. May throw TraceError and std::bad_alloc.
  virtual void run() = 0;
  /// On the environment's thread, after run() returned.
  virtual Napi::Value result(Napi::Env env) = 0;

 private:
  static void execute(napi_env env, void* data);
  static void complete(napi_env env, napi_status status, void* data);
  static void stop(napi_async_cleanup_hook_handle handle, void* data);

  napi_async_cleanup_hook_handle cleanup_hook_ = nullptr;
  napi_async_work work_ = nullptr;
  napi_deferred deferred_ = nullptr;
  std::atomic<bool> stopped_ = false;
  std::string error_code_;  ///< empty: run() succeeded
  std::string error_message_;
};

/// What an export and the thread that watches it share: three cells accessed atomically, [0] events
/// written, [1] events in all, [2] set to 1 by JavaScript to cancel.
class ExportControl {
 public:
  explicit ExportControl(Napi::Int32Array cells)
      : owner_(Napi::Persistent(cells)), cells_(cells.Data()) {}
  /// @return false when the export is to stop.
  [[nodiscard]] bool report(const ExportProgress& progress) const;

 private:
  Napi::Reference<Napi::Int32Array> owner_;
  std::int32_t* cells_;
};

/// `events` as an ArrayBuffer.
[[nodiscard]] Napi::Value to_array_buffer(Napi::Env env, const EncodedEvents& events);

/// Resolves to an ArrayBuffer of the matching records.
[[nodiscard]] std::unique_ptr<Job> make_query_job(std::shared_ptr<Ring> ring, TraceQuery query);

/// Resolves to the number of events written. `control`: see ExportControl.
[[nodiscard]] std::unique_ptr<Job> make_export_job(std::shared_ptr<Ring> ring,
                                                   std::filesystem::path path,
                                                   Napi::Int32Array control);

}  // namespace aegis::trace::addon
