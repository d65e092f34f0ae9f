#pragma once

#include "napi_support.hpp"

namespace aegis::trace::addon {

/// What TypeScript reads and writes of our memory, by the names of src/collector/layout.ts, which
/// compares them with its own when the addon is loaded.
[[nodiscard]] Napi::Object make_layout(Napi::Env env);

/// The counters of stats(), in the order in which they are written.
inline constexpr const char* kCollectorCounters =
    "capacity,size,recorded,dropped,cleared,rejected,truncated,bytes,fileState";
inline constexpr std::size_t kCollectorCounterCount = 9;
inline constexpr const char* kDrainCounters =
    "backlog,overwritten,laneEvents,laneBytes,spilled,spillPending,spillBytes,lostErrors,lost,"
    "lastSpillErrno";
inline constexpr std::size_t kDrainCounterCount = 10;

}  // namespace aegis::trace::addon
