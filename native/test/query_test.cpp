#include "aegis/trace/query.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace aegis::trace {
namespace {

using test::expect_error;
using test::numbered;
using test::numbers;
using test::range;

constexpr std::int64_t kMin = INT64_MIN;
constexpr std::int64_t kMax = INT64_MAX;

using Numbers = std::vector<std::int64_t>;

Timestamp at(std::int64_t nanos) { return Timestamp::from_nanos(nanos); }

/// Event `number` with a place in the order of recording in its rationale.
TraceEvent placed(std::int64_t number, const std::string& place) {
  TraceEvent event = numbered(number);
  event.rationale = place;
  return event;
}

std::string places(const std::vector<TraceEvent>& events) {
  std::string result;
  for (const TraceEvent& event : events) result += event.rationale;
  return result;
}

class Query : public testing::Test {
 protected:
  Query() {
    const char* const types[] = {"decision", "completion"};
    const char* const components[] = {"Scheduler", "Admission", "Worker"};
    const char* const models[] = {"", "model_a"};
    for (std::int64_t number = 0; number < 48; ++number) {
      TraceEvent event = numbered(number);
      event.event_type = types[number % 2];
      event.component = components[number % 3];
      event.model_id = models[number / 2 % 2];
      event.request_id = number % 5 == 0 ? "" : "req-" + std::to_string(number % 5);
      event.severity = static_cast<Severity>(number % 4);
      collector.record(event);
    }
  }

  /// Which of the 48 a predicate holds for.
  template <typename Predicate>
  static Numbers where(Predicate&& predicate) {
    Numbers result;
    for (std::int64_t number = 0; number < 48; ++number) {
      if (predicate(number)) result.push_back(number);
    }
    return result;
  }

  TraceCollector collector;
};

TEST_F(Query, C7_without_fields_matches_everything) {
  EXPECT_EQ(numbers(collector.query({})), range(0, 47));
}

TEST_F(Query, C7_start_and_end_are_inclusive) {
  EXPECT_EQ(numbers(collector.query({.start = at(10), .end = at(12)})), range(10, 12));
  EXPECT_EQ(numbers(collector.query({.start = at(10), .end = at(10)})), range(10, 10));
  EXPECT_EQ(numbers(collector.query({.start = at(46)})), range(46, 47));
  EXPECT_EQ(numbers(collector.query({.end = at(1)})), range(0, 1));
  EXPECT_EQ(numbers(collector.query({.start = at(48)})), Numbers{});
}

TEST_F(Query, C7_start_and_end_reach_to_the_edges_of_int64) {
  collector.record(numbered(kMin));
  collector.record(numbered(kMax));
  EXPECT_EQ(numbers(collector.query({.end = at(kMin)})), Numbers{kMin});
  EXPECT_EQ(numbers(collector.query({.start = at(kMax)})), Numbers{kMax});
  EXPECT_EQ(collector.query({.start = at(kMin), .end = at(kMax)}).size(), 50U);
}

TEST_F(Query, C7_start_after_end_is_an_error) {
  expect_error(ErrorCode::kQuery, "start must not be after end; got 2 and 1",
               [&] { (void)collector.query({.start = at(2), .end = at(1)}); });
}

TEST_F(Query, C7_each_field_selects) {
  EXPECT_EQ(numbers(collector.query({.event_type = "completion"})),
            where([](auto n) { return n % 2 == 1; }));
  EXPECT_EQ(numbers(collector.query({.model_id = "model_a"})),
            where([](auto n) { return n / 2 % 2 == 1; }));
  EXPECT_EQ(numbers(collector.query({.component = "Worker"})),
            where([](auto n) { return n % 3 == 2; }));
  EXPECT_EQ(numbers(collector.query({.request_id = "req-3"})),
            where([](auto n) { return n % 5 == 3; }));
  for (std::int64_t rank = 0; rank < 4; ++rank) {
    EXPECT_EQ(numbers(collector.query({.min_severity = static_cast<Severity>(rank)})),
              where([rank](auto n) { return n % 4 >= rank; }));
  }
}

TEST_F(Query, C7_an_empty_string_selects_the_events_without_that_field) {
  EXPECT_EQ(numbers(collector.query({.model_id = ""})),
            where([](auto n) { return n / 2 % 2 == 0; }));
  EXPECT_EQ(numbers(collector.query({.request_id = ""})),
            where([](auto n) { return n % 5 == 0; }));
  EXPECT_EQ(numbers(collector.query({.component = ""})), Numbers{});
}

TEST_F(Query, C7_fields_must_all_match) {
  EXPECT_EQ(numbers(collector.query({.start = at(5),
                                     .end = at(40),
                                     .event_type = "decision",
                                     .model_id = "model_a",
                                     .component = "Scheduler",
                                     .request_id = "req-1",
                                     .min_severity = Severity::Error})),
            where([](auto n) {
              return n >= 5 && n <= 40 && n % 2 == 0 && n / 2 % 2 == 1 && n % 3 == 0 &&
                     n % 5 == 1 && n % 4 >= 2;
            }));
}

TEST_F(Query, C7_is_case_sensitive_and_matches_whole_strings) {
  EXPECT_EQ(numbers(collector.query({.component = "scheduler"})), Numbers{});
  EXPECT_EQ(numbers(collector.query({.component = "Sched"})), Numbers{});
  EXPECT_EQ(numbers(collector.query({.component = std::string("Scheduler\0", 10)})), Numbers{});
}

TEST_F(Query, C7_has_shorthands) {
  EXPECT_EQ(collector.query_by_component("Worker"), collector.query({.component = "Worker"}));
  EXPECT_EQ(collector.query_by_model("model_a"), collector.query({.model_id = "model_a"}));
  EXPECT_EQ(collector.query_by_severity(Severity::Error),
            collector.query({.min_severity = Severity::Error}));
}

TEST_F(Query, C7_limit_gives_the_first_in_time_order) {
  EXPECT_EQ(numbers(collector.query({.limit = 0})), Numbers{});
  EXPECT_EQ(numbers(collector.query({.limit = 1})), range(0, 0));
  EXPECT_EQ(numbers(collector.query({.limit = 47})), range(0, 46));
  EXPECT_EQ(numbers(collector.query({.limit = 48})), range(0, 47));
  EXPECT_EQ(numbers(collector.query({.limit = SIZE_MAX})), range(0, 47));
  EXPECT_EQ(numbers(collector.query({.component = "Worker", .limit = 2})), (Numbers{2, 5}));
}

TEST(QueryOrder, C7_is_by_timestamp_with_ties_in_order_of_recording) {
  TraceCollector collector;
  const std::int64_t timestamps[] = {5, 3, 5, kMin, 3, 5, kMax, 0};
  std::string place = "a";
  for (const std::int64_t timestamp : timestamps) {
    collector.record(placed(timestamp, place));
    ++place[0];
  }
  EXPECT_EQ(places(collector.query({})), "dhbeacfg");
  EXPECT_EQ(places(collector.query({.start = at(3), .end = at(5)})), "beacf");
  for (std::size_t limit = 0; limit <= 8; ++limit) {
    EXPECT_EQ(places(collector.query({.limit = limit})), std::string("dhbeacfg").substr(0, limit));
  }
}

TEST(QueryOrder, C7_keeps_thousands_of_ties_in_order_across_chunks) {
  TraceCollector collector;
  for (int i = 0; i < 6'000; ++i) {
    collector.record(placed(i % 2, std::to_string(i)));
  }
  const std::vector<TraceEvent> events = collector.query({});
  ASSERT_EQ(events.size(), 6'000U);
  for (std::size_t i = 0; i < 3'000; ++i) {
    ASSERT_EQ(events[i].rationale, std::to_string(2 * i));
    ASSERT_EQ(events[3'000 + i].rationale, std::to_string(2 * i + 1));
  }
}

TEST(Chain, C8_is_every_retained_event_of_the_request_in_time_order) {
  TraceCollector collector(5'000);
  for (std::int64_t number = 0; number < 20'000; ++number) {
    TraceEvent event = numbered(-number);  // recorded in reverse
    event.request_id = number % 1'000 == 7 ? "wanted" : "req-" + std::to_string(number);
    collector.record(event);
  }
  const std::vector<TraceEvent> chain = collector.reconstruct_decision_chain("wanted");
  EXPECT_EQ(numbers(chain), (Numbers{-19'007, -18'007, -17'007, -16'007, -15'007}));
  for (const TraceEvent& event : chain) EXPECT_EQ(event.request_id, "wanted");
}

TEST(Chain, C8_of_an_unknown_request_is_empty_and_of_none_is_an_error) {
  TraceCollector collector;
  collector.record(numbered(1));
  EXPECT_TRUE(collector.reconstruct_decision_chain("unknown").empty());
  expect_error(ErrorCode::kQuery, "request_id",
               [&] { (void)collector.reconstruct_decision_chain(""); });
}

TEST(Chain, C8_finds_a_request_id_longer_than_what_is_kept_of_it) {
  TraceCollector collector;
  const std::string id = std::string(limits::kIdentifierBytes - 1, 'r') + "\u20ac and more";
  TraceEvent event = numbered(1);
  event.request_id = id;
  collector.record(event);
  EXPECT_EQ(numbers(collector.reconstruct_decision_chain(id)), Numbers{1});
  EXPECT_EQ(numbers(collector.reconstruct_decision_chain(id.substr(0, 255))), Numbers{1});
  EXPECT_TRUE(collector.reconstruct_decision_chain(id.substr(0, 254)).empty());
}

}  // namespace
}  // namespace aegis::trace
