#pragma once

#include <atomic>
#include <cstdint>

namespace aegis::trace {

/// Whether a ring takes what is recorded: one word, read by every record() and seldom written.
/// JavaScript looks at it as an Int32Array, which may outlive the ring.
///
/// Threads: any. A thread sees a change with the next record() that begins after the word has reached
/// its cache; nothing else is ordered by it.
struct alignas(64) RecordingSwitch {
  std::atomic<std::int32_t> on = 1;

  [[nodiscard]] bool is_on() const noexcept { return on.load(std::memory_order_relaxed) != 0; }
  void set(bool value) noexcept { on.store(value ? 1 : 0, std::memory_order_relaxed); }
};

static_assert(sizeof(std::atomic<std::int32_t>) == sizeof(std::int32_t));

}  // namespace aegis::trace
