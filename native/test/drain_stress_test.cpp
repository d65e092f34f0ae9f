// Eight threads record errors and other events while one drains. Made for ThreadSanitizer.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <numeric>
#include <thread>

#include "errors/drain.hpp"
#include "errors/orphan_spill.hpp"
#include "support.hpp"

namespace aegis::trace {
namespace {

constexpr std::uint64_t kWriters = 8;
constexpr std::uint64_t kErrorEvery = 3;
constexpr std::size_t kAll = SIZE_MAX;

/// Which event of which writer: what an event says of itself.
using Origin = std::pair<std::string, std::int64_t>;

class DrainStress : public testing::Test {
 protected:
  void start_writers() {
    for (std::uint64_t writer = 0; writer < kWriters; ++writer) {
      writers_.emplace_back([this, writer] {
        const std::string name = "writer-" + std::to_string(writer);
        for (std::uint64_t i = 0; i < each_; ++i) {
          const bool is_error = i % kErrorEvery == 0;
          EXPECT_TRUE(collector_->record_now(
              "stress", "Worker", is_error ? "some reason why this went wrong" : "",
              {.request_id = name,
               .severity = is_error ? Severity::Error : Severity::Info,
               .duration = Duration::from_nanos(static_cast<std::int64_t>(i))}));
        }
        writing_.fetch_sub(1);
      });
    }
  }
  void join_writers() {
    for (std::thread& writer : writers_) writer.join();
  }

  /// Notes what was delivered. One place is one event, however often it comes.
  void deliver(const std::vector<std::byte>& events, const std::vector<EventPosition>& places) {
    const std::byte* at = events.data();
    for (const EventPosition& place : places) {
      const RecordView record(at);
      at += record.header().length;
      const Origin origin(record.request_id(), record.header().duration_ns);
      if (record.header().severity < kErrorRank) {
        ++others_read_;
        continue;
      }
      const auto [entry, is_new] = errors_.emplace(place, origin);
      ASSERT_EQ(entry->second, origin);
      if (!is_new) ++repeated_;
    }
  }
  void expect_every_error() const {
    std::map<Origin, int> origins;
    for (const auto& [place, origin] : errors_) ++origins[origin];
    EXPECT_EQ(errors_.size(), errors_recorded());
    EXPECT_EQ(origins.size(), errors_recorded());
  }
  static std::uint64_t sum(const std::vector<std::uint64_t>& ends) {
    return std::accumulate(ends.begin(), ends.end(), std::uint64_t{0});
  }
  std::uint64_t appended() const { return sum(collector_->ring()->appended_ends()); }
  std::uint64_t errors_recorded() const {
    return kWriters * ((each_ + kErrorEvery - 1) / kErrorEvery);
  }

  const std::uint64_t each_ =
      test::number_from_environment("AEGIS_STRESS_RECORDS", 1'000'000) / 20 / kWriters;
  std::optional<TraceCollector> collector_;
  test::TemporaryFolder folder_;
  std::vector<std::thread> writers_;
  std::atomic<std::uint64_t> writing_ = kWriters;
  std::map<EventPosition, Origin> errors_;
  std::uint64_t repeated_ = 0;
  std::uint64_t others_read_ = 0;
};

TEST_F(DrainStress, P1_every_error_comes_through_the_lane_once_and_every_other_loss_is_counted) {
  collector_.emplace(CollectorOptions{.capacity = 2'000, .max_bytes = 2 * limits::kMinRingBytes});
  Drain drain(collector_->ring(),
              {.bytes = limits::kMinErrorLaneBytes, .spill_folder = folder_.path()});
  start_writers();
  std::uint64_t events_read = 0;
  std::uint64_t lost_before = 0;
  const auto round = [&](std::size_t most) {
    const RecordedEvents errors = drain.peek_errors(most, kAll);
    deliver(errors.events, errors.places);
    drain.acknowledge_errors();
    const RingReader::Result read = drain.read_events(most);
    events_read += read.places.size();
    for (const TraceEvent& event : decode_events(read.events)) {
      if (event.severity < Severity::Error) ++others_read_;
    }
    const DrainStats stats = drain.stats();
    EXPECT_LE(lost_before, stats.lost);
    lost_before = stats.lost;
    return errors.places.size() + read.places.size();
  };
  while (writing_.load() > 0 && !HasFailure()) round(500);
  join_writers();
  while (round(10'000) > 0) {
  }
  const DrainStats stats = drain.stats();
  expect_every_error();
  EXPECT_EQ(repeated_, 0U);
  EXPECT_EQ(stats.errors.lost, 0U);
  EXPECT_EQ(stats.errors.offered, errors_recorded());
  EXPECT_EQ(events_read + stats.missed, kWriters * each_);
  EXPECT_EQ(stats.lost, kWriters * each_ - errors_recorded() - others_read_);
  EXPECT_EQ(drain.close(), 0U);
  EXPECT_TRUE(folder_.names().empty());
}

TEST_F(DrainStress, P1_no_error_falls_between_two_drains) {
  collector_.emplace(kWriters * each_ + 1);
  const auto read_orphan_spills = [this] {
    for (const std::string& path : OrphanSpill::list(folder_.path())) {
      std::optional<OrphanSpill> left = OrphanSpill::open(path);
      ASSERT_TRUE(left.has_value());
      const RecordedEvents found = left->peek(kAll, kAll);
      EXPECT_EQ(left->gaps(), 0U);
      deliver(found.events, found.places);
      left->remove();
    }
  };
  // Of each drain: the sequences, lane by lane, that were recorded while it was open.
  std::vector<std::pair<std::vector<std::uint64_t>, std::vector<std::uint64_t>>> open_ranges;
  std::map<EventPosition, Origin> by_lane;
  bool is_last = false;
  for (std::size_t turn = 0; !is_last && !HasFailure(); ++turn) {
    is_last = writing_.load() == 0;
    Drain drain(collector_->ring(),
                {.bytes = limits::kMinErrorLaneBytes, .spill_folder = folder_.path()});
    const std::vector<std::uint64_t> begins = collector_->ring()->appended_ends();
    if (turn == 0) start_writers();
    while (writing_.load() > 0 && appended() < sum(begins) + 100) std::this_thread::yield();
    for (std::size_t step = 0; step < turn % 5; ++step) {
      const RecordedEvents errors = drain.peek_errors(200, kAll);
      if (step % 2 == 0) continue;  // a failed commit
      deliver(errors.events, errors.places);
      drain.acknowledge_errors();
    }
    open_ranges.emplace_back(begins, collector_->ring()->appended_ends());
    EXPECT_EQ(drain.stats().errors.lost, 0U);
    drain.close();
    read_orphan_spills();
  }
  join_writers();
  by_lane = errors_;
  EXPECT_EQ(repeated_, 0U);
  // A cursor finds also those for which no lane was open.
  Drain drain(collector_->ring(), {});
  const RingReader::Result read = drain.read_events(kAll);
  EXPECT_EQ(read.missed, 0U);
  deliver(read.events, read.places);
  const auto was_open_for = [&](const EventPosition& place) {
    return std::any_of(open_ranges.begin(), open_ranges.end(), [&](const auto& range) {
      const auto& [begins, ends] = range;
      const std::uint64_t begin = place.lane < begins.size() ? begins[place.lane] : 0;
      return place.lane < ends.size() && begin <= place.sequence && place.sequence < ends[place.lane];
    });
  };
  std::size_t checked = 0;
  for (const auto& [place, origin] : errors_) {
    if (!was_open_for(place)) continue;
    ++checked;
    EXPECT_TRUE(by_lane.contains(place)) << place.lane << ' ' << place.sequence;
  }
  EXPECT_GT(checked, 0U);
  expect_every_error();
  EXPECT_TRUE(folder_.names().empty());
}

}  // namespace
}  // namespace aegis::trace
