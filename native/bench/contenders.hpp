#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "aegis/trace/collector.hpp"
#include "payload.hpp"

#ifdef AEGIS_BENCH_SPDLOG
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#endif

/// What is compared. Each keeps the newest `capacity` events and may be used by several threads.
namespace aegis::bench {

class Recorder {
 public:
  explicit Recorder(std::size_t capacity, bool is_recording = true) : collector_(capacity) {
    collector_.set_recording(is_recording);
  }

  void record(const std::string& request_id) {
    collector_.record_now(kEventType, kComponent, kRationale,
                          {.model_id = kModelId,
                           .request_id = request_id,
                           .severity = trace::Severity::Info,
                           .duration = trace::Duration::from_nanos(kDurationNs)});
  }

 private:
  trace::TraceCollector collector_;
};

/// What one writes in ten lines instead. It assigns into events that are already there, so that
/// their strings' memory is used again, and gives no ids: both in its favour.
class PlainRing {
 public:
  explicit PlainRing(std::size_t capacity) : events_(capacity) {}

  void record(const std::string& request_id) {
    const trace::Timestamp now = trace::Timestamp::now();
    const std::lock_guard lock(mutex_);
    trace::TraceEvent& event = events_[next_];
    next_ = next_ + 1 == events_.size() ? 0 : next_ + 1;
    event.timestamp = now;
    event.event_type.assign(kEventType);
    event.component.assign(kComponent);
    event.model_id.assign(kModelId);
    event.request_id.assign(request_id);
    event.rationale.assign(kRationale);
    event.severity = trace::Severity::Info;
    event.duration = trace::Duration::from_nanos(kDurationNs);
  }

 private:
  std::mutex mutex_;
  std::vector<trace::TraceEvent> events_;
  std::size_t next_ = 0;
};

/// As JSON.
#ifdef AEGIS_BENCH_SPDLOG
inline const std::string kSpdlogVersion = '"' + std::to_string(SPDLOG_VER_MAJOR) + '.' +
                                          std::to_string(SPDLOG_VER_MINOR) + '.' +
                                          std::to_string(SPDLOG_VER_PATCH) + '"';
#else
inline const std::string kSpdlogVersion = "null";
#endif

#ifdef AEGIS_BENCH_SPDLOG
/// spdlog's own ring of recent messages. The level is off: a message is formatted and kept, and
/// goes to no sink.
class SpdlogBacktrace {
 public:
  explicit SpdlogBacktrace(std::size_t capacity)
      : logger_("bench", std::make_shared<spdlog::sinks::null_sink_mt>()) {
    logger_.set_level(spdlog::level::off);
    logger_.enable_backtrace(capacity);
  }

  void record(const std::string& request_id) {
    logger_.info("{} {} {} {} {} {}", kEventType, kComponent, kModelId, request_id, kRationale,
                 kDurationNs);
  }

 private:
  spdlog::logger logger_;
};
#endif

}  // namespace aegis::bench
