#include <gtest/gtest.h>

#include "support.hpp"

namespace aegis::trace {
namespace {

using test::is_consistent;
using test::numbered;
using test::numbers;
using test::range;
using test::retained;

constexpr std::uint64_t kSmallChunk = 32 * 1024;

TraceEvent large(std::int64_t number, std::size_t bytes) {
  TraceEvent event = numbered(number);
  for (int i = 0; bytes > 0; ++i) {
    const std::size_t part = std::min(bytes, limits::kAttributeValueBytes);
    event.attributes["k" + std::to_string(i)] = std::string(part, 'v');
    bytes -= part;
  }
  return event;
}

/// What is retained are the newest, and the account says so. @return how many.
std::size_t expect_newest_up_to(const TraceCollector& collector, std::int64_t newest) {
  const CollectorStats stats = collector.stats();
  EXPECT_TRUE(is_consistent(stats));
  const auto first = newest - static_cast<std::int64_t>(stats.size) + 1;
  EXPECT_EQ(numbers(retained(collector)), range(first, newest));
  return stats.size;
}

TEST(MemoryBound, C2_is_512_bytes_an_event_unless_given) {
  TraceCollector collector(10'000);
  for (std::int64_t number = 1; number <= 2'000; ++number) {
    ASSERT_TRUE(collector.record(large(number, 15'000)));
    ASSERT_LE(collector.stats().bytes, 10'000U * 512);
  }
  EXPECT_GT(collector.stats().bytes, 10'000U * 512 - 2 * 64 * 1024);
}

class MemoryBoundOf : public testing::TestWithParam<std::size_t> {};

TEST_P(MemoryBoundOf, C2_is_never_exceeded_and_keeps_the_newest_that_fit) {
  constexpr std::size_t kEventBytes = 15'500;
  TraceCollector collector({.capacity = 100'000, .max_bytes = GetParam()});
  std::size_t least = SIZE_MAX;
  for (std::int64_t number = 1; number <= 250; ++number) {
    ASSERT_TRUE(collector.record(large(number, kEventBytes)));
    ASSERT_LE(collector.stats().bytes, GetParam());
    const std::size_t size = expect_newest_up_to(collector, number);
    if (collector.stats().dropped > 0) least = std::min(least, size);
  }
  // All chunks but the open one and the one just given up are full of the newest.
  const std::uint64_t chunk = GetParam() < 1024 * 1024 ? kSmallChunk : 2 * kSmallChunk;
  const std::size_t per_chunk = chunk / (kEventBytes + 500);
  EXPECT_GE(least, (GetParam() / chunk - 2) * per_chunk);
}

INSTANTIATE_TEST_SUITE_P(, MemoryBoundOf,
                         testing::Values(limits::kMinRingBytes, limits::kMinRingBytes + 1,
                                         200 * 1024, 1024 * 1024 - 1, 1024 * 1024, 1'500'000),
                         testing::PrintToStringParamName());

TEST(MemoryBound, C2_leaves_the_capacity_exact_as_long_as_it_is_not_reached) {
  // 300 events of 100 bytes need a third of the smallest ring.
  TraceCollector collector({.capacity = 300, .max_bytes = limits::kMinRingBytes});
  for (std::int64_t number = 1; number <= 5'000; ++number) {
    ASSERT_TRUE(collector.record(large(number, 20)));
  }
  EXPECT_EQ(expect_newest_up_to(collector, 5'000), 300U);
}

TEST(MemoryBound, C2_lets_large_events_push_out_small_ones_oldest_first) {
  TraceCollector collector({.capacity = 1'000, .max_bytes = limits::kMinRingBytes});
  std::int64_t number = 0;
  while (number < 900) ASSERT_TRUE(collector.record(large(++number, 10)));
  EXPECT_EQ(expect_newest_up_to(collector, number), 900U);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(collector.record(large(++number, 15'000)));
    expect_newest_up_to(collector, number);
  }
  EXPECT_LT(collector.size(), 20U);
  while (number < 4'000) ASSERT_TRUE(collector.record(large(++number, 10)));
  EXPECT_EQ(expect_newest_up_to(collector, number), 1'000U);
}

TEST(MemoryBound, C2_holds_when_the_capacity_is_one) {
  TraceCollector collector({.capacity = 1, .max_bytes = limits::kMinRingBytes});
  for (std::int64_t number = 1; number <= 100; ++number) {
    ASSERT_TRUE(collector.record(large(number, 15'500)));
    ASSERT_EQ(numbers(collector.query({})), range(number, number));
  }
  EXPECT_LE(collector.stats().bytes, limits::kMinRingBytes);
}

TEST(MemoryBound, clear_makes_room_at_once) {
  TraceCollector collector({.capacity = 100'000, .max_bytes = limits::kMinRingBytes});
  std::int64_t number = 0;
  for (int round = 0; round < 50; ++round) {
    const std::uint64_t dropped = collector.stats().dropped;
    // Seven of these take four chunks, of which one may be half taken by cleared events.
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(collector.record(large(++number, 15'500)));
    EXPECT_EQ(collector.size(), 6U);
    EXPECT_EQ(collector.stats().dropped, dropped);
    collector.clear();
  }
  EXPECT_EQ(collector.stats().cleared, 300U);
}

TEST(MemoryBound, memory_is_taken_as_the_ring_fills_and_then_no_more) {
  TraceCollector collector(10'000);
  EXPECT_EQ(collector.stats().bytes, 0U);
  std::uint64_t bytes = 0;
  for (std::int64_t number = 1; number <= 12'000; ++number) {
    ASSERT_TRUE(collector.record(numbered(number)));
    const std::uint64_t now = collector.stats().bytes;
    ASSERT_LE(bytes, now);
    bytes = now;
  }
  for (std::int64_t number = 1; number <= 50'000; ++number) {
    ASSERT_TRUE(collector.record(numbered(number)));
  }
  EXPECT_LE(collector.stats().bytes, bytes + 64 * 1024);
}

}  // namespace
}  // namespace aegis::trace
