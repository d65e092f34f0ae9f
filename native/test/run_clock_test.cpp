#include "ring/run_clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "aegis/trace/recover.hpp"
#include "errors/drain.hpp"
#include "export/export.hpp"
#include "json_reader.hpp"
#include "errors/orphan_spill.hpp"
#include "ring/query.hpp"
#include "ring/ring.hpp"
#include "support.hpp"

namespace aegis::trace {
namespace {

using test::TemporaryFolder;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3'600 * kSecond;
constexpr std::int64_t kWall = 1'795'000'000 * kSecond;

// The clocks of a machine in a test. The steady one goes on by itself, as time passes.
std::atomic<std::int64_t> steady_now = 0;
std::atomic<std::int64_t> wall_now = 0;
std::atomic<std::int64_t> reading_takes = 0;
std::atomic<int> slow_readings = 0;

std::int64_t read_steady() noexcept { return steady_now.load(); }
std::int64_t read_wall() noexcept {
  const std::int64_t now = wall_now.load();
  // A thread that is preempted between the two clocks.
  if (slow_readings.load() > 0) {
    --slow_readings;
    steady_now += reading_takes;
    wall_now += reading_takes;
  }
  return now;
}
constexpr Clocks kTestClocks = {read_steady, read_wall};

/// Time passes on both clocks.
void pass(std::int64_t nanos) {
  steady_now += nanos;
  wall_now += nanos;
}
/// The wall clock is set, or the machine sleeps: then only the wall clock goes on.
void step(std::int64_t nanos) { wall_now += nanos; }

class RunClockTest : public testing::Test {
 protected:
  RunClockTest() {
    steady_now = 5 * kSecond;
    wall_now = kWall;
    reading_takes = 0;
    slow_readings = 0;
  }

  /// The wall time of a moment, as every reader places it.
  static std::int64_t placed(const RunClock& clock, std::int64_t steady_ns) {
    const RunClock::Anchors anchors = clock.anchors();
    ClockAnchor found = anchors.span().front();
    for (const ClockAnchor& anchor : anchors.span()) {
      if (anchor.steady_ns <= steady_ns) found = anchor;
    }
    return found.wall_ns + (steady_ns - found.steady_ns);
  }
};

TEST_F(RunClockTest, one_anchor_is_enough_while_the_clocks_go_together) {
  RunClock clock(kTestClocks);
  EXPECT_EQ(clock.first(), (ClockAnchor{5 * kSecond, kWall}));
  for (int i = 0; i < 1'000; ++i) {
    pass(kHour);
    EXPECT_FALSE(clock.check().has_value());
  }
  EXPECT_EQ(clock.anchors().count, 1U);
  EXPECT_EQ(clock.version(), 0U);
}

TEST_F(RunClockTest, a_check_is_due_every_ten_milliseconds_and_not_before) {
  RunClock clock(kTestClocks);
  EXPECT_FALSE(clock.is_due(steady_now));
  pass(RunClock::kCheckIntervalNs - 1);
  EXPECT_FALSE(clock.is_due(steady_now));
  pass(1);
  EXPECT_TRUE(clock.is_due(steady_now));
  EXPECT_FALSE(clock.check(steady_now).has_value());
  EXPECT_FALSE(clock.is_due(steady_now));
}

TEST_F(RunClockTest, events_after_a_step_of_seven_hours_show_the_new_time_and_those_before_the_old) {
  RunClock clock(kTestClocks);
  pass(kSecond);
  const std::int64_t before = steady_now;
  pass(kSecond);
  step(7 * kHour);
  const std::optional<ClockStep> found = clock.check();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->step_ns, 7 * kHour);
  EXPECT_EQ(found->anchor, (ClockAnchor{7 * kSecond, kWall + 2 * kSecond + 7 * kHour}));
  EXPECT_EQ(found->slot, 1U);
  EXPECT_EQ(placed(clock, before), kWall + kSecond);
  pass(kSecond);
  EXPECT_EQ(placed(clock, steady_now), wall_now);
  EXPECT_FALSE(clock.check().has_value());  // once
  step(-7 * kHour);
  EXPECT_EQ(clock.check()->step_ns, -7 * kHour);
  EXPECT_EQ(placed(clock, steady_now), wall_now);
  EXPECT_EQ(placed(clock, before), kWall + kSecond);
}

TEST_F(RunClockTest, the_event_that_notices_a_step_is_placed_by_the_new_time_although_reading_takes_a_while) {
  RunClock clock(kTestClocks);
  pass(kSecond);
  step(kHour);
  const std::int64_t event = steady_now;
  pass(300);
  ASSERT_TRUE(clock.check(event).has_value());
  EXPECT_EQ(placed(clock, event), kWall + kSecond + kHour);
}

TEST_F(RunClockTest, a_preemption_between_the_clocks_skews_no_run) {
  slow_readings = 3;
  reading_takes = 2 * kSecond;
  const RunClock clock(kTestClocks);
  EXPECT_EQ(clock.first().wall_ns - clock.first().steady_ns, wall_now - steady_now);
}

TEST_F(RunClockTest, a_preemption_during_a_check_is_no_step) {
  RunClock clock(kTestClocks);
  pass(kSecond);
  const std::int64_t long_ago = steady_now;
  pass(30 * kSecond);  // between reading the time of the event and checking
  EXPECT_FALSE(clock.check(long_ago).has_value());
  slow_readings = 100'000;
  reading_takes = kSecond;
  EXPECT_FALSE(clock.check().has_value());
  EXPECT_EQ(clock.anchors().count, 1U);
}

TEST_F(RunClockTest, what_slewing_does_makes_no_anchor_before_fifty_milliseconds) {
  RunClock clock(kTestClocks);
  step(RunClock::kStepNs);
  EXPECT_FALSE(clock.check().has_value());
  step(1'000);
  EXPECT_TRUE(clock.check().has_value());
}

TEST_F(RunClockTest, a_clock_that_drifts_for_ever_keeps_sixty_four_anchors_and_the_large_steps_among_them) {
  RunClock clock(kTestClocks);
  pass(kSecond);
  const std::int64_t before = steady_now;
  step(7 * kHour);
  pass(kSecond);
  EXPECT_EQ(clock.check()->slot, 1U);
  const std::int64_t after = steady_now;
  std::vector<bool> used(RunClock::kMaxAnchors);
  for (int i = 0; i < 1'000; ++i) {
    pass(kHour);
    step(60'000'000);
    const std::optional<ClockStep> found = clock.check();
    ASSERT_TRUE(found.has_value());
    ASSERT_GT(found->slot, 1U);  // never that of the large step
    ASSERT_LT(found->slot, RunClock::kMaxAnchors);
    used[found->slot] = true;
    ASSERT_EQ(placed(clock, steady_now), wall_now);
  }
  EXPECT_EQ(clock.anchors().count, RunClock::kMaxAnchors);
  EXPECT_EQ(placed(clock, before), kWall + kSecond);
  EXPECT_EQ(placed(clock, after), kWall + 2 * kSecond + 7 * kHour);
  const RunClock::Anchors anchors = clock.anchors();
  for (std::size_t i = 1; i < anchors.count; ++i) {
    EXPECT_LT(anchors.all[i - 1].steady_ns, anchors.all[i].steady_ns);
  }
}

// A ring reads the steady clock of the machine; a step is one of the wall clock.

std::atomic<std::int64_t> wall_offset = 0;
std::int64_t offset_wall() noexcept { return system_clocks().wall_ns() + wall_offset; }
const Clocks kOffsetClocks = {system_clocks().steady_ns, offset_wall};

void wait_until_check_is_due(const Ring& ring) {
  while (!ring.clock().is_due(system_clocks().steady_ns())) std::this_thread::yield();
}

class ClockStepTest : public testing::Test {
 protected:
  void record(Severity severity, const char* rationale) const {
    EventView event{.event_type = "decision",
                    .component = "Scheduler",
                    .model_id = {},
                    .request_id = {},
                    .rationale = rationale,
                    .attributes = {},
                    .duration_ns = 0,
                    .timestamp_ns = 0,
                    .event_id = nullptr,
                    .has_timestamp = false,
                    .severity = static_cast<std::uint8_t>(severity),
                    .truncated = 0};
    ASSERT_TRUE(ring_->record(event));
  }
  [[nodiscard]] std::vector<TraceEvent> events() const {
    return decode_events(run_query(*ring_, {}));
  }

  [[nodiscard]] std::shared_ptr<Ring> make_ring() const {
    wall_offset = 0;
    return Ring::create(
        {.capacity = 10'000, .max_bytes = std::size_t{8} << 20, .file = folder_ / "a.ring"},
        kOffsetClocks);
  }

  TemporaryFolder folder_;
  std::shared_ptr<Ring> ring_ = make_ring();
};

TEST_F(ClockStepTest, a_step_is_an_event_that_says_by_how_much_and_nothing_else_is) {
  record(Severity::Info, "before");
  wait_until_check_is_due(*ring_);
  record(Severity::Info, "no step");
  wall_offset = 7 * kHour;
  wait_until_check_is_due(*ring_);
  record(Severity::Info, "after");
  record(Severity::Info, "later");
  const std::vector<TraceEvent> found = events();
  ASSERT_EQ(found.size(), 5U);
  const TraceEvent& noted = found[2];
  EXPECT_EQ(noted.event_type, "clock_step");
  EXPECT_EQ(noted.component, "aegis-trace");
  EXPECT_EQ(noted.severity, Severity::Warning);
  EXPECT_EQ(noted.rationale,
            "the wall clock went forward by 25200.000 s against the steady clock: it was set, or the "
            "machine slept");
  ASSERT_EQ(noted.attributes.size(), 3U);
  const auto value = [&](std::string_view key) {
    for (const auto& [name, text] : noted.attributes) {
      if (name == key) return text;
    }
    return std::string();
  };
  EXPECT_NEAR(std::stod(value("step_ns")), 7.0 * kHour, 1e6);
  EXPECT_EQ(value("from").size(), std::string("2026-07-31T14:23:45.200000000Z").size());
  EXPECT_LT(value("from"), value("to"));
  // The event that noticed it is of the new time, as the step itself.
  const RunClock::Anchors anchors = ring_->clock().anchors();
  ASSERT_EQ(anchors.count, 2U);
  EXPECT_LT(found[1].timestamp.to_nanos(), anchors.all[1].steady_ns);
  EXPECT_EQ(noted.timestamp.to_nanos(), anchors.all[1].steady_ns);
  EXPECT_EQ(found[3].timestamp.to_nanos(), anchors.all[1].steady_ns);
}

TEST_F(ClockStepTest, a_ring_file_of_a_process_that_was_killed_has_the_anchors_of_its_steps) {
  record(Severity::Info, "before");
  for (const std::int64_t offset : {7 * kHour, std::int64_t{0}, -kHour}) {
    wall_offset = offset;
    (void)ring_->clock_anchors();
  }
  const RunClock::Anchors anchors = ring_->clock().anchors();
  ASSERT_EQ(anchors.count, 4U);
  const auto all = anchors.span();
  const RecoveredRing recovered = recover_ring(folder_ / "a.ring");
  EXPECT_EQ(recovered.info.anchors, std::vector(all.begin(), all.end()));
  EXPECT_EQ(recovered.events.size(), 4U);
  // Each slot has a checksum: one that is torn is left out, and the rest holds.
  std::string bytes = test::read_file(folder_ / "a.ring");
  bytes[kRingAnchorsOffset + sizeof(RingAnchor) + 3] ^= 1;
  test::write_file(folder_ / "b.ring", bytes);
  EXPECT_EQ(recover_ring(folder_ / "b.ring").info.anchors,
            (std::vector{all[0], all[1], all[3]}));
}

TEST_F(ClockStepTest, a_ring_file_of_an_earlier_release_has_the_one_anchor_of_its_head) {
  record(Severity::Info, "only");
  std::string bytes = test::read_file(folder_ / "a.ring");
  std::fill_n(bytes.begin() + kRingAnchorsOffset, kRingAnchors * sizeof(RingAnchor), '\0');
  test::write_file(folder_ / "old.ring", bytes);
  EXPECT_EQ(recover_ring(folder_ / "old.ring").info.anchors,
            (std::vector{ring_->clock().first()}));
}

TEST_F(ClockStepTest, an_export_has_the_anchors_of_the_ring_and_the_id_of_its_run) {
  record(Severity::Info, "before");
  wall_offset = 7 * kHour;
  export_ring(*ring_, folder_ / "a.json", {});
  // Noticed by the export itself, which has the event too.
  const RunClock::Anchors anchors = ring_->clock().anchors();
  ASSERT_EQ(anchors.count, 2U);
  const test::Json json = test::parse_json(test::read_file(folder_ / "a.json"));
  const test::Json& metadata = json["metadata"];
  EXPECT_EQ(metadata["run_id"].text(), ring_->run_id().to_string());
  ASSERT_EQ(metadata["anchors"].array().size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const test::Json& anchor = metadata["anchors"].array()[i];
    EXPECT_EQ(anchor["steady_ns"].integer(), anchors.all[i].steady_ns);
    EXPECT_EQ(anchor["wall_ns"].integer(), anchors.all[i].wall_ns);
  }
  EXPECT_EQ(metadata["clock"]["wall_ns"].integer(), anchors.all[1].wall_ns);
  EXPECT_EQ(json["events"].array().size(), 2U);
  recover_ring_to_json(folder_ / "a.ring", folder_ / "b.json");
  const test::Json recovered = test::parse_json(test::read_file(folder_ / "b.json"));
  EXPECT_EQ(recovered["metadata"]["anchors"].array().size(), 2U);
  EXPECT_EQ(recovered["metadata"]["run_id"].text(), metadata["run_id"].text());
}

TEST_F(ClockStepTest, an_export_has_room_for_all_anchors_that_there_can_be) {
  for (std::size_t i = 0; i < 2 * RunClock::kMaxAnchors; ++i) {
    wall_offset += kHour;
    (void)ring_->clock_anchors();
  }
  export_ring(*ring_, folder_ / "a.json", {});
  const test::Json json = test::parse_json(test::read_file(folder_ / "a.json"));
  EXPECT_EQ(json["metadata"]["anchors"].array().size(), RunClock::kMaxAnchors);
  recover_ring_to_json(folder_ / "a.ring", folder_ / "b.json");
  const test::Json recovered = test::parse_json(test::read_file(folder_ / "b.json"));
  EXPECT_EQ(recovered["metadata"]["anchors"].array().size(), RunClock::kMaxAnchors);
}

TEST_F(ClockStepTest, a_spill_file_has_the_anchors_before_the_errors_that_need_them) {
  const TemporaryFolder spills;
  Drain drain(ring_, {.bytes = limits::kMinErrorLaneBytes, .spill_folder = spills.path()});
  const auto record_errors = [&](int count) {
    for (int i = 0; i < count; ++i) record(Severity::Error, std::string(2'000, 'e').c_str());
  };
  record_errors(100);
  EXPECT_GT(drain.stats().errors.spilled, 0U);
  wall_offset = 7 * kHour;
  wait_until_check_is_due(*ring_);
  record_errors(10);
  EXPECT_EQ(drain.owner().anchors.size(), 2U);
  EXPECT_EQ(drain.peek_errors(SIZE_MAX, SIZE_MAX).places.size(), 110U);
  drain.close();
  std::optional<OrphanSpill> spill = OrphanSpill::open(OrphanSpill::list(spills.path()).at(0));
  ASSERT_TRUE(spill.has_value());
  EXPECT_EQ(spill->owner().anchors.size(), 1U);
  EXPECT_EQ(spill->peek(SIZE_MAX, SIZE_MAX).places.size(), 110U);
  EXPECT_EQ(spill->peek(SIZE_MAX, SIZE_MAX).places.size(), 110U);  // the same again
  EXPECT_EQ(spill->gaps(), 0U);
  const RunClock::Anchors anchors = ring_->clock().anchors();
  const auto all = anchors.span();
  EXPECT_EQ(spill->owner().anchors, std::vector(all.begin(), all.end()));
}

TEST_F(ClockStepTest, a_spill_file_that_was_emptied_gets_its_anchors_anew) {
  const TemporaryFolder spills;
  Drain drain(ring_, {.bytes = limits::kMinErrorLaneBytes, .spill_folder = spills.path()});
  wall_offset = 7 * kHour;
  (void)ring_->clock_anchors();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i) record(Severity::Error, std::string(2'000, 'e').c_str());
    EXPECT_EQ(drain.peek_errors(SIZE_MAX, SIZE_MAX).places.size(), 100U);
    if (round == 0) drain.acknowledge_errors();
  }
  drain.close();
  std::optional<OrphanSpill> spill = OrphanSpill::open(OrphanSpill::list(spills.path()).at(0));
  EXPECT_EQ(spill->peek(SIZE_MAX, SIZE_MAX).places.size(), 100U);
  EXPECT_EQ(spill->owner().anchors.size(), 2U);
  EXPECT_EQ(spill->gaps(), 0U);
}

TEST_F(ClockStepTest, many_threads_that_notice_one_step_record_it_once) {
  for (int round = 1; round <= 20; ++round) {
    wall_offset = round * kHour;
    wait_until_check_is_due(*ring_);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this] {
        for (int n = 0; n < 50; ++n) record(Severity::Info, "racing");
      });
    }
    for (std::thread& thread : threads) thread.join();
    (void)ring_->clock_anchors();
  }
  EXPECT_EQ(ring_->clock().anchors().count, 21U);
  EXPECT_EQ(ring_->stats().recorded, 20U * 200U + 20U);
}

}  // namespace
}  // namespace aegis::trace
