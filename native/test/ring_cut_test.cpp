#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include "support.hpp"

namespace aegis::trace {
namespace {

using test::numbers;
using test::range;
using test::record_range;
using test::retained;

class RingCutTest : public testing::Test {
 protected:
  CollectorOptions options(std::size_t capacity = 100'000) {
    return {.capacity = capacity, .file = file_, .keep_files = 0};
  }
  void cut(std::uintmax_t bytes) { std::filesystem::resize_file(file_, bytes); }

  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "a.ring";
};

void expect_account(const CollectorStats& stats) {
  EXPECT_EQ(stats.recorded, stats.size + stats.dropped + stats.cleared);
}

TEST_F(RingCutTest, C14_a_file_that_is_emptied_leaves_a_ring_in_memory) {
  TraceCollector collector(options());
  EXPECT_EQ(collector.stats().file_state, RingFileState::kKept);
  record_range(collector, 1, 5'000);
  cut(0);
  record_range(collector, 5'001, 9'000);
  const CollectorStats stats = collector.stats();
  EXPECT_EQ(stats.file_state, RingFileState::kCut);
  EXPECT_EQ(stats.recorded, 9'000U);
  expect_account(stats);
  // The one that was being recorded went with the file, unless a look at the file was due just then.
  const std::int64_t first = numbers(retained(collector)).at(0);
  EXPECT_TRUE(first == 5'001 || first == 5'002) << first;
  EXPECT_EQ(numbers(retained(collector)), range(first, 9'000));
}

TEST_F(RingCutTest, C14_a_reader_of_a_file_that_was_cut_finds_what_was_recorded_after) {
  for (const std::uintmax_t bytes : {0U, 4'096U, 70'000U, 300'001U}) {
    TraceCollector collector(options());
    record_range(collector, 1, 10'000);
    cut(bytes);
    EXPECT_TRUE(retained(collector).empty());
    collector.export_json(folder_ / "trace.json");
    record_range(collector, 10'001, 10'100);
    EXPECT_EQ(numbers(retained(collector)), range(10'001, 10'100));
    expect_account(collector.stats());
  }
}

TEST_F(RingCutTest, C14_counters_outlive_the_file) {
  TraceCollector collector(options());
  collector.record_now("", "no type");
  record_range(collector, 1, 10);
  cut(0);
  collector.record_now("", "no type");
  EXPECT_EQ(collector.stats().rejected, 2U);
}

TEST_F(RingCutTest, C14_threads_record_and_read_while_the_file_is_cut_again_and_again) {
  for (int round = 0; round < 20; ++round) {
    TraceCollector collector(options(5'000));
    std::atomic<bool> is_over = false;
    {
      const auto write = [&collector] { record_range(collector, 1, 20'000); };
      const std::jthread first(write);
      const std::jthread second(write);
      const std::jthread reader([&] {
        while (!is_over) {
          EXPECT_LE(retained(collector).size(), 5'000U);
          expect_account(collector.stats());
        }
      });
      cut(1'000'000);
      cut(static_cast<std::uintmax_t>(round) * 4'096);
      cut(0);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      is_over = true;
    }
    record_range(collector, 1, 6'000);
    const CollectorStats stats = collector.stats();
    EXPECT_EQ(stats.recorded, 46'000U);
    EXPECT_EQ(stats.size, 5'000U);
    EXPECT_EQ(stats.file_state, RingFileState::kCut);
    expect_account(stats);
  }
}

/// Touches a mapping of a file that is shorter than it.
void touch_what_is_not_there(const std::filesystem::path& file) {
  const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const auto* bytes = static_cast<volatile const char*>(
      mmap(nullptr, 4'096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0));
  (void)bytes[0];
  _exit(0);
}

TEST_F(RingCutTest, C14_a_fault_elsewhere_goes_to_the_handler_that_was_there_before) {
  const auto run = [&] {
    struct sigaction action = {};
    action.sa_handler = [](int) { _exit(42); };
    sigaction(SIGBUS, &action, nullptr);
    const TraceCollector collector(options());
    touch_what_is_not_there(folder_ / "other");
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(42), "");
}

TEST_F(RingCutTest, C14_a_fault_elsewhere_ends_the_process_when_nobody_handles_it) {
  const auto run = [&] {
    const TraceCollector collector(options());
    touch_what_is_not_there(folder_ / "other");
  };
  // A signal, or the report of a sanitizer.
  const auto has_died = [](int status) { return !WIFEXITED(status) || WEXITSTATUS(status) != 0; };
  EXPECT_EXIT(run(), has_died, "");
}

TEST_F(RingCutTest, C14_a_deleted_file_is_noticed_and_the_ring_goes_on) {
  TraceCollector collector(options());
  record_range(collector, 1, 10);
  std::filesystem::remove(file_);
  record_range(collector, 11, 20);
  EXPECT_EQ(numbers(retained(collector)), range(1, 20));
  const auto is_noticed = [&] { return collector.stats().file_state == RingFileState::kDeleted; };
  for (int i = 0; i < 500 && !is_noticed(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(is_noticed());
}

}  // namespace
}  // namespace aegis::trace
