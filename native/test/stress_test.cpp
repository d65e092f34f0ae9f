// Eight threads record as fast as they can while two look and clear. Made for ThreadSanitizer, under
// which AEGIS_STRESS_RECORDS is 10 000 000.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "support.hpp"

namespace aegis::trace {
namespace {

using test::is_consistent;

constexpr std::uint64_t kWriters = 8;

struct Scenario {
  const char* name;
  CollectorOptions options;
  std::uint64_t share;  ///< of AEGIS_STRESS_RECORDS, in percent
};

void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

class Stress : public testing::TestWithParam<Scenario> {
 protected:
  /// Runs `round` again and again until the writers are done.
  template <typename Round>
  std::thread observer(Round&& round) {
    return std::thread([this, round] {
      while (writing_.load() > 0 && !HasFailure()) round();
    });
  }

  void write(std::uint64_t writer, std::uint64_t events) {
    const std::string request_id = "writer-" + std::to_string(writer);
    static constexpr std::array kComponents = {"Scheduler", "AdmissionController", "Worker"};
    for (std::uint64_t i = 0; i < events; ++i) {
      // The duration is the writer's own sequence; some events are much longer than others.
      const std::string_view rationale(long_text_.data(), i % 64 == 0 ? 3'000 : 48);
      if (!collector_.record_now("stress", kComponents[i % kComponents.size()], rationale,
                                 {.model_id = "model_a",
                                  .request_id = request_id,
                                  .severity = static_cast<Severity>(i % 4),
                                  .duration = Duration::from_nanos(static_cast<std::int64_t>(i))})) {
        ADD_FAILURE() << "rejected event " << i << " of writer " << writer;
        break;
      }
    }
    writing_.fetch_sub(1);
  }

  /// Each writer's events are in its order, none twice.
  static void expect_each_writer_in_order(const std::vector<TraceEvent>& events) {
    std::map<std::string, std::int64_t> last;
    for (const TraceEvent& event : events) {
      const auto [entry, is_new] = last.try_emplace(event.request_id, event.duration.to_nanos());
      if (is_new) continue;
      ASSERT_LT(entry->second, event.duration.to_nanos());
      entry->second = event.duration.to_nanos();
    }
  }

  CollectorStats checked_stats() {
    const CollectorStats stats = collector_.stats();
    EXPECT_TRUE(is_consistent(stats));
    EXPECT_LE(stats.bytes, max_bytes());
    EXPECT_EQ(stats.rejected, 0U);
    return stats;
  }

  [[nodiscard]] static std::size_t max_bytes() {
    const CollectorOptions& options = GetParam().options;
    return options.max_bytes != 0 ? options.max_bytes
                                  : options.capacity * limits::kDefaultBytesPerEvent;
  }

  TraceCollector collector_{GetParam().options};
  std::atomic<std::uint64_t> writing_ = kWriters;
  const std::string long_text_ = std::string(4'000, 'r');
};

TEST_P(Stress, C12_eight_writers_while_two_query_export_read_and_clear) {
  const std::uint64_t each = test::number_from_environment("AEGIS_STRESS_RECORDS", 1'000'000) *
                             GetParam().share / 100 / kWriters;
  test::TemporaryFolder folder;
  Reader reader = collector_.reader();
  std::uint64_t read = 0;
  std::uint64_t missed = 0;
  const auto read_some = [&](std::size_t most) {
    const ReadResult result = reader.read(most);
    expect_each_writer_in_order(result.events);
    read += result.events.size();
    missed += result.missed;
  };

  std::thread querying = observer([&] {
    checked_stats();
    const std::vector<TraceEvent> events =
        collector_.query({.component = "Worker", .min_severity = Severity::Warning});
    EXPECT_TRUE(std::is_sorted(events.begin(), events.end(), [](const auto& a, const auto& b) {
      return a.timestamp < b.timestamp;
    }));
    expect_each_writer_in_order(collector_.reconstruct_decision_chain("writer-3"));
    EXPECT_LE(collector_.query({.limit = 100}).size(), 100U);
    EXPECT_LE(collector_.size(), GetParam().options.capacity);
    read_some(1'000);
  });
  int round = 0;
  std::thread clearing = observer([&] {
    const CollectorStats before = checked_stats();
    const ExportResult result = collector_.export_json(folder / "trace.json");
    EXPECT_LE(result.events, before.capacity);
    if (++round % 4 == 0) collector_.clear();
    const CollectorStats after = checked_stats();
    EXPECT_LE(before.recorded, after.recorded);
    EXPECT_LE(before.dropped, after.dropped);
    EXPECT_LE(before.cleared, after.cleared);
  });
  std::vector<std::thread> writers;
  for (std::uint64_t writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([this, writer, each] { write(writer, each); });
  }
  for (std::thread& thread : writers) thread.join();
  querying.join();
  clearing.join();

  const CollectorStats stats = checked_stats();
  EXPECT_EQ(stats.recorded, each * kWriters);
  EXPECT_EQ(collector_.query({}).size(), stats.size);
  expect_each_writer_in_order(test::retained(collector_));
  read_some(SIZE_MAX);
  EXPECT_EQ(read + missed, stats.recorded);
}

INSTANTIATE_TEST_SUITE_P(
    , Stress,
    testing::Values(
        Scenario{"a_lane_each", {.capacity = 20'000, .max_bytes = 0}, 90},
        // 8 chunks of 32 KiB: eight threads share two lanes, and memory runs out before capacity.
        Scenario{"shared_lanes_and_little_memory",
                 {.capacity = 5'000, .max_bytes = 2 * limits::kMinRingBytes}, 5},
        Scenario{"capacity_of_one", {.capacity = 1, .max_bytes = limits::kMinRingBytes}, 5}),
    [](const auto& scenario) { return std::string(scenario.param.name); });

}  // namespace
}  // namespace aegis::trace
