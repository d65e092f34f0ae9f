#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

#include "aegis/trace/clock.hpp"

namespace aegis::trace {

/// How the clocks are read. A test has some of its own.
struct Clocks {
  std::int64_t (*steady_ns)() noexcept;
  std::int64_t (*wall_ns)() noexcept;
};

/// Those of the machine.
[[nodiscard]] Clocks system_clocks() noexcept;

/// Reads both clocks, and again when something came in between, until they are close together.
[[nodiscard]] ClockAnchor read_clocks(const Clocks& clocks = system_clocks()) noexcept;

/// That the clocks have parted: the wall clock was set, or the steady one stood still while the
/// machine slept.
struct ClockStep {
  ClockAnchor anchor;    ///< the new one
  std::int64_t step_ns;  ///< by how much the wall clock shows more than by the anchor before it
  std::size_t slot;      ///< of the new anchor, 1 to below RunClock::kMaxAnchors
};

/// The anchors of a run: the first, and a further one for each time that the clocks parted.
///
/// Whoever finds that a check is due makes it; so a step is noticed by the first event that is recorded
/// kCheckIntervalNs or more after the last check, and that event is placed by the new anchor.
///
/// Invariants: there are 1 to kMaxAnchors, in order of steady time; the first one stays. When there
/// would be more, the one that makes the least difference to the one before it goes, so that a clock
/// that only drifts never costs the anchor of a step of hours.
///
/// Threads: any.
class RunClock {
 public:
  static constexpr std::size_t kMaxAnchors = 64;
  /// A slewed clock never gets this far on Linux, where both clocks are slewed alike; elsewhere it takes
  /// hours. What synchronisation corrects by a step is 128 ms and more.
  static constexpr std::int64_t kStepNs = 50'000'000;
  static constexpr std::int64_t kCheckIntervalNs = 10'000'000;

  /// Copied out without allocating.
  struct Anchors {
    std::array<ClockAnchor, kMaxAnchors> all;
    std::size_t count;

    [[nodiscard]] std::span<const ClockAnchor> span() const noexcept {
      return std::span(all).first(count);
    }
  };

  explicit RunClock(const Clocks& clocks = system_clocks()) noexcept;

  /// Whether it is time to check; costs one load.
  [[nodiscard]] bool is_due(std::int64_t steady_ns) const noexcept {
    return steady_ns >= next_check_ns_.load(std::memory_order_relaxed);
  }
  /// When the next check is due. A handler of a signal may store INT64_MIN: the next event checks.
  [[nodiscard]] std::atomic<std::int64_t>& next_check() noexcept { return next_check_ns_; }
  /// Compares the clocks, and adds an anchor at `steady_ns`, which was just read, when they have parted.
  /// Without effect while another thread does it. @return what was added.
  std::optional<ClockStep> check(std::int64_t steady_ns) noexcept;
  /// The same, now.
  std::optional<ClockStep> check() noexcept { return check(clocks_.steady_ns()); }

  /// The one of when the run began.
  [[nodiscard]] const ClockAnchor& first() const noexcept { return first_; }
  [[nodiscard]] Anchors anchors() const noexcept;
  /// Grows with each anchor that is added.
  [[nodiscard]] std::uint64_t version() const noexcept {
    return version_.load(std::memory_order_acquire);
  }

 private:
  struct Kept {
    ClockAnchor anchor;
    std::size_t slot;
  };

  [[nodiscard]] std::size_t free_slot() noexcept;

  const Clocks clocks_;
  const ClockAnchor first_;
  std::atomic<std::int64_t> next_check_ns_;
  std::atomic<std::uint64_t> version_ = 0;

  mutable std::mutex mutex_;
  std::array<Kept, kMaxAnchors> kept_;
  std::size_t count_ = 1;
};

}  // namespace aegis::trace
