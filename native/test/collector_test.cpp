#include "aegis/trace/collector.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <set>
#include <thread>
#include <type_traits>
#include <vector>

#include "support.hpp"

namespace aegis::trace {
namespace {

using test::expect_error;
using test::is_consistent;
using test::numbered;
using test::numbers;
using test::range;
using test::record_range;
using test::retained;

static_assert(!std::is_copy_constructible_v<TraceCollector>);
static_assert(!std::is_convertible_v<std::size_t, TraceCollector>);
static_assert(noexcept(std::declval<TraceCollector&>().record(std::declval<TraceEvent&>())));
static_assert(noexcept(std::declval<TraceCollector&>().record_now("", "")));

TEST(Collector, C2_keeps_10_000_events_by_default) {
  EXPECT_EQ(TraceCollector().stats().capacity, 10'000U);
  EXPECT_EQ(TraceCollector(CollectorOptions{}).stats().capacity, 10'000U);
}

TEST(Collector, C2_refuses_a_capacity_that_makes_no_sense) {
  constexpr std::size_t kMinusOne = static_cast<std::size_t>(-1);
  for (const std::size_t capacity :
       {std::size_t{0}, kMinusOne, std::size_t{1} << 40, limits::kMaxCapacity + 1}) {
    expect_error(ErrorCode::kOption, "capacity must be from 1 to 268435456; got " +
                                         std::to_string(capacity),
                 [&] { TraceCollector{capacity}; });
  }
}

TEST(Collector, C2_takes_the_largest_capacity_without_taking_its_memory) {
  TraceCollector collector(limits::kMaxCapacity);
  EXPECT_EQ(collector.stats().bytes, 0U);
  record_range(collector, 1, 1);
  EXPECT_EQ(collector.stats().bytes, 64U * 1024);
}

TEST(Collector, C2_refuses_a_byte_bound_that_makes_no_sense) {
  for (const std::size_t max_bytes :
       {std::size_t{1}, limits::kMinRingBytes - 1, limits::kMaxRingBytes + 1, SIZE_MAX}) {
    expect_error(ErrorCode::kOption, "max_bytes must be from 131072 to 1099511627776; got " +
                                         std::to_string(max_bytes),
                 [&] { TraceCollector(CollectorOptions{.capacity = 10, .max_bytes = max_bytes}); });
  }
  EXPECT_NO_THROW(TraceCollector({.capacity = 10, .max_bytes = limits::kMinRingBytes}));
  EXPECT_NO_THROW(TraceCollector({.capacity = 10, .max_bytes = limits::kMaxRingBytes}));
}

class CollectorOfCapacity : public testing::TestWithParam<std::size_t> {};

TEST_P(CollectorOfCapacity, C1_keeps_the_newest_capacity_events_exactly) {
  const auto capacity = static_cast<std::int64_t>(GetParam());
  TraceCollector collector(GetParam());
  std::int64_t recorded = 0;
  // Looked at on every event up to beyond the capacity, then seldom, up to several times round.
  const std::int64_t often = capacity < 500 ? 2 * capacity + 2 : 0;
  for (const std::int64_t until :
       {often, capacity - 1, capacity, capacity + 1, 2 * capacity, 5 * capacity + 3}) {
    while (recorded < until) {
      ++recorded;
      ASSERT_TRUE(collector.record(numbered(recorded)));
      if (recorded <= often || recorded == until) {
        const std::int64_t first = std::max<std::int64_t>(recorded - capacity + 1, 1);
        ASSERT_EQ(numbers(retained(collector)), range(first, recorded));
        ASSERT_EQ(numbers(collector.query({})), range(first, recorded));
        const CollectorStats stats = collector.stats();
        ASSERT_TRUE(is_consistent(stats));
        ASSERT_EQ(stats.size, static_cast<std::uint64_t>(recorded - first + 1));
        ASSERT_EQ(collector.size(), stats.size);
        ASSERT_EQ(stats.dropped, static_cast<std::uint64_t>(first - 1));
      }
    }
  }
  EXPECT_EQ(collector.stats().rejected, 0U);
}

INSTANTIATE_TEST_SUITE_P(, CollectorOfCapacity,
                         testing::Values(1, 2, 3, 7, 64, 499, 500, 1'000, 4'097, 20'000),
                         testing::PrintToStringParamName());

TEST(Collector, C1_never_waits_for_space_and_drops_the_oldest_in_the_hundred_thousands) {
  TraceCollector collector(1);
  record_range(collector, 1, 200'000);
  EXPECT_EQ(numbers(collector.query({})), range(200'000, 200'000));
  EXPECT_EQ(collector.stats().dropped, 199'999U);
}

TEST(Collector, C4_gives_back_the_event_that_was_recorded) {
  TraceCollector collector;
  const TraceEvent event{.event_id = Uuid::random(),
                         .event_type = "scheduling_decision",
                         .component = "Scheduler",
                         .timestamp = Timestamp::from_nanos((std::int64_t{1} << 53) + 1),
                         .duration = Duration::from_nanos(INT64_MIN),
                         .model_id = "model_a",
                         .request_id = "req-1",
                         .rationale = "Selected model_a: earliest deadline 14:23:45.200",
                         .severity = Severity::Critical,
                         .attributes = {{"utilisation", "0.85"}, {"wcrt_ns", "72000000"}}};
  ASSERT_TRUE(collector.record(event));
  EXPECT_EQ(collector.query({}), std::vector{event});
  EXPECT_EQ(retained(collector), std::vector{event});
}

TEST(Collector, C5_gives_an_id_to_an_event_without_one_and_always_the_same) {
  TraceCollector collector;
  record_range(collector, 1, 5'000);
  std::set<Uuid> ids;
  for (const TraceEvent& event : collector.query({})) {
    EXPECT_EQ(event.event_id.to_string()[14], '4');
    EXPECT_TRUE(ids.insert(event.event_id).second);
  }
  EXPECT_EQ(ids.size(), 5'000U);
  EXPECT_EQ(collector.query({}), collector.query({}));
  EXPECT_EQ(retained(collector), collector.query({}));
  // Another collector gives others.
  TraceCollector other;
  record_range(other, 1, 1);
  EXPECT_FALSE(ids.contains(other.query({})[0].event_id));
}

TEST(Collector, C6_records_now_with_its_defaults) {
  TraceCollector collector;
  const Timestamp before = Timestamp::now();
  ASSERT_TRUE(collector.record_now("type", "Component"));
  const Timestamp after = Timestamp::now();
  const TraceEvent event = collector.query({}).at(0);
  EXPECT_EQ(event.event_type, "type");
  EXPECT_EQ(event.component, "Component");
  EXPECT_EQ(event.rationale, "");
  EXPECT_LE(before, event.timestamp);
  EXPECT_LE(event.timestamp, after);
  EXPECT_EQ(event.duration, Duration{});
  EXPECT_EQ(event.severity, Severity::Info);
  EXPECT_FALSE(event.event_id.is_nil());
  EXPECT_TRUE(event.attributes.empty());
}

TEST(Collector, C6_records_now_with_details) {
  TraceCollector collector;
  ASSERT_TRUE(collector.record_now("type", "Component", "why",
                                   {.model_id = "m",
                                    .request_id = "r",
                                    .severity = Severity::Error,
                                    .duration = Duration::from_micros(3),
                                    .attributes = {{"a", "1"}, {"b", "2"}, {"a", "3"}}}));
  const TraceEvent event = collector.query({}).at(0);
  EXPECT_EQ(event.rationale, "why");
  EXPECT_EQ(event.model_id, "m");
  EXPECT_EQ(event.request_id, "r");
  EXPECT_EQ(event.severity, Severity::Error);
  EXPECT_EQ(event.duration.to_nanos(), 3'000);
  EXPECT_EQ(event.attributes, (Attributes{{"a", "3"}, {"b", "2"}}));
}

TEST(Collector, rejects_and_counts_what_cannot_be_stored) {
  TraceCollector collector(10);
  record_range(collector, 1, 3);
  TraceEvent event = numbered(4);
  event.event_type.clear();
  EXPECT_FALSE(collector.record(event));
  event = numbered(4);
  event.component.clear();
  EXPECT_FALSE(collector.record(event));
  event = numbered(4);
  event.severity = static_cast<Severity>(4);
  EXPECT_FALSE(collector.record(event));
  EXPECT_FALSE(collector.record_now("", "c"));
  EXPECT_FALSE(collector.record_now("t", ""));
  const CollectorStats stats = collector.stats();
  EXPECT_EQ(stats.rejected, 5U);
  EXPECT_EQ(stats.recorded, 3U);
  EXPECT_TRUE(is_consistent(stats));
  EXPECT_EQ(numbers(collector.query({})), range(1, 3));
}

TEST(Collector, truncates_flags_and_counts_what_is_too_long) {
  TraceCollector collector(10);
  TraceEvent event = numbered(1);
  event.rationale = std::string(std::size_t{16} * 1024 * 1024, 'r');
  ASSERT_TRUE(collector.record(event));
  event = numbered(2);
  for (int i = 0; i < 100'000; ++i) event.attributes.emplace("k" + std::to_string(i), "v");
  ASSERT_TRUE(collector.record(event));
  ASSERT_TRUE(collector.record(numbered(3)));
  const std::vector<TraceEvent> events = collector.query({});
  EXPECT_EQ(events[0].rationale.size(), limits::kRationaleBytes);
  EXPECT_EQ(events[0].attributes.at("aegis.truncated"), "rationale");
  EXPECT_EQ(events[1].attributes.size(), limits::kAttributes + 1);
  EXPECT_EQ(events[1].attributes.at("aegis.truncated"), "attributes");
  EXPECT_TRUE(events[2].attributes.empty());
  EXPECT_EQ(collector.stats().truncated, 2U);
}

TEST(Collector, C6_clear_forgets_what_is_retained_and_goes_on_counting) {
  TraceCollector collector(100);
  for (std::int64_t round = 0; round < 5; ++round) {
    record_range(collector, 1, 250);
    EXPECT_EQ(collector.size(), 100U);
    collector.clear();
    const CollectorStats stats = collector.stats();
    EXPECT_EQ(stats.size, 0U);
    EXPECT_EQ(stats.recorded, static_cast<std::uint64_t>(round + 1) * 250);
    EXPECT_EQ(stats.dropped, static_cast<std::uint64_t>(round + 1) * 150);
    EXPECT_EQ(stats.cleared, static_cast<std::uint64_t>(round + 1) * 100);
    EXPECT_TRUE(collector.query({}).empty());
  }
  collector.clear();
  EXPECT_EQ(collector.stats().cleared, 500U);
  record_range(collector, 7, 9);
  EXPECT_EQ(numbers(collector.query({})), range(7, 9));
}

TEST(Collector, C6_clear_of_an_empty_collector_changes_nothing) {
  TraceCollector collector;
  collector.clear();
  EXPECT_EQ(collector.size(), 0U);
  EXPECT_TRUE(is_consistent(collector.stats()));
}

TEST(Collector, T2_takes_nothing_while_recording_is_off_and_keeps_what_it_has) {
  TraceCollector collector(100);
  record_range(collector, 1, 10);
  EXPECT_TRUE(collector.is_recording());
  collector.set_recording(false);
  EXPECT_FALSE(collector.is_recording());
  EXPECT_FALSE(collector.record(numbered(11)));
  EXPECT_FALSE(collector.record_now("", ""));  // would be rejected, and counted
  EXPECT_EQ(collector.stats().recorded, 10U);
  EXPECT_EQ(collector.stats().rejected, 0U);
  EXPECT_EQ(numbers(collector.query({})), range(1, 10));
  collector.set_recording(true);
  EXPECT_TRUE(collector.record(numbered(12)));
  EXPECT_EQ(collector.stats().recorded, 11U);
}

TEST(Collector, T2_threads_that_record_see_a_switch_and_the_account_stays_exact) {
  TraceCollector collector(1'000);
  std::atomic<bool> is_done = false;
  std::vector<std::uint64_t> taken(4, 0);
  std::vector<std::thread> threads;
  for (std::uint64_t& count : taken) {
    threads.emplace_back([&collector, &is_done, &count] {
      while (!is_done) count += collector.record_now("type", "component") ? 1U : 0U;
    });
  }
  for (int turn = 0; turn < 200; ++turn) {
    collector.set_recording(turn % 2 == 0);
    std::this_thread::yield();
  }
  collector.set_recording(false);
  is_done = true;
  for (std::thread& thread : threads) thread.join();
  const std::uint64_t sum = std::accumulate(taken.begin(), taken.end(), std::uint64_t{0});
  EXPECT_EQ(collector.stats().recorded, sum);
  EXPECT_FALSE(collector.record_now("type", "component"));
  EXPECT_EQ(collector.stats().recorded, sum);
}

TEST(Collector, two_of_them_know_nothing_of_each_other) {
  TraceCollector first(3);
  TraceCollector second(5);
  for (std::int64_t number = 1; number <= 10; ++number) {
    ASSERT_TRUE(first.record(numbered(number)));
    ASSERT_TRUE(second.record(numbered(-number)));
  }
  EXPECT_EQ(numbers(first.query({})), range(8, 10));
  EXPECT_EQ(numbers(second.query({})), range(-10, -6));
}

}  // namespace
}  // namespace aegis::trace
