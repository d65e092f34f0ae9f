#include "ring/run_clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "aegis/trace/time.hpp"

namespace aegis::trace {

namespace {

/// Closer than this the two clocks are not read; the wall clock is between two readings of the other.
constexpr std::int64_t kCloseNs = 1'000;
constexpr int kTries = 16;

std::int64_t system_steady_ns() noexcept { return Timestamp::now().to_nanos(); }

std::int64_t system_wall_ns() noexcept {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
}

/// An anchor, and between how many nanoseconds of the steady clock its wall time was read.
struct Reading {
  ClockAnchor anchor;
  std::int64_t width_ns;
};

Reading read_closely(const Clocks& clocks) noexcept {
  Reading best = {{}, INT64_MAX};
  std::int64_t before = clocks.steady_ns();
  for (int tries = 0; tries < kTries && best.width_ns > kCloseNs; ++tries) {
    const std::int64_t wall = clocks.wall_ns();
    const std::int64_t after = clocks.steady_ns();
    const std::int64_t width = after - before;
    if (width < best.width_ns) best = {{before + width / 2, wall}, width};
    before = after;
  }
  return best;
}

/// By how much the wall clock showed more than by an earlier anchor.
std::int64_t step_between(const ClockAnchor& earlier, const ClockAnchor& later) noexcept {
  return (later.wall_ns - earlier.wall_ns) - (later.steady_ns - earlier.steady_ns);
}

}  // namespace

Clocks system_clocks() noexcept { return {system_steady_ns, system_wall_ns}; }

ClockAnchor read_clocks(const Clocks& clocks) noexcept { return read_closely(clocks).anchor; }

RunClock::RunClock(const Clocks& clocks) noexcept
    : clocks_(clocks),
      first_(read_clocks(clocks)),
      next_check_ns_(first_.steady_ns + kCheckIntervalNs),
      kept_{{{first_, 0}}} {}

std::optional<ClockStep> RunClock::check(std::int64_t steady_ns) noexcept {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return std::nullopt;
  next_check_ns_.store(steady_ns + kCheckIntervalNs, std::memory_order_relaxed);
  const ClockAnchor last = kept_[count_ - 1].anchor;
  // Once, as it nearly always is well: only what looks like a step is looked at closely.
  const ClockAnchor glance = {steady_ns, clocks_.wall_ns()};
  if (std::abs(step_between(last, glance)) <= kStepNs) return std::nullopt;
  const auto [now, width_ns] = read_closely(clocks_);
  const std::int64_t step_ns = step_between(last, now);
  if (std::abs(step_ns) <= kStepNs + width_ns) return std::nullopt;
  // From the moment on that `steady_ns` is, which was before this reading; after the last in any case.
  const std::int64_t from_ns = std::max(steady_ns, last.steady_ns + 1);
  const ClockAnchor anchor = {from_ns, now.wall_ns - (now.steady_ns - from_ns)};
  const std::size_t slot = free_slot();
  kept_[count_++] = {anchor, slot};
  version_.fetch_add(1, std::memory_order_release);
  return ClockStep{anchor, step_ns, slot};
}

std::size_t RunClock::free_slot() noexcept {
  if (count_ < kMaxAnchors) return count_;
  std::size_t least = 1;
  std::int64_t least_step = INT64_MAX;
  for (std::size_t i = 1; i < count_; ++i) {
    const std::int64_t step = std::abs(step_between(kept_[i - 1].anchor, kept_[i].anchor));
    if (step < least_step) {
      least_step = step;
      least = i;
    }
  }
  const std::size_t slot = kept_[least].slot;
  std::copy(kept_.begin() + static_cast<std::ptrdiff_t>(least) + 1, kept_.end(),
            kept_.begin() + static_cast<std::ptrdiff_t>(least));
  --count_;
  return slot;
}

RunClock::Anchors RunClock::anchors() const noexcept {
  const std::lock_guard lock(mutex_);
  Anchors anchors{.all = {}, .count = count_};
  std::transform(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(count_),
                 anchors.all.begin(), [](const Kept& kept) { return kept.anchor; });
  return anchors;
}

}  // namespace aegis::trace
