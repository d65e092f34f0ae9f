#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "errors/drain.hpp"
#include "errors/orphan_spill.hpp"
#include "support.hpp"

namespace aegis::trace {
namespace {

using test::numbered;
using test::range;

constexpr std::size_t kSmallest = limits::kMinErrorLaneBytes;
constexpr std::size_t kAll = SIZE_MAX;
constexpr std::int64_t kErrors = 300;

/// What other programs do to a spill file while it is open.
class SpillTamperingTest : public testing::Test {
 protected:
  SpillTamperingTest() { std::filesystem::create_directory(folder_); }

  Drain open(std::uint64_t max_bytes = limits::kDefaultSpillBytes) {
    return Drain(collector_.ring(),
                 {.bytes = kSmallest, .spill_folder = folder_, .spill_max_bytes = max_bytes});
  }
  void record_errors(std::int64_t first, std::int64_t last) {
    for (std::int64_t number = first; number <= last; ++number) {
      TraceEvent event = numbered(number);
      event.severity = Severity::Error;
      event.rationale = std::string(1'000, 'r');
      ASSERT_TRUE(collector_.record(event));
    }
  }
  std::filesystem::path file() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) return entry.path();
    return {};
  }
  static std::vector<std::int64_t> sorted(const RecordedEvents& records) {
    std::vector<std::int64_t> found = test::numbers(decode_events(records.events));
    std::sort(found.begin(), found.end());
    return found;
  }
  /// What the next process finds.
  std::size_t left() const {
    std::size_t count = 0;
    for (const std::string& path : OrphanSpill::list(folder_)) {
      auto spill = OrphanSpill::open(path);
      if (!spill) continue;
      count += spill->peek(kAll, kAll).places.size();
    }
    return count;
  }

  test::TemporaryFolder parent_;
  std::filesystem::path folder_ = parent_ / "spill";
  TraceCollector collector_{10};
};

TEST_F(SpillTamperingTest, P2_what_is_cut_off_is_counted_and_the_rest_is_given) {
  for (const std::uintmax_t bytes : {0U, 17U, 64U, 30'000U, 100'001U}) {
    Drain drain = open();
    record_errors(1, kErrors);
    const std::uint64_t spilled = drain.stats().errors.spilled;
    ASSERT_GT(spilled, 200U);
    std::filesystem::resize_file(file(), bytes);
    const std::size_t given = drain.peek_errors(kAll, kAll).places.size();
    const ErrorLaneStats stats = drain.stats().errors;
    EXPECT_EQ(given + stats.lost, std::uint64_t{kErrors}) << bytes;
    EXPECT_EQ(stats.lost > spilled - 10, bytes < 1'000) << bytes;
    drain.acknowledge_errors();
    record_errors(1, kErrors);
    EXPECT_EQ(sorted(drain.peek_errors(kAll, kAll)), range(1, kErrors)) << bytes;
    EXPECT_EQ(drain.stats().errors.lost, stats.lost) << bytes;
    drain.acknowledge_errors();
  }
}

TEST_F(SpillTamperingTest, P2_a_cut_that_recording_finds_is_counted_too) {
  Drain drain = open();
  record_errors(1, kErrors);
  const std::uint64_t spilled = drain.stats().errors.spilled;
  std::filesystem::resize_file(file(), 0);
  record_errors(kErrors + 1, kErrors + 10);
  EXPECT_EQ(drain.stats().errors.lost, spilled);
  const auto given = sorted(drain.peek_errors(kAll, kAll));
  EXPECT_EQ(given.size(), kErrors - spilled + 10);
  EXPECT_EQ(given.back(), kErrors + 10);
}

TEST_F(SpillTamperingTest, P2_what_was_peeked_at_before_a_cut_is_given_again_and_not_skipped) {
  Drain drain = open();
  record_errors(1, kErrors);
  (void)drain.peek_errors(100, kAll);
  std::filesystem::resize_file(file(), 0);
  record_errors(1'001, 1'020);
  drain.acknowledge_errors();
  const auto given = sorted(drain.peek_errors(kAll, kAll));
  EXPECT_EQ(std::vector(given.end() - 20, given.end()), range(1'001, 1'020));
}

TEST_F(SpillTamperingTest, P2_a_file_that_was_deleted_or_renamed_is_there_at_the_end) {
  for (const bool is_renamed : {false, true}) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
    {
      Drain drain = open();
      record_errors(1, kErrors);
      const std::filesystem::path path = file();
      if (is_renamed) {
        std::filesystem::rename(path, parent_ / "elsewhere");
      } else {
        std::filesystem::remove(path);
      }
      record_errors(kErrors + 1, kErrors + 5);
      EXPECT_TRUE(std::filesystem::exists(path));
      EXPECT_EQ(sorted(drain.peek_errors(kAll, kAll)), range(1, kErrors + 5));
      EXPECT_EQ(drain.stats().errors.lost, 0U);
      std::filesystem::remove(path);  // and once more, right before the end
    }
    EXPECT_EQ(left(), kErrors + 5U);
  }
}

TEST_F(SpillTamperingTest, P2_a_folder_that_was_removed_takes_the_errors_when_it_is_back) {
  {
    Drain drain = open();
    record_errors(1, kErrors);
    std::filesystem::remove_all(folder_);
    record_errors(kErrors + 1, kErrors + 7);
    EXPECT_EQ(drain.stats().errors.lost, 0U);
    EXPECT_EQ(drain.stats().errors.last_error, ENOENT);
    EXPECT_EQ(sorted(drain.peek_errors(kAll, kAll)), range(1, kErrors + 7));
    std::filesystem::create_directory(folder_);
  }
  EXPECT_EQ(left(), kErrors + 7U);
}

TEST_F(SpillTamperingTest, P2_errors_in_a_file_that_cannot_be_found_are_counted_at_the_end) {
  Drain drain = open();
  record_errors(1, kErrors);
  std::filesystem::remove_all(folder_);
  (void)drain.close();
  EXPECT_EQ(collector_.ring()->error_lane().stats().lost, std::uint64_t{kErrors});
}

TEST_F(SpillTamperingTest, P2_errors_beyond_the_size_of_the_file_are_counted_and_fill_no_disk) {
  constexpr std::uint64_t kBytes = limits::kMinSpillBytes;
  Drain drain = open(kBytes);
  record_errors(1, 3'000);
  const ErrorLaneStats full = drain.stats().errors;
  EXPECT_EQ(full.last_error, EFBIG);
  EXPECT_LE(std::filesystem::file_size(file()), kBytes);
  EXPECT_GT(std::filesystem::file_size(file()), kBytes - 2'000);
  EXPECT_EQ(full.events + full.spilled + full.lost, 3'000U);
  EXPECT_EQ(drain.peek_errors(kAll, kAll).places.size(), 3'000 - full.lost);
  drain.acknowledge_errors();
  record_errors(1, kErrors);
  EXPECT_EQ(sorted(drain.peek_errors(kAll, kAll)), range(1, kErrors));
  EXPECT_EQ(drain.stats().errors.lost, full.lost);
}

}  // namespace
}  // namespace aegis::trace
