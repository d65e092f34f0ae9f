#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <utility>

#include "ring/ring.hpp"

// What the ring does when its two clocks part.

namespace aegis::trace {

namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

using Text = std::array<char, 160>;

/// ISO 8601 in UTC with nanoseconds.
std::string_view write_wall_time(Text& out, std::int64_t wall_ns) noexcept {
  std::int64_t nanos = wall_ns % kNanosPerSecond;
  if (nanos < 0) nanos += kNanosPerSecond;
  const auto seconds = static_cast<std::time_t>((wall_ns - nanos) / kNanosPerSecond);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  const std::size_t date = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  const int fraction = std::snprintf(out.data() + date, out.size() - date, ".%09dZ",
                                     static_cast<int>(nanos));
  return {out.data(), date + static_cast<std::size_t>(fraction)};
}

}  // namespace

// Apart, and not inlined: record() is to stay small, and this is seldom called.
[[gnu::noinline]] void Ring::check_clock(std::int64_t now) noexcept {
  if (memory_.is_look_due(now)) check_file();
  if (const std::optional<ClockStep> step = clock_.check(now)) note_step(*step);
}

RunClock::Anchors Ring::clock_anchors() noexcept {
  if (const std::optional<ClockStep> step = clock_.check()) note_step(*step);
  return clock_.anchors();
}

[[gnu::noinline]] void Ring::note_step(const ClockStep& step) noexcept {
  memory_.mark_anchor(step.slot, step.anchor);
  Text from;
  Text to;
  Text nanos;
  Text rationale;
  const bool is_forward = step.step_ns > 0;
  const std::int64_t size_ms = ((is_forward ? step.step_ns : -step.step_ns) + 500'000) / 1'000'000;
  const auto print = [](Text& out, const char* format, auto... values) {
    const int length = std::snprintf(out.data(), out.size(), format, values...);
    return std::string_view(out.data(), static_cast<std::size_t>(length));
  };
  const std::array<std::pair<std::string_view, std::string_view>, 3> attributes = {{
      {"from", write_wall_time(from, step.anchor.wall_ns - step.step_ns)},
      {"to", write_wall_time(to, step.anchor.wall_ns)},
      {"step_ns", print(nanos, "%lld", static_cast<long long>(step.step_ns))},
  }};
  const std::string_view why =
      print(rationale,
            "the wall clock went %s by %lld.%03lld s against the steady clock: it was set, or the "
            "machine slept",
            is_forward ? "forward" : "back", static_cast<long long>(size_ms / 1'000),
            static_cast<long long>(size_ms % 1'000));
  EventView event{.event_type = "clock_step",
                  .component = "aegis-trace",
                  .model_id = {},
                  .request_id = {},
                  .rationale = why,
                  .attributes = {attributes.data(), attributes.size()},
                  .duration_ns = 0,
                  .timestamp_ns = step.anchor.steady_ns,
                  .event_id = nullptr,
                  .has_timestamp = true,
                  .severity = static_cast<std::uint8_t>(Severity::Warning),
                  .truncated = 0};
  record(event);
}

}  // namespace aegis::trace
