#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "errors/drain.hpp"
#include "errors/orphan_spill.hpp"
#include "support.hpp"

namespace aegis::trace {
namespace {

using test::expect_error;
using test::numbered;
using test::range;

constexpr std::size_t kSmallest = limits::kMinErrorLaneBytes;
constexpr std::size_t kAll = SIZE_MAX;

TraceEvent error(std::int64_t number, std::size_t rationale_bytes = 0) {
  TraceEvent event = numbered(number);
  event.severity = Severity::Error;
  event.rationale = std::string(rationale_bytes, 'r');
  return event;
}

std::vector<std::int64_t> numbers(const RecordedEvents& records) {
  return test::numbers(decode_events(records.events));
}

/// A collector whose errors go to `folder` when the lane is full.
class ErrorLaneTest : public testing::Test {
 protected:
  Drain open(std::size_t bytes = kSmallest) {
    return Drain(collector_.ring(), {.bytes = bytes, .spill_folder = folder_.path()});
  }
  void record_errors(std::int64_t first, std::int64_t last, std::size_t rationale_bytes = 1'000) {
    for (std::int64_t number = first; number <= last; ++number) {
      ASSERT_TRUE(collector_.record(error(number, rationale_bytes)));
    }
  }
  std::filesystem::path spill_path() const { return folder_ / folder_.names().at(0); }

  test::TemporaryFolder folder_;
  TraceCollector collector_{100};
};

TEST_F(ErrorLaneTest, P1_errors_are_returned_before_the_ring_is_read_and_until_acknowledged) {
  Drain drain = open();
  collector_.record(numbered(1));
  record_errors(2, 3);
  collector_.record(numbered(4));
  TraceEvent critical = error(5);
  critical.severity = Severity::Critical;
  collector_.record(critical);
  TraceEvent warning = error(6);
  warning.severity = Severity::Warning;
  collector_.record(warning);
  for (int again = 0; again < 3; ++again) {
    EXPECT_EQ(numbers(drain.peek_errors(kAll, kAll)), (std::vector<std::int64_t>{2, 3, 5}));
  }
  EXPECT_EQ(drain.stats().errors.events, 3U);
  drain.acknowledge_errors();
  EXPECT_TRUE(drain.peek_errors(kAll, kAll).places.empty());
  EXPECT_EQ(drain.stats().errors.bytes, 0U);
  EXPECT_EQ(numbers({drain.read_events(kAll).events, {}}), range(1, 6));
}

TEST_F(ErrorLaneTest, P1_an_error_is_the_same_in_the_lane_and_in_the_ring) {
  Drain drain = open();
  TraceEvent with_id = error(1);
  with_id.event_id = Uuid::random();
  with_id.model_id = "modèle";
  with_id.attributes = {{"key", "value"}, {"other", std::string(2'000, 'v')}};
  collector_.record(with_id);
  collector_.record(error(2, 10));
  TraceEvent large = error(3, limits::kRationaleBytes);
  for (int i = 0; i < 100; ++i) large.attributes.emplace(std::to_string(i), std::string(999, 'x'));
  collector_.record(large);
  const RecordedEvents errors = drain.peek_errors(kAll, kAll);
  const RingReader::Result events = drain.read_events(kAll);
  EXPECT_EQ(errors.events, events.events);
  EXPECT_EQ(errors.places, events.places);
  EXPECT_EQ(decode_events(errors.events), collector_.query({}));
  for (const EventPosition& place : errors.places) EXPECT_EQ(place.lane, errors.places[0].lane);
}

TEST_F(ErrorLaneTest, P1_acknowledges_exactly_what_the_last_peek_returned) {
  Drain drain = open();
  record_errors(1, 10);
  EXPECT_EQ(numbers(drain.peek_errors(4, kAll)), range(1, 4));
  record_errors(11, 12);
  drain.acknowledge_errors();
  drain.acknowledge_errors();  // nothing was peeked at since
  EXPECT_EQ(numbers(drain.peek_errors(kAll, 1)), range(5, 5));
  EXPECT_EQ(numbers(drain.peek_errors(3, kAll)), range(5, 7));
  drain.acknowledge_errors();
  EXPECT_TRUE(drain.peek_errors(0, kAll).places.empty());
  drain.acknowledge_errors();
  EXPECT_EQ(numbers(drain.peek_errors(kAll, kAll)), range(8, 12));
}

TEST_F(ErrorLaneTest, P2_a_full_lane_spills_and_both_are_returned_until_acknowledged) {
  Drain drain = open();
  record_errors(1, 200);
  const ErrorLaneStats stats = drain.stats().errors;
  EXPECT_GT(stats.events, 10U);
  EXPECT_GT(stats.spilled, 10U);
  EXPECT_EQ(stats.events + stats.spilled, 200U);
  EXPECT_EQ(stats.spill_pending, stats.spilled);
  EXPECT_EQ(stats.lost, 0U);
  EXPECT_LE(stats.bytes, kSmallest);
  struct stat file;
  ASSERT_EQ(::stat(spill_path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  EXPECT_EQ(static_cast<std::uint64_t>(file.st_size), sizeof(SpillHeader) + stats.spill_bytes);

  for (std::int64_t next = 1; next <= 200;) {
    const std::vector<std::int64_t> some = numbers(drain.peek_errors(7, kAll));
    ASSERT_EQ(some, range(next, std::min<std::int64_t>(next + 6, 200)));
    EXPECT_EQ(numbers(drain.peek_errors(7, kAll)), some);
    drain.acknowledge_errors();
    next += 7;
  }
  EXPECT_EQ(drain.stats().errors.spill_pending, 0U);
  EXPECT_EQ(std::filesystem::file_size(spill_path()), sizeof(SpillHeader));
  record_errors(201, 400);
  EXPECT_EQ(numbers(drain.peek_errors(kAll, kAll)), range(201, 400));
  drain.acknowledge_errors();
  EXPECT_EQ(drain.close(), 0U);
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(ErrorLaneTest, P2_keeps_every_error_whatever_is_recorded_and_acknowledged_in_turn) {
  Drain drain = open();
  std::set<std::int64_t> delivered;
  std::int64_t recorded = 0;
  for (std::int64_t round = 0; round < 300; ++round) {
    const std::int64_t count = round * 7 % 60;
    record_errors(recorded + 1, recorded + count, static_cast<std::size_t>(round * 131 % 4'000));
    recorded += count;
    const RecordedEvents some = drain.peek_errors(static_cast<std::size_t>(round * 5 % 41), kAll);
    if (round % 3 == 0) continue;
    for (const std::int64_t number : numbers(some)) EXPECT_TRUE(delivered.insert(number).second);
    drain.acknowledge_errors();
  }
  for (const std::int64_t number : numbers(drain.peek_errors(kAll, kAll))) {
    EXPECT_TRUE(delivered.insert(number).second);
  }
  EXPECT_EQ(delivered.size(), static_cast<std::size_t>(recorded));
  EXPECT_GT(drain.stats().errors.spilled, 0U);
}

TEST_F(ErrorLaneTest, P2_closing_leaves_what_was_not_acknowledged_in_the_spill_file) {
  {
    Drain drain = open();
    record_errors(1, 200);
    EXPECT_EQ(drain.peek_errors(5, kAll).places.size(), 5U);
    drain.acknowledge_errors();
    EXPECT_TRUE(OrphanSpill::list(folder_.path()).empty());  // a living process holds it
    EXPECT_FALSE(OrphanSpill::open(spill_path()).has_value());
    const std::uint64_t in_lane = drain.stats().errors.events;
    EXPECT_EQ(drain.close(), in_lane);
  }
  const std::vector<std::string> left = OrphanSpill::list(folder_.path());
  ASSERT_EQ(left.size(), 1U);
  std::optional<OrphanSpill> spill = OrphanSpill::open(left[0]);
  ASSERT_TRUE(spill.has_value());
  EXPECT_EQ(spill->owner().run, collector_.ring()->run_id());
  EXPECT_EQ(spill->owner().pid, getpid());
  EXPECT_EQ(spill->owner().anchors, std::vector{collector_.ring()->clock().first()});
  EXPECT_FALSE(OrphanSpill::open(left[0]).has_value());  // one at a time
  std::vector<std::int64_t> found = numbers(spill->peek(kAll, kAll));
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, range(6, 200));
  EXPECT_EQ(spill->gaps(), 0U);
  // A second drain of the same run makes a file of its own.
  Drain second = open();
  record_errors(201, 400);
  EXPECT_EQ(folder_.names().size(), 2U);
  spill->remove();
  EXPECT_EQ(numbers(second.peek_errors(kAll, kAll)), range(201, 400));
}

TEST_F(ErrorLaneTest, P2_a_lane_ended_in_the_place_of_a_thread_that_hangs_is_in_the_spill_file) {
  Drain drain = open();
  record_errors(1, 20);
  EXPECT_EQ(drain.peek_errors(kAll, kAll).places.size(), 20U);  // handed to a sink that hangs
  EXPECT_EQ(collector_.ring()->error_lane().close_for_owner(std::chrono::milliseconds(10)), 20U);
  EXPECT_EQ(collector_.ring()->error_lane().close_for_owner(std::chrono::milliseconds(10)), 0U);
  const std::vector<std::string> left = OrphanSpill::list(folder_.path());
  ASSERT_EQ(left.size(), 1U);
  {
    std::optional<OrphanSpill> spill = OrphanSpill::open(left[0]);
    ASSERT_TRUE(spill.has_value());
    EXPECT_EQ(numbers(spill->peek(kAll, kAll)), range(1, 20));
  }
  // The thread comes back: it touches neither the file nor the lane of the next drain.
  Drain next = open();
  record_errors(21, 30);
  drain.acknowledge_errors();
  EXPECT_TRUE(drain.peek_errors(kAll, kAll).places.empty());
  EXPECT_EQ(drain.close(), 0U);
  EXPECT_EQ(numbers(next.peek_errors(kAll, kAll)), range(21, 30));
  EXPECT_EQ(OrphanSpill::list(folder_.path()), left);
}

TEST_F(ErrorLaneTest, P2_a_lane_may_be_ended_while_another_thread_is_at_it) {
  for (int round = 0; round < 50; ++round) {
    Drain drain = open();
    const int first = round * 200 + 1;
    std::thread consumer([&drain] {
      for (int i = 0; i < 200; ++i) {
        static_cast<void>(drain.peek_errors(3, kAll));
        drain.acknowledge_errors();
      }
    });
    record_errors(first, first + 199);
    EXPECT_TRUE(
        collector_.ring()->error_lane().close_for_owner(std::chrono::milliseconds(10'000)).has_value());
    consumer.join();
    EXPECT_TRUE(drain.peek_errors(kAll, kAll).places.empty());
  }
}

TEST_F(ErrorLaneTest, P2_without_a_spill_folder_errors_beyond_the_lane_are_lost_and_counted) {
  Drain drain(collector_.ring(), {.bytes = kSmallest});
  record_errors(1, 200);
  const ErrorLaneStats stats = drain.stats().errors;
  EXPECT_GT(stats.lost, 0U);
  EXPECT_EQ(stats.events + stats.lost, 200U);
  EXPECT_EQ(drain.close(), 0U);
}

TEST_F(ErrorLaneTest, P2_a_disk_that_refuses_loses_counts_says_why_and_heals) {
  std::signal(SIGXFSZ, SIG_IGN);
  Drain drain = open();
  record_errors(1, 100);
  const ErrorLaneStats before = drain.stats().errors;
  ASSERT_GT(before.spilled, 0U);
  const auto size = std::filesystem::file_size(spill_path());
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  // Room for one and a half more: the second is written in part, and taken back.
  const rlimit tight = {size + 1'700, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  record_errors(101, 110);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_EQ(drain.stats().errors.spilled, before.spilled + 1);
  EXPECT_EQ(drain.stats().errors.lost, 9U);
  EXPECT_EQ(drain.stats().errors.last_error, EFBIG);
  record_errors(111, 120);
  EXPECT_EQ(drain.stats().errors.lost, 9U);
  std::vector<std::int64_t> expected = range(1, 101);
  for (const std::int64_t number : range(111, 120)) expected.push_back(number);
  EXPECT_EQ(numbers(drain.peek_errors(kAll, kAll)), expected);
}

TEST_F(ErrorLaneTest, P2_a_folder_that_vanishes_and_comes_back_heals) {
  const std::filesystem::path folder = folder_ / "spill";
  std::filesystem::create_directory(folder);
  Drain drain(collector_.ring(), {.bytes = kSmallest, .spill_folder = folder});
  std::filesystem::remove(folder);
  record_errors(1, 100);
  const std::uint64_t lost = drain.stats().errors.lost;
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(drain.stats().errors.last_error, ENOENT);
  std::filesystem::create_directory(folder);
  record_errors(101, 120);
  EXPECT_EQ(drain.stats().errors.lost, lost);
  EXPECT_EQ(drain.stats().errors.spilled, 20U);
}

TEST_F(ErrorLaneTest, P2_refuses_a_folder_in_which_no_file_can_be_made) {
  for (const std::filesystem::path& folder : {folder_ / "none", folder_ / "none" / "none"}) {
    expect_error(ErrorCode::kSpill, "none", [&] {
      const Drain drain(collector_.ring(), {.spill_folder = folder});
    });
  }
  test::write_file(folder_ / "file", "");
  expect_error(ErrorCode::kSpill, "file",
               [&] { const Drain drain(collector_.ring(), {.spill_folder = folder_ / "file"}); });
  EXPECT_NO_THROW(open());  // what was refused is not attached
}

TEST_F(ErrorLaneTest, refuses_a_second_drain_and_sizes_out_of_range) {
  {
    const Drain drain = open();
    expect_error(ErrorCode::kDrain, "already has a pipeline", [this] { open(); });
  }
  for (const std::size_t bytes : {kSmallest - 1, limits::kMaxErrorLaneBytes + 1}) {
    expect_error(ErrorCode::kOption, "errorLaneBytes", [&] { open(bytes); });
  }
  Drain drain = open();
  record_errors(1, 1);
  EXPECT_EQ(numbers(drain.peek_errors(kAll, kAll)), range(1, 1));
}

TEST_F(ErrorLaneTest, P1_counts_what_was_lost_and_not_what_the_lane_kept) {
  record_errors(1, 30, 0);  // before the drain: no lane has them
  Drain drain = open();
  test::record_range(collector_, 31, 130);
  record_errors(131, 150, 0);
  test::record_range(collector_, 151, 240);
  // 100 retained: 141 to 240. Missed 140, of which the lane has 131 to 140.
  const RingReader::Result read = drain.read_events(kAll);
  EXPECT_EQ(read.missed, 140U);
  EXPECT_EQ(drain.stats().missed, 140U);
  EXPECT_EQ(drain.stats().lost, 130U);
  EXPECT_EQ(drain.stats().backlog, 0U);
  record_errors(241, 400, 0);
  EXPECT_EQ(drain.stats().lost, 130U);
  EXPECT_EQ(drain.stats().backlog, 100U);
  EXPECT_EQ(drain.read_events(10).missed, 60U);
  EXPECT_EQ(drain.stats().lost, 130U);
  collector_.clear();
  EXPECT_EQ(drain.read_events(kAll).missed, 90U);
  EXPECT_EQ(drain.stats().lost, 130U);
  EXPECT_EQ(drain.peek_errors(kAll, kAll).places.size(), 180U);
}

TEST_F(ErrorLaneTest, without_a_drain_nothing_is_kept_a_second_time) {
  record_errors(1, 50);
  Drain drain = open();
  EXPECT_TRUE(drain.peek_errors(kAll, kAll).places.empty());
  drain.close();
  record_errors(51, 60);
  Drain second = open();
  EXPECT_TRUE(second.peek_errors(kAll, kAll).places.empty());
  EXPECT_EQ(second.stats().errors.offered, 0U);
  EXPECT_EQ(numbers({second.read_events(kAll).events, {}}), range(1, 60));
}

TEST_F(ErrorLaneTest, a_run_has_an_id_of_its_own) {
  const TraceCollector other(10);
  EXPECT_NE(collector_.ring()->run_id(), other.ring()->run_id());
  EXPECT_EQ(collector_.ring()->run_id().to_string().at(14), '4');
}

}  // namespace
}  // namespace aegis::trace
