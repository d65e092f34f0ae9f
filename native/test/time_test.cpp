#include "aegis/trace/time.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "support.hpp"

namespace aegis::trace {
namespace {

using test::expect_error;

constexpr std::int64_t kMin = INT64_MIN;
constexpr std::int64_t kMax = INT64_MAX;

constexpr Duration nanos(std::int64_t n) noexcept { return Duration::from_nanos(n); }
constexpr Timestamp at(std::int64_t n) noexcept { return Timestamp::from_nanos(n); }

// All of it works at compile time.
static_assert(Duration{}.to_nanos() == 0);
static_assert(Duration::from_micros(-3).to_nanos() == -3'000);
static_assert(Duration::from_millis(3).to_nanos() == 3'000'000);
static_assert(Duration::from_seconds(3).to_nanos() == 3'000'000'000);
static_assert(nanos(1'999).to_micros() == 1 && nanos(-1'999).to_micros() == -1);
static_assert(nanos(1'999'999).to_millis() == 1 && nanos(-1'999'999).to_millis() == -1);
static_assert(nanos(2) + nanos(3) == nanos(5));
static_assert(nanos(2) - nanos(3) == nanos(-1));
static_assert(nanos(2) * 3 == nanos(6) && 3 * nanos(2) == nanos(6));
static_assert(nanos(7) / 2 == nanos(3) && nanos(-7) / 2 == nanos(-3) && nanos(7) / -2 == nanos(-3));
static_assert(at(7) - at(9) == nanos(-2));
static_assert(at(7) + nanos(2) == at(9) && at(7) - nanos(2) == at(5));
static_assert(Timestamp{} == at(0));
static_assert(noexcept(nanos(1).to_micros()) && noexcept(nanos(1) < nanos(2)));
// Sixty-four bits, and nothing of floating point gets in or out without being asked.
static_assert(sizeof(Duration) == 8 && sizeof(Timestamp) == 8);
static_assert(!std::is_convertible_v<double, Duration> &&
              !std::is_convertible_v<std::int64_t, Duration>);
static_assert(!std::is_convertible_v<Duration, Timestamp>);

template <typename T>
void expect_all_six_comparisons(T low, T high) {
  EXPECT_TRUE(low == low && !(low == high));
  EXPECT_TRUE(low != high && !(low != low));
  EXPECT_TRUE(low < high && !(high < low) && !(low < low));
  EXPECT_TRUE(low <= high && low <= low && !(high <= low));
  EXPECT_TRUE(high > low && !(low > high) && !(low > low));
  EXPECT_TRUE(high >= low && low >= low && !(low >= high));
}

TEST(Duration, C3_compares_in_all_six_ways_over_all_of_int64) {
  expect_all_six_comparisons(nanos(-1), nanos(1));
  expect_all_six_comparisons(nanos(kMin), nanos(kMax));
  expect_all_six_comparisons(nanos(kMax - 1), nanos(kMax));
}

TEST(Duration, C3_makes_and_gives_whole_units) {
  EXPECT_EQ(Duration::from_micros(kMax / 1'000).to_micros(), kMax / 1'000);
  EXPECT_EQ(Duration::from_millis(kMin / 1'000'000).to_millis(), kMin / 1'000'000);
  EXPECT_EQ(Duration::from_seconds(kMax / 1'000'000'000).to_millis(),
            kMax / 1'000'000'000 * 1'000);
  EXPECT_EQ(nanos(kMin).to_micros(), kMin / 1'000);
  EXPECT_EQ(nanos(kMin).to_nanos(), kMin);
  EXPECT_EQ(nanos(kMax).to_nanos(), kMax);
}

TEST(Duration, C3_throws_for_units_one_beyond_each_edge) {
  struct Unit {
    Duration (*from)(std::int64_t);
    std::int64_t nanos_per_unit;
    const char* name;
  };
  const Unit units[] = {{&Duration::from_micros, 1'000, "from_micros"},
                        {&Duration::from_millis, 1'000'000, "from_millis"},
                        {&Duration::from_seconds, 1'000'000'000, "from_seconds"}};
  for (const Unit& unit : units) {
    const std::int64_t most = kMax / unit.nanos_per_unit;
    const std::int64_t least = kMin / unit.nanos_per_unit;
    EXPECT_EQ(unit.from(most), nanos(most * unit.nanos_per_unit));
    EXPECT_EQ(unit.from(least), nanos(least * unit.nanos_per_unit));
    for (const std::int64_t beyond : {most + 1, least - 1, kMax, kMin}) {
      expect_error(ErrorCode::kOverflow, unit.name, [&] { (void)unit.from(beyond); });
    }
  }
}

TEST(Duration, C3_throws_for_sums_one_beyond_each_edge) {
  EXPECT_EQ(nanos(kMax - 1) + nanos(1), nanos(kMax));
  EXPECT_EQ(nanos(kMin + 1) + nanos(-1), nanos(kMin));
  EXPECT_EQ(nanos(kMax) + nanos(kMin), nanos(-1));
  expect_error(ErrorCode::kOverflow, "+", [] { (void)(nanos(kMax) + nanos(1)); });
  expect_error(ErrorCode::kOverflow, "+", [] { (void)(nanos(-1) + nanos(kMin)); });
}

TEST(Duration, C3_throws_for_differences_one_beyond_each_edge) {
  EXPECT_EQ(nanos(kMax) - nanos(kMax), nanos(0));
  EXPECT_EQ(nanos(-1) - nanos(kMin), nanos(kMax));
  EXPECT_EQ(nanos(kMin + 1) - nanos(1), nanos(kMin));
  expect_error(ErrorCode::kOverflow, "-", [] { (void)(nanos(0) - nanos(kMin)); });
  expect_error(ErrorCode::kOverflow, "-", [] { (void)(nanos(kMin) - nanos(1)); });
  expect_error(ErrorCode::kOverflow, "-", [] { (void)(nanos(kMax) - nanos(-1)); });
}

TEST(Duration, C3_throws_for_products_beyond_each_edge) {
  EXPECT_EQ(nanos(kMax) * 1, nanos(kMax));
  EXPECT_EQ(nanos(kMin) * 1, nanos(kMin));
  EXPECT_EQ(nanos(kMax) * -1, nanos(kMin + 1));
  EXPECT_EQ(nanos(kMin) * 0, nanos(0));
  expect_error(ErrorCode::kOverflow, "*", [] { (void)(nanos(kMin) * -1); });
  expect_error(ErrorCode::kOverflow, "*", [] { (void)(-1 * nanos(kMin)); });
  expect_error(ErrorCode::kOverflow, "*", [] { (void)(nanos(kMax / 2 + 1) * 2); });
  expect_error(ErrorCode::kOverflow, "*", [] { (void)(2 * nanos(kMin / 2 - 1)); });
}

TEST(Duration, C3_throws_for_the_two_quotients_that_do_not_exist) {
  EXPECT_EQ(nanos(kMin) / 1, nanos(kMin));
  EXPECT_EQ(nanos(kMin + 1) / -1, nanos(kMax));
  EXPECT_EQ(nanos(0) / kMin, nanos(0));
  expect_error(ErrorCode::kOverflow, "/", [] { (void)(nanos(1) / 0); });
  expect_error(ErrorCode::kOverflow, "/", [] { (void)(nanos(0) / 0); });
  expect_error(ErrorCode::kOverflow, "/", [] { (void)(nanos(kMin) / -1); });
}

TEST(Timestamp, C3_compares_in_all_six_ways_over_all_of_int64) {
  expect_all_six_comparisons(at(-1), at(1));
  expect_all_six_comparisons(at(kMin), at(kMax));
}

TEST(Timestamp, C3_reads_the_steady_clock_and_never_goes_back) {
  const auto steady_ns = [] {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  const std::int64_t before = steady_ns();
  const Timestamp first = Timestamp::now();
  const Timestamp second = Timestamp::now();
  EXPECT_LE(before, first.to_nanos());
  EXPECT_LE(first, second);
  EXPECT_LE(second.to_nanos(), steady_ns());
}

TEST(Timestamp, C3_throws_for_results_one_beyond_each_edge) {
  EXPECT_EQ(at(kMax) - at(0), nanos(kMax));
  EXPECT_EQ(at(-1) - at(kMin), nanos(kMax));
  EXPECT_EQ(at(kMax - 1) + nanos(1), at(kMax));
  EXPECT_EQ(at(kMin + 1) - nanos(1), at(kMin));
  expect_error(ErrorCode::kOverflow, "Timestamp - Timestamp", [] { (void)(at(kMax) - at(-1)); });
  expect_error(ErrorCode::kOverflow, "Timestamp - Timestamp", [] { (void)(at(kMin) - at(1)); });
  expect_error(ErrorCode::kOverflow, "Timestamp + Duration", [] { (void)(at(kMax) + nanos(1)); });
  expect_error(ErrorCode::kOverflow, "Timestamp + Duration", [] { (void)(at(kMin) + nanos(-1)); });
  expect_error(ErrorCode::kOverflow, "Timestamp - Duration", [] { (void)(at(0) - nanos(kMin)); });
  expect_error(ErrorCode::kOverflow, "Timestamp - Duration", [] { (void)(at(kMin) - nanos(1)); });
}

TEST(TraceError, names_every_code_as_typescript_does) {
  EXPECT_STREQ(code_name(ErrorCode::kOption), "ERR_TRACE_OPTION");
  EXPECT_STREQ(code_name(ErrorCode::kEvent), "ERR_TRACE_EVENT");
  EXPECT_STREQ(code_name(ErrorCode::kQuery), "ERR_TRACE_QUERY");
  EXPECT_STREQ(code_name(ErrorCode::kOverflow), "ERR_TRACE_OVERFLOW");
  EXPECT_STREQ(code_name(ErrorCode::kExport), "ERR_TRACE_EXPORT");
  EXPECT_STREQ(code_name(ErrorCode::kCancelled), "ERR_TRACE_CANCELLED");
  EXPECT_STREQ(code_name(ErrorCode::kMemory), "ERR_TRACE_MEMORY");
  EXPECT_STREQ(code_name(static_cast<ErrorCode>(99)), "ERR_TRACE_UNKNOWN");
}

}  // namespace
}  // namespace aegis::trace
