#include <gtest/gtest.h>

#include <barrier>
#include <latch>
#include <memory>
#include <thread>

#include "support.hpp"

namespace aegis::trace {
namespace {

using test::is_consistent;
using test::numbered;
using test::numbers;
using test::range;
using test::record_range;
using test::retained;

/// Runs `work(0)` to `work(count - 1)`, each on a thread of its own, all of them alive together.
template <typename Work>
void on_threads(int count, Work&& work) {
  std::latch all_there(count);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < count; ++thread) {
    threads.emplace_back([&, thread] {
      all_there.arrive_and_wait();
      work(thread);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

/// Threads of which one at a time may go on: their order is known, whatever the machine does.
class Turns {
 public:
  explicit Turns(int threads) : barrier_(threads) {}

  /// Every thread calls it for every turn; `work` runs on one of them alone.
  template <typename Work>
  void take(bool mine, Work&& work) {
    barrier_.arrive_and_wait();
    if (mine) work();
    barrier_.arrive_and_wait();
  }

 private:
  std::barrier<> barrier_;
};

TEST(ThreadLanes, C1_10_000_short_lived_threads_keep_exactly_the_newest) {
  for (const std::size_t capacity : {1U, 777U}) {
    TraceCollector collector(capacity);
    for (std::int64_t number = 1; number <= 5'000; ++number) {
      std::thread([&] { EXPECT_TRUE(collector.record(numbered(number))); }).join();
    }
    EXPECT_EQ(numbers(retained(collector)),
              range(5'001 - static_cast<std::int64_t>(capacity), 5'000));
    EXPECT_EQ(collector.stats().recorded, 5'000U);
  }
}

TEST(ThreadLanes, C2_threads_that_come_and_go_do_not_take_memory) {
  TraceCollector collector(10'000);
  for (std::int64_t number = 1; number <= 2'000; ++number) {
    std::thread([&] { EXPECT_TRUE(collector.record(numbered(number))); }).join();
  }
  // One lane was handed from thread to thread, and its chunks were filled one after another.
  EXPECT_LE(collector.stats().bytes, 4U * 64 * 1024);
}

class ManyThreads : public testing::TestWithParam<int> {};

TEST_P(ManyThreads, C1_taking_turns_keep_exactly_the_newest_in_order) {
  const int threads = GetParam();
  TraceCollector collector(100);
  Turns turns(threads);
  const std::int64_t rounds = 60;
  on_threads(threads, [&](int self) {
    for (std::int64_t number = 1; number <= rounds; ++number) {
      // 7 is coprime to the number of threads: each has its turn before one has its second.
      turns.take(number * 7 % threads == self, [&] {
        record_range(collector, 10 * number, 10 * number + 9);
        const std::int64_t newest = 10 * number + 9;
        EXPECT_EQ(numbers(retained(collector)), range(std::max<std::int64_t>(10, newest - 99), newest));
      });
    }
  });
  EXPECT_EQ(collector.stats().recorded, 600U);
}

// The smallest ring has one lane, so that all share it; this one (capacity 100) is one of those.
INSTANTIATE_TEST_SUITE_P(, ManyThreads, testing::Values(1, 2, 5, 20),
                         testing::PrintToStringParamName());

TEST(ThreadLanes, C1_more_threads_than_lanes_lose_nothing) {
  // 64 chunks of 64 KiB, so 16 lanes.
  TraceCollector collector({.capacity = 1'000'000, .max_bytes = std::size_t{4} << 20});
  constexpr int kThreads = 40;
  constexpr std::int64_t kEach = 400;
  on_threads(kThreads, [&](int self) {
    record_range(collector, self * kEach, (self + 1) * kEach - 1);
  });
  const std::vector<TraceEvent> events = collector.query({});
  EXPECT_EQ(numbers(events), range(0, kThreads * kEach - 1));
  // In order of recording, each thread's events are in theirs, shared lane or not.
  std::vector<std::int64_t> next(kThreads, 0);
  for (const std::int64_t number : numbers(retained(collector))) {
    const auto thread = static_cast<std::size_t>(number / kEach);
    EXPECT_EQ(number % kEach, next[thread]++);
  }
}

TEST(ThreadLanes, C13_one_thread_records_into_many_collectors_in_turn) {
  std::vector<std::unique_ptr<TraceCollector>> collectors;
  for (int i = 0; i < 200; ++i) collectors.push_back(std::make_unique<TraceCollector>(5));
  for (std::int64_t number = 1; number <= 20; ++number) {
    for (const auto& collector : collectors) record_range(*collector, number, number);
  }
  for (const auto& collector : collectors) {
    EXPECT_EQ(numbers(collector->query({})), range(16, 20));
  }
}

TEST(ThreadLanes, a_collector_at_the_address_of_a_dead_one_is_not_taken_for_it) {
  for (int i = 0; i < 500; ++i) {
    TraceCollector collector(10);
    record_range(collector, 1, 3);
    ASSERT_EQ(numbers(collector.query({})), range(1, 3));
  }
}

TEST(ThreadLanes, a_thread_may_end_after_the_collector_it_recorded_into) {
  auto collector = std::make_unique<TraceCollector>(10);
  std::latch recorded(1);
  std::latch destroyed(1);
  std::thread thread([&] {
    record_range(*collector, 1, 3);
    recorded.count_down();
    destroyed.wait();
    TraceCollector other(10);  // forgets the dead one
    record_range(other, 1, 3);
    EXPECT_EQ(numbers(other.query({})), range(1, 3));
  });
  recorded.wait();
  collector.reset();
  destroyed.count_down();
  thread.join();
}

TEST(ThreadLanes, a_thread_may_end_after_the_collector_without_recording_again) {
  auto collector = std::make_unique<TraceCollector>(10);
  std::latch recorded(4);
  std::latch destroyed(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      record_range(*collector, 1, 3);
      recorded.count_down();
      destroyed.wait();
    });
  }
  recorded.wait();
  collector.reset();
  destroyed.count_down();
  for (std::thread& thread : threads) thread.join();
}

TEST(ThreadLanes, a_reader_keeps_the_ring_for_threads_that_end_after_the_collector) {
  auto collector = std::make_unique<TraceCollector>(10);
  std::latch recorded(1);
  std::latch destroyed(1);
  std::thread thread([&] {
    record_range(*collector, 1, 3);
    recorded.count_down();
    destroyed.wait();
  });
  recorded.wait();
  Reader reader = collector->reader();
  collector.reset();
  destroyed.count_down();
  thread.join();
  EXPECT_EQ(numbers(reader.read(10).events), range(1, 3));
}

/// Records when its thread is taken down.
struct RecordsAtThreadEnd {
  TraceCollector* collector = nullptr;
  ~RecordsAtThreadEnd() {
    for (std::int64_t number = 1; collector != nullptr && number <= 1'000; ++number) {
      EXPECT_TRUE(collector->record(numbered(number)));
    }
  }
};

TEST(ThreadLanes, a_thread_may_record_while_its_thread_locals_are_destroyed) {
  TraceCollector collector(2'000);
  std::thread([&] {
    // Made before the first record, so destroyed after the lanes of the thread are given back.
    thread_local RecordsAtThreadEnd late;
    late.collector = &collector;
    record_range(collector, 0, 0);
  }).join();
  EXPECT_EQ(numbers(retained(collector)), range(0, 1'000));
}

TEST(ThreadLanes, C10_the_account_holds_while_threads_record) {
  TraceCollector collector(300);
  constexpr int kThreads = 4;
  constexpr std::int64_t kEach = 20'000;
  on_threads(kThreads + 1, [&](int self) {
    if (self == kThreads) {
      for (CollectorStats stats = collector.stats(); stats.recorded < kThreads * kEach;
           stats = collector.stats()) {
        ASSERT_TRUE(is_consistent(stats));
      }
    } else {
      record_range(collector, 1, kEach);
    }
  });
  const CollectorStats stats = collector.stats();
  EXPECT_EQ(stats.recorded, static_cast<std::uint64_t>(kThreads * kEach));
  EXPECT_EQ(stats.size, 300U);
  EXPECT_TRUE(is_consistent(stats));
}

TEST(ThreadLanes, C1_one_threads_newest_survive_although_idle_threads_hold_chunks) {
  // Nineteen lanes, of which eighteen hold one event each in a chunk of their own.
  TraceCollector collector(10'000);
  std::latch recorded(18);
  std::latch done(1);
  std::vector<std::thread> idle;
  for (std::int64_t number = 0; number < 18; ++number) {
    idle.emplace_back([&, number] {
      record_range(collector, number, number);
      recorded.count_down();
      done.wait();
    });
  }
  recorded.wait();
  EXPECT_EQ(collector.size(), 18U);
  record_range(collector, 100, 30'099);
  EXPECT_EQ(numbers(retained(collector)), range(20'100, 30'099));
  done.count_down();
  for (std::thread& thread : idle) thread.join();
}

}  // namespace
}  // namespace aegis::trace
