#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

#include "aegis/trace/error.hpp"

namespace aegis::trace {

namespace detail {

[[noreturn]] void throw_overflow(const char* operation);

constexpr std::int64_t checked_add(std::int64_t a, std::int64_t b, const char* operation) {
  std::int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) throw_overflow(operation);
  return result;
}

constexpr std::int64_t checked_sub(std::int64_t a, std::int64_t b, const char* operation) {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) throw_overflow(operation);
  return result;
}

constexpr std::int64_t checked_mul(std::int64_t a, std::int64_t b, const char* operation) {
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) throw_overflow(operation);
  return result;
}

}  // namespace detail

/// A span of time: int64 nanoseconds, no floating point. Any operation whose result leaves int64
/// throws TraceError with ErrorCode::kOverflow.
class Duration {
 public:
  /// No time at all.
  constexpr Duration() noexcept = default;

  /// So many nanoseconds.
  [[nodiscard]] static constexpr Duration from_nanos(std::int64_t nanos) noexcept {
    return Duration{nanos};
  }
  /// So many microseconds. @throws TraceError (kOverflow).
  [[nodiscard]] static constexpr Duration from_micros(std::int64_t micros) {
    return Duration{detail::checked_mul(micros, kNanosPerMicro, "Duration::from_micros")};
  }
  /// So many milliseconds. @throws TraceError (kOverflow).
  [[nodiscard]] static constexpr Duration from_millis(std::int64_t millis) {
    return Duration{detail::checked_mul(millis, kNanosPerMilli, "Duration::from_millis")};
  }
  /// So many seconds. @throws TraceError (kOverflow).
  [[nodiscard]] static constexpr Duration from_seconds(std::int64_t seconds) {
    return Duration{detail::checked_mul(seconds, kNanosPerSecond, "Duration::from_seconds")};
  }

  /// Nanoseconds, exactly.
  [[nodiscard]] constexpr std::int64_t to_nanos() const noexcept { return nanos_; }
  /// Whole microseconds, truncated toward zero.
  [[nodiscard]] constexpr std::int64_t to_micros() const noexcept {
    return nanos_ / kNanosPerMicro;
  }
  /// Whole milliseconds, truncated toward zero.
  [[nodiscard]] constexpr std::int64_t to_millis() const noexcept {
    return nanos_ / kNanosPerMilli;
  }

  /// The sum. @throws TraceError (kOverflow).
  friend constexpr Duration operator+(Duration a, Duration b) {
    return Duration{detail::checked_add(a.nanos_, b.nanos_, "Duration + Duration")};
  }
  /// The difference. @throws TraceError (kOverflow).
  friend constexpr Duration operator-(Duration a, Duration b) {
    return Duration{detail::checked_sub(a.nanos_, b.nanos_, "Duration - Duration")};
  }
  /// A multiple. @throws TraceError (kOverflow).
  friend constexpr Duration operator*(Duration a, std::int64_t factor) {
    return Duration{detail::checked_mul(a.nanos_, factor, "Duration * int64")};
  }
  /// A multiple. @throws TraceError (kOverflow).
  friend constexpr Duration operator*(std::int64_t factor, Duration a) { return a * factor; }
  /// Truncated toward zero. Division by zero, and of the minimum by -1, is an overflow error.
  friend constexpr Duration operator/(Duration a, std::int64_t divisor) {
    if (divisor == 0 || (divisor == -1 && a.nanos_ == INT64_MIN)) {
      detail::throw_overflow("Duration / int64");
    }
    return Duration{a.nanos_ / divisor};
  }
  /// All six comparisons, by length.
  friend constexpr auto operator<=>(Duration, Duration) noexcept = default;

 private:
  static constexpr std::int64_t kNanosPerMicro = 1'000;
  static constexpr std::int64_t kNanosPerMilli = 1'000'000;
  static constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

  explicit constexpr Duration(std::int64_t nanos) noexcept : nanos_(nanos) {}

  std::int64_t nanos_ = 0;
};

/// A point on std::chrono::steady_clock: int64 nanoseconds since that clock's epoch (on Linux, the
/// machine's boot). Default-constructed it is the epoch itself.
class Timestamp {
 public:
  /// The clock's epoch.
  constexpr Timestamp() noexcept = default;

  /// The steady clock's time.
  [[nodiscard]] static Timestamp now() noexcept {
    const auto since_epoch = std::chrono::steady_clock::now().time_since_epoch();
    return Timestamp{std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count()};
  }
  /// So many nanoseconds after the clock's epoch.
  [[nodiscard]] static constexpr Timestamp from_nanos(std::int64_t nanos) noexcept {
    return Timestamp{nanos};
  }

  /// Nanoseconds since the clock's epoch.
  [[nodiscard]] constexpr std::int64_t to_nanos() const noexcept { return nanos_; }

  /// The time from `b` to `a`. @throws TraceError (kOverflow).
  friend constexpr Duration operator-(Timestamp a, Timestamp b) {
    return Duration::from_nanos(detail::checked_sub(a.nanos_, b.nanos_, "Timestamp - Timestamp"));
  }
  /// A later point. @throws TraceError (kOverflow).
  friend constexpr Timestamp operator+(Timestamp a, Duration b) {
    return Timestamp{detail::checked_add(a.nanos_, b.to_nanos(), "Timestamp + Duration")};
  }
  /// An earlier point. @throws TraceError (kOverflow).
  friend constexpr Timestamp operator-(Timestamp a, Duration b) {
    return Timestamp{detail::checked_sub(a.nanos_, b.to_nanos(), "Timestamp - Duration")};
  }
  /// All six comparisons, by time.
  friend constexpr auto operator<=>(Timestamp, Timestamp) noexcept = default;

 private:
  explicit constexpr Timestamp(std::int64_t nanos) noexcept : nanos_(nanos) {}

  std::int64_t nanos_ = 0;
};

}  // namespace aegis::trace
