// Processes that are killed while four threads record. AEGIS_KILL_RUNS chooses how many, for each of
// two rings; AEGIS_TEST_SEED the moments.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <iostream>
#include <random>
#include <thread>

#include "aegis/trace/recover.hpp"
#include "support.hpp"

namespace aegis::trace {
namespace {

constexpr std::size_t kThreads = 4;
constexpr std::int64_t kThreadStep = 1'000'000'000'000;

/// Outlives the child: how many calls of record() have returned in each thread.
struct Acknowledged {
  std::array<std::atomic<std::int64_t>, kThreads> calls;
};

TraceEvent event_of(std::size_t thread, std::int64_t number) {
  TraceEvent event = test::numbered(static_cast<std::int64_t>(thread) * kThreadStep + number);
  event.component = "thread " + std::to_string(thread);
  event.rationale = std::to_string(number) + std::string(static_cast<std::size_t>(number % 300), 'r');
  return event;
}

[[noreturn]] void record_until_killed(const CollectorOptions& options, Acknowledged& acknowledged) {
  TraceCollector collector(options);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::int64_t number = 0;; ++number) {
        if (!collector.record(event_of(thread, number))) _exit(1);
        acknowledged.calls[thread].store(number + 1, std::memory_order_release);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  _exit(2);
}

class Killed : public testing::TestWithParam<std::size_t> {
 protected:
  /// Kills after so long, from the fork or from the first call that returned: on a busy machine, and under a
  /// sanitizer, a child may need longer than any fixed time to begin.
  void run_once(std::uint64_t life_us, bool from_first_call, Acknowledged& acknowledged) {
    for (auto& calls : acknowledged.calls) calls = 0;
    const CollectorOptions options{.capacity = GetParam(), .file = folder_ / "a.ring", .keep_files = 1};
    const pid_t child = fork();
    if (child == 0) record_until_killed(options, acknowledged);
    int status = 0;
    while (from_first_call && acknowledged.calls[0] == 0 && waitpid(child, &status, WNOHANG) == 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(life_us));
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
    // It may have been killed before it had a ring; what is there then is an earlier run's.
    if (!std::filesystem::exists(options.file)) return;
    const RecoveredRing recovered = recover_ring(options.file);
    if (recovered.info.pid == static_cast<std::uint64_t>(child)) check(recovered, acknowledged);
  }

  void check(const RecoveredRing& recovered, const Acknowledged& acknowledged) {
    ASSERT_TRUE(test::is_consistent(recovered.info.stats));
    ASSERT_EQ(recovered.info.skipped_records + recovered.info.skipped_chunks, 0U);
    std::array<std::int64_t, kThreads> first{-1, -1, -1, -1};
    std::array<std::int64_t, kThreads> end{};
    for (const TraceEvent& event : recovered.events) {
      const auto thread = static_cast<std::size_t>(event.timestamp.to_nanos() / kThreadStep);
      const std::int64_t number = event.timestamp.to_nanos() % kThreadStep;
      ASSERT_LT(thread, kThreads);
      TraceEvent written = event_of(thread, number);
      written.event_id = event.event_id;
      ASSERT_EQ(event, written);
      // Without a gap and in order: nothing is lost but the oldest.
      if (first[thread] >= 0) {
        ASSERT_EQ(number, end[thread]);
      }
      if (first[thread] < 0) first[thread] = number;
      end[thread] = number + 1;
    }
    const bool is_full = recovered.events.size() == GetParam();
    std::uint64_t recorded = 0;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      const std::int64_t calls = acknowledged.calls[thread];
      if (first[thread] < 0) {
        ASSERT_TRUE(is_full || calls == 0) << "thread " << thread;
        continue;
      }
      ASSERT_TRUE(is_full || first[thread] == 0) << "thread " << thread;
      // One call may have recorded without having said so.
      ASSERT_GE(end[thread], calls) << "thread " << thread;
      ASSERT_LE(end[thread], calls + 1) << "thread " << thread;
      recorded += static_cast<std::uint64_t>(end[thread]);
    }
    ASSERT_LE(recorded, recovered.info.stats.recorded);
    if (!is_full) {
      ASSERT_EQ(recorded, recovered.events.size());
    }
    recovered_ += recovered.events.size();
  }

  test::TemporaryFolder folder_;
  std::uint64_t recovered_ = 0;
};

TEST_P(Killed, C14_every_event_whose_record_had_returned_is_recovered) {
  const std::uint64_t runs = test::number_from_environment("AEGIS_KILL_RUNS", 100);
  std::mt19937_64 random(test::number_from_environment("AEGIS_TEST_SEED", 7));
  void* const shared = mmap(nullptr, sizeof(Acknowledged), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  auto& acknowledged = *new (shared) Acknowledged;
  for (std::uint64_t run = 0; run < runs && !HasFatalFailure(); ++run) {
    SCOPED_TRACE("run " + std::to_string(run));
    run_once(random() % 25'000, run % 2 == 1, acknowledged);
  }
  munmap(shared, sizeof(Acknowledged));
  std::cout << runs << " runs, " << recovered_ << " events recovered\n";
  EXPECT_GT(recovered_, runs * 100);
}

// One that drops nothing in that time, and one that goes round all the time.
INSTANTIATE_TEST_SUITE_P(, Killed, testing::Values(200'000, 2'000),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace aegis::trace
