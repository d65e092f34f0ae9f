#include <gtest/gtest.h>

#include <optional>
#include <type_traits>

#include "support.hpp"

namespace aegis::trace {
namespace {

using test::numbers;
using test::range;
using test::record_range;

static_assert(!std::is_copy_constructible_v<Reader>);
static_assert(std::is_nothrow_move_constructible_v<Reader>);

TEST(Reader, begins_with_the_oldest_retained_and_goes_on_with_what_comes) {
  TraceCollector collector(10);
  record_range(collector, 1, 25);
  Reader reader = collector.reader();
  ReadResult result = reader.read(100);
  EXPECT_EQ(numbers(result.events), range(16, 25));
  EXPECT_EQ(result.missed, 0U);
  EXPECT_TRUE(reader.read(100).events.empty());
  record_range(collector, 26, 28);
  result = reader.read(100);
  EXPECT_EQ(numbers(result.events), range(26, 28));
  EXPECT_EQ(result.missed, 0U);
}

TEST(Reader, of_an_empty_collector_reads_from_the_first_event_on) {
  TraceCollector collector(10);
  Reader reader = collector.reader();
  EXPECT_TRUE(reader.read(100).events.empty());
  record_range(collector, 1, 3);
  EXPECT_EQ(numbers(reader.read(100).events), range(1, 3));
}

TEST(Reader, returns_at_most_what_was_asked_for) {
  TraceCollector collector(5'000);
  record_range(collector, 1, 5'000);
  Reader reader = collector.reader();
  EXPECT_TRUE(reader.read(0).events.empty());
  std::int64_t read = 0;
  for (const std::size_t count : {1, 2, 511, 1'000, 3'000}) {
    const ReadResult result = reader.read(count);
    const std::int64_t last = std::min<std::int64_t>(read + static_cast<std::int64_t>(count), 5'000);
    EXPECT_EQ(numbers(result.events), range(read + 1, last));
    read = last;
  }
  EXPECT_EQ(numbers(reader.read(SIZE_MAX).events), range(read + 1, 5'000));
}

TEST(Reader, C10_counts_exactly_what_was_overwritten_before_it_was_read) {
  TraceCollector collector(100);
  Reader reader = collector.reader();
  record_range(collector, 1, 1'000);
  ReadResult result = reader.read(10);
  EXPECT_EQ(result.missed, 900U);
  EXPECT_EQ(numbers(result.events), range(901, 910));
  record_range(collector, 1'001, 1'050);  // overwrites up to 950
  result = reader.read(SIZE_MAX);
  EXPECT_EQ(result.missed, 40U);
  EXPECT_EQ(numbers(result.events), range(951, 1'050));
}

TEST(Reader, C10_counts_the_overwritten_also_when_it_asks_for_none) {
  TraceCollector collector(10);
  Reader reader = collector.reader();
  record_range(collector, 1, 25);
  EXPECT_EQ(reader.read(0).missed, 15U);
  EXPECT_EQ(reader.read(0).missed, 0U);
  EXPECT_EQ(numbers(reader.read(10).events), range(16, 25));
}

TEST(Reader, C10_counts_exactly_what_was_cleared_before_it_was_read) {
  TraceCollector collector(100);
  Reader reader = collector.reader();
  record_range(collector, 1, 50);
  EXPECT_EQ(reader.read(20).events.size(), 20U);
  collector.clear();
  record_range(collector, 51, 60);
  const ReadResult result = reader.read(100);
  EXPECT_EQ(result.missed, 30U);
  EXPECT_EQ(numbers(result.events), range(51, 60));
}

TEST(Reader, C10_accounts_for_overwriting_and_clearing_together) {
  TraceCollector collector(64);
  Reader reader = collector.reader();
  std::uint64_t read = 0;
  std::uint64_t missed = 0;
  for (std::int64_t round = 0; round < 200; ++round) {
    record_range(collector, 1, round * 7 % 150);
    if (round % 3 == 0) collector.clear();
    if (round % 2 == 0) {
      const ReadResult result = reader.read(static_cast<std::size_t>(round % 90));
      read += result.events.size();
      missed += result.missed;
    }
  }
  const ReadResult rest = reader.read(SIZE_MAX);
  EXPECT_EQ(read + rest.events.size() + missed + rest.missed, collector.stats().recorded);
}

TEST(Reader, removes_nothing_and_does_not_disturb_others) {
  TraceCollector collector(10);
  record_range(collector, 1, 10);
  Reader first = collector.reader();
  Reader second = collector.reader();
  EXPECT_EQ(numbers(first.read(4).events), range(1, 4));
  EXPECT_EQ(numbers(second.read(10).events), range(1, 10));
  EXPECT_EQ(numbers(first.read(10).events), range(5, 10));
  EXPECT_EQ(collector.size(), 10U);
  EXPECT_EQ(collector.stats().dropped, 0U);
}

TEST(Reader, outlives_its_collector) {
  std::optional<Reader> reader;
  {
    TraceCollector collector(10);
    record_range(collector, 1, 10);
    reader = collector.reader();
  }
  EXPECT_EQ(numbers(reader->read(10).events), range(1, 10));
  EXPECT_TRUE(reader->read(10).events.empty());
}

TEST(Reader, can_be_moved) {
  TraceCollector collector(10);
  record_range(collector, 1, 10);
  Reader first = collector.reader();
  EXPECT_EQ(first.read(3).events.size(), 3U);
  Reader second = std::move(first);
  EXPECT_EQ(numbers(second.read(10).events), range(4, 10));
}

}  // namespace
}  // namespace aegis::trace
