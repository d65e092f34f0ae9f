#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "errors/drain.hpp"
#include "support.hpp"

namespace aegis::trace {
namespace {

using test::numbered;
using test::range;

constexpr std::size_t kAll = SIZE_MAX;

std::vector<std::int64_t> numbers(const EncodedEvents& events) {
  return test::numbers(decode_events(events));
}

TraceEvent event_of(std::int64_t number, std::string request, Severity severity = Severity::Info) {
  TraceEvent event = numbered(number);
  event.request_id = std::move(request);
  event.severity = severity;
  return event;
}

RequestGate gate_of(const std::vector<std::string>& requests) { return RequestGate(requests, 0); }

class RequestGateTest : public testing::Test {
 protected:
  TraceCollector collector_{1'000};
  Drain drain_{collector_.ring(), {.bytes = limits::kMinErrorLaneBytes, .spill_folder = {}}};
};

TEST_F(RequestGateTest, A5_closed_it_holds_everything_back_but_errors) {
  drain_.set_gate(gate_of({}));
  for (std::int64_t i = 1; i <= 100; ++i) {
    collector_.record(event_of(i, "r", i % 10 == 0 ? Severity::Error : Severity::Warning));
  }
  const RingReader::Result result = drain_.read_events(kAll);
  EXPECT_EQ(numbers(result.events), (std::vector<std::int64_t>{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}));
  EXPECT_EQ(result.held_back, 90U);
  EXPECT_EQ(result.missed, 0U);
  EXPECT_EQ(drain_.stats().backlog, 0U);
}

TEST_F(RequestGateTest, A5_lets_certain_requests_through_whole_and_finds_what_it_held_back_of_others) {
  drain_.set_gate(gate_of({"a"}));
  for (std::int64_t i = 1; i <= 30; ++i) collector_.record(event_of(i, i % 3 == 0 ? "a" : "b"));
  RingReader::Result result = drain_.read_events(4);
  EXPECT_EQ(numbers(result.events), (std::vector<std::int64_t>{3, 6, 9, 12}));
  EXPECT_EQ(result.held_back, 8U);
  result = drain_.read_events(kAll);
  EXPECT_EQ(result.places.size(), 6U);
  collector_.record(event_of(31, "b"));

  const RingReader::Past past = drain_.past(kAll, gate_of({"b"}));
  std::vector<std::int64_t> held;
  for (std::int64_t i = 1; i <= 30; ++i) if (i % 3 != 0) held.push_back(i);
  EXPECT_EQ(numbers(past.events), held) << "and not what the cursor has not passed";
  EXPECT_EQ(past.overwritten, 0U);
  EXPECT_TRUE(past.oldest_ns.has_value());
  EXPECT_EQ(drain_.past(5, gate_of({"b"})).places.size(), 5U);

  drain_.set_gate({});
  EXPECT_EQ(numbers(drain_.read_events(kAll).events), range(31, 31));
}

TEST_F(RequestGateTest, ids_are_cut_as_record_cuts_them) {
  const std::string longest(3 * limits::kIdentifierBytes, 'x');
  drain_.set_gate(gate_of({longest}));
  collector_.record(event_of(1, longest));
  collector_.record(event_of(2, "x"));
  EXPECT_EQ(numbers(drain_.read_events(kAll).events), range(1, 1));
}

TEST_F(RequestGateTest, errors_from_before_the_drain_was_opened_pass_too) {
  TraceCollector collector(100);
  collector.record(event_of(1, "r", Severity::Error));
  collector.record(event_of(2, "r"));
  Drain drain(collector.ring(), {.bytes = limits::kMinErrorLaneBytes, .spill_folder = {}});
  drain.set_gate(gate_of({}));
  EXPECT_EQ(numbers(drain.read_events(kAll).events), range(1, 1));
}

TEST_F(RequestGateTest, what_was_overwritten_is_said) {
  drain_.set_gate(gate_of({}));
  for (std::int64_t i = 1; i <= 1'000; ++i) collector_.record(event_of(i, "r"));
  EXPECT_EQ(drain_.read_events(kAll).held_back, 1'000U);
  for (std::int64_t i = 1'001; i <= 1'300; ++i) collector_.record(event_of(i, "r"));
  const RingReader::Past past = drain_.past(kAll, gate_of({"r"}));
  EXPECT_EQ(numbers(past.events), range(301, 1'000));
  EXPECT_EQ(past.overwritten, 300U);
}

/// What a ring that forgets nothing would have done.
TEST(RequestGateModel, A5_random_lives_account_for_every_event) {
  const std::uint64_t sequences = test::number_from_environment("AEGIS_TEST_SEQUENCES", 300);
  for (std::uint64_t seed = 1; seed <= sequences; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&random](std::uint64_t bound) { return random() % bound; };
    TraceCollector collector(1 + below(3'000));
    Drain drain(collector.ring(), {.bytes = limits::kMinErrorLaneBytes, .spill_folder = {}});
    std::vector<TraceEvent> recorded;
    std::set<std::string> open;
    bool is_gated = false;
    std::uint64_t read = 0;
    std::uint64_t held_back = 0;
    std::uint64_t missed = 0;
    std::int64_t next = 1;
    for (int step = 0; step < 12; ++step) {
      switch (below(3)) {
        case 0: {
          const std::uint64_t count = below(1'500);
          for (std::uint64_t i = 0; i < count; ++i, ++next) {
            const auto severity = below(200) == 0 ? Severity::Error : Severity::Info;
            recorded.push_back(event_of(next, "r" + std::to_string(below(6)), severity));
            ASSERT_TRUE(collector.record(recorded.back()));
          }
          break;
        }
        case 1: {
          is_gated = below(4) != 0;
          open.clear();
          for (std::uint64_t i = below(3); i > 0; --i) open.insert("r" + std::to_string(below(6)));
          if (is_gated) {
            drain.set_gate(RequestGate({open.begin(), open.end()}, 0));
          } else {
            drain.set_gate({});
          }
          break;
        }
        default: {
          const RingReader::Result result = drain.read_events(1 + below(800));
          read += result.places.size();
          held_back += result.held_back;
          missed += result.missed;
          for (const TraceEvent& event : decode_events(result.events)) {
            ASSERT_TRUE(!is_gated || event.severity == Severity::Error ||
                        open.contains(event.request_id))
                << "seed " << seed;
          }
          break;
        }
      }
      const DrainStats stats = drain.stats();
      ASSERT_EQ(read + held_back + missed + stats.backlog + stats.overwritten, recorded.size())
          << "seed " << seed;
      // What the cursor has passed and the ring has still.
      const std::size_t passed = read + held_back + missed + stats.overwritten;
      const std::size_t retained = collector.size();
      const std::string wanted = "r" + std::to_string(below(6));
      std::vector<std::int64_t> expected;
      for (std::size_t i = recorded.size() - retained; i < passed; ++i) {
        if (recorded[i].request_id == wanted) {
          expected.push_back(recorded[i].timestamp.to_nanos());
        }
      }
      const RingReader::Past past = drain.past(kAll, RequestGate({wanted}, 0));
      ASSERT_EQ(numbers(past.events), expected) << "seed " << seed;
      ASSERT_EQ(past.overwritten, recorded.size() - retained) << "seed " << seed;
    }
  }
}

/// For ThreadSanitizer, and the account while others record.
TEST(RequestGateThreads, A5_every_event_is_read_held_back_or_missed) {
  constexpr int kThreads = 4;
  constexpr std::int64_t kEach = 20'000;
  TraceCollector collector(5'000);
  Drain drain(collector.ring(), {.bytes = limits::kMinErrorLaneBytes, .spill_folder = {}});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&collector, thread] {
      for (std::int64_t i = 1; i <= kEach; ++i) {
        collector.record(event_of(i, "r" + std::to_string((i + thread) % 7)));
      }
    });
  }
  std::uint64_t accounted = 0;
  std::uint64_t rounds = 0;
  const auto read = [&] {
    drain.set_gate(rounds++ % 2 == 0 ? gate_of({}) : gate_of({"r3"}));
    const RingReader::Result result = drain.read_events(500);
    for (const TraceEvent& event : decode_events(result.events)) EXPECT_EQ(event.request_id, "r3");
    accounted += result.places.size() + result.held_back + result.missed;
    static_cast<void>(drain.past(1'000, gate_of({"r5"})));
  };
  while (accounted < kThreads * kEach / 2) read();
  for (std::thread& thread : threads) thread.join();
  while (drain.stats().backlog > 0 || drain.stats().overwritten > 0) read();
  EXPECT_EQ(accounted, static_cast<std::uint64_t>(kThreads * kEach));
}

}  // namespace
}  // namespace aegis::trace
