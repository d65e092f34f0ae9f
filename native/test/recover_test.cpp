#include "aegis/trace/recover.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <thread>

#include "record/chunk.hpp"
#include "ring_file/ring_file_format.hpp"
#include "support.hpp"

namespace aegis::trace {
namespace {

using test::expect_error;
using test::is_consistent;
using test::numbered;
using test::numbers;
using test::range;
using test::record_range;
using test::retained;

constexpr std::size_t kSmallChunk = 32 * 1024;

/// A ring file, and what its collector held.
class RecoverTest : public testing::Test {
 protected:
  CollectorOptions options(std::size_t capacity, std::size_t max_bytes = limits::kMinRingBytes) {
    return {.capacity = capacity, .max_bytes = max_bytes, .file = folder_ / "a.ring"};
  }
  [[nodiscard]] RecoveredRing recover() const { return recover_ring(folder_ / "a.ring"); }

  /// A few events of every kind, and the bytes of their file up to the end of its first chunk.
  std::string make_small_file() {
    {
      TraceCollector collector(options(100));
      for (std::int64_t i = 1; i <= 6; ++i) {
        TraceEvent event = numbered(i);
        event.rationale = "why " + std::string(static_cast<std::size_t>(i), 'y');
        if (i % 2 == 0) event.event_id = Uuid::random();
        if (i == 3) event.attributes = {{"a", "1"}, {"größe", "2"}};
        if (i == 5) event.request_id = "request";
        EXPECT_TRUE(collector.record(event));
      }
      written_ = retained(collector);
    }
    return test::read_file(folder_ / "a.ring").substr(0, kRingFileHeaderBytes + kSmallChunk);
  }

  /// Recovers these bytes: a refusal, or events that were written, each once and in their order.
  /// @return how many.
  std::size_t recover_damaged(const std::string& bytes) {
    test::write_file(folder_ / "damaged.ring", bytes);
    RecoveredRing recovered;
    try {
      recovered = recover_ring(folder_ / "damaged.ring");
    } catch (const TraceError& error) {
      EXPECT_EQ(error.code(), ErrorCode::kFormat);
      return 0;
    }
    EXPECT_TRUE(is_consistent(recovered.info.stats));
    EXPECT_EQ(recovered.info.stats.size, recovered.events.size());
    std::size_t at = 0;
    for (const TraceEvent& event : recovered.events) {
      while (at < written_.size() && !(written_[at] == event)) ++at;
      if (at++ == written_.size()) {
        ADD_FAILURE() << "an event that was not written, or out of order: " << event.rationale;
        break;
      }
    }
    return recovered.events.size();
  }

  test::TemporaryFolder folder_;
  std::vector<TraceEvent> written_;
};

TEST_F(RecoverTest, C14_gives_back_the_same_events_with_the_same_ids) {
  TraceCollector collector(options(1'000));
  record_range(collector, 1, 700);
  const RecoveredRing recovered = recover();
  EXPECT_EQ(recovered.events, retained(collector));
  EXPECT_EQ(recovered.info.stats.recorded, 700U);
  EXPECT_EQ(recovered.info.skipped_records + recovered.info.skipped_chunks, 0U);
  EXPECT_EQ(recovered.info.pid, static_cast<std::uint64_t>(getpid()));
  EXPECT_EQ(recovered.info.closed_wall_ns, 0);
  EXPECT_GT(recovered.info.process_start_wall_ns, 1'600'000'000'000'000'000);
}

TEST_F(RecoverTest, C14_the_account_is_the_rings_own) {
  TraceCollector collector(options(300));
  std::thread other([&] { record_range(collector, 1, 2'000); });
  other.join();
  record_range(collector, 2'001, 2'100);
  collector.clear();
  record_range(collector, 2'101, 2'900);
  ASSERT_FALSE(collector.record(TraceEvent{}));
  TraceEvent long_one = numbered(2'901);
  long_one.rationale = std::string(5'000, 'r');
  ASSERT_TRUE(collector.record(long_one));
  const CollectorStats live = collector.stats();
  const CollectorStats dead = recover().info.stats;
  EXPECT_EQ(numbers(recover().events), range(2'602, 2'901));
  EXPECT_EQ(dead.recorded, live.recorded);
  EXPECT_EQ(dead.size, live.size);
  EXPECT_EQ(dead.dropped, live.dropped);
  EXPECT_EQ(dead.cleared, live.cleared);
  EXPECT_EQ(dead.rejected, 1U);
  EXPECT_EQ(dead.truncated, 1U);
}

TEST_F(RecoverTest, C14_what_was_cleared_does_not_come_back) {
  TraceCollector collector(options(100));
  record_range(collector, 1, 50);
  collector.clear();
  EXPECT_TRUE(recover().events.empty());
  record_range(collector, 51, 52);
  EXPECT_EQ(numbers(recover().events), range(51, 52));
  EXPECT_EQ(recover().info.stats.cleared, 50U);
}

TEST_F(RecoverTest, C14_what_the_memory_bound_gave_up_does_not_come_back) {
  // Several lanes: the one whose chunks are recycled takes what is older in the others with it.
  TraceCollector collector(options(1'000'000, 16 * kSmallChunk));
  record_range(collector, 1, 10);
  std::thread other([&] {
    TraceEvent event = numbered(11);
    event.rationale = std::string(4'000, 'r');
    for (int i = 0; i < 400; ++i) ASSERT_TRUE(collector.record(event));
  });
  other.join();
  ASSERT_GT(collector.stats().dropped, 10U);
  EXPECT_EQ(recover().events, retained(collector));
}

TEST_F(RecoverTest, C14_a_closed_ring_says_so_and_is_still_there) {
  { TraceCollector(options(10)).record_now("t", "c"); }
  EXPECT_EQ(recover().events.size(), 1U);
  EXPECT_GT(recover().info.closed_wall_ns, 1'600'000'000'000'000'000);
}

TEST_F(RecoverTest, C14_every_truncation_point) {
  const std::string bytes = make_small_file();
  ASSERT_EQ(recover_damaged(bytes), 6U);
  // In the head and in what is used of the chunk byte by byte, in the rest by 97.
  for (std::size_t length = 0; length < bytes.size() && !HasFailure();
       length += length < 300 || (length > 4'000 && length < 5'400) ? 1 : 97) {
    ASSERT_LE(recover_damaged(bytes.substr(0, length)), 6U) << length;
  }
}

TEST_F(RecoverTest, C14_every_single_bit_flip) {
  const std::string bytes = make_small_file();
  std::size_t lost_most = 0;
  for (std::size_t at = 0; at < bytes.size() && !HasFailure(); ++at) {
    // What the reader never looks at: the middle of the head and the unused middle of the chunk.
    if (at > 300 && at < kRingFileHeaderBytes && at % 64 != 0) continue;
    if (at > 5'400 && at + 128 < bytes.size() && at % 512 != 0) continue;
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const std::size_t found = recover_damaged(damaged);
      if (at >= kRingFileHeaderBytes + sizeof(ChunkHeader)) {
        lost_most = std::max(lost_most, 6 - found);
      }
    }
  }
  // Damage to a record costs that record; to an index entry nothing.
  EXPECT_EQ(lost_most, 1U);
}

TEST_F(RecoverTest, C14_random_damage) {
  const std::string bytes = make_small_file();
  const std::uint64_t seed = test::number_from_environment("AEGIS_TEST_SEED", 1);
  std::mt19937_64 random(seed);
  for (int run = 0; run < 3'000 && !HasFailure(); ++run) {
    SCOPED_TRACE("run " + std::to_string(run) + " of seed " + std::to_string(seed));
    std::string damaged = bytes;
    for (std::size_t edits = 1 + random() % 6; edits > 0; --edits) {
      // Mostly where something is.
      const std::size_t at = random() % 3 == 0 ? random() % damaged.size()
                                               : kRingFileHeaderBytes + random() % 800;
      const std::size_t from = kRingFileHeaderBytes + random() % 800;
      const std::size_t count = std::min<std::size_t>(1 + random() % 80, damaged.size() - at);
      switch (random() % 4) {
        case 0:
          for (std::size_t i = 0; i < count; ++i) damaged[at + i] = static_cast<char>(random());
          break;
        case 1:
          std::memset(damaged.data() + at, random() % 2 == 0 ? 0 : 0xff, count);
          break;
        case 2:  // a piece of something else that was written
          std::memmove(damaged.data() + at, damaged.data() + from, count);
          break;
        default: {
          const std::uint64_t word = std::uint64_t{1} << random() % 64;
          const std::size_t aligned = at / 8 * 8;
          std::memcpy(damaged.data() + aligned, &word, sizeof word);
        }
      }
    }
    recover_damaged(damaged);
  }
}

TEST_F(RecoverTest, C14_a_record_of_an_earlier_generation_of_its_chunk_does_not_pass) {
  std::string old_bytes;
  TraceCollector collector(options(10));
  record_range(collector, 1, 5);
  const std::string before = test::read_file(folder_ / "a.ring");
  written_ = retained(collector);
  // Round the ring, until the first chunk holds later sequences.
  record_range(collector, 6, 5'000);
  std::string after = test::read_file(folder_ / "a.ring");
  const std::vector<TraceEvent> newest = retained(collector);
  // The new headers over the old records, as in a copy that was made while the chunk was recycled.
  std::memcpy(after.data() + kRingFileHeaderBytes + sizeof(ChunkHeader),
              before.data() + kRingFileHeaderBytes + sizeof(ChunkHeader),
              kSmallChunk - sizeof(ChunkHeader));
  test::write_file(folder_ / "mixed.ring", after);
  for (const TraceEvent& event : recover_ring(folder_ / "mixed.ring").events) {
    EXPECT_GT(event.timestamp.to_nanos(), 5);
  }
}

/// A file whose identity is sound but for one field.
class RecoverIdentity : public RecoverTest {
 protected:
  void expect_refused(const std::function<void(RingFileIdentity&)>& change, std::string_view part,
                      bool with_checksum = true) {
    std::string bytes = make_small_file();
    RingFileIdentity identity;
    std::memcpy(&identity, bytes.data(), sizeof identity);
    change(identity);
    if (with_checksum) identity.checksum = identity_checksum(identity);
    std::memcpy(bytes.data(), &identity, sizeof identity);
    test::write_file(folder_ / "b.ring", bytes);
    expect_error(ErrorCode::kFormat, part, [&] { (void)recover_ring(folder_ / "b.ring"); });
  }
};

TEST_F(RecoverIdentity, C14_each_field_is_checked) {
  expect_refused([](auto& id) { ++id.magic; }, "must be a ring file");
  expect_refused([](auto& id) { id.format_version = 2; }, "of format version 1; got 2");
  const std::string_view damaged = "is damaged: its header";
  expect_refused([](auto& id) { id.header_bytes = 0; }, damaged);
  expect_refused([](auto& id) { id.lane_count = 65; }, damaged);
  for (const std::uint32_t bytes : {0U, 1U, 16'384U, 40'000U, 1U << 31}) {
    expect_refused([=](auto& id) { id.chunk_bytes = bytes; }, damaged);
  }
  for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{1} << 40, UINT64_MAX}) {
    expect_refused([=](auto& id) { id.chunk_count = count; }, damaged);
    expect_refused([=](auto& id) { id.capacity = count; }, damaged);
  }
  expect_refused([](auto& id) { id.pid = UINT64_MAX; }, damaged);
  expect_refused([](auto& id) { ++id.wall_ns; }, damaged, false);
  expect_refused([](auto& id) { ++id.seed[1]; }, damaged, false);
}

TEST_F(RecoverTest, C14_refuses_what_is_no_ring_file) {
  expect_error(ErrorCode::kFile, "could not be opened: No such file",
               [&] { (void)recover_ring(folder_ / "none"); });
  expect_error(ErrorCode::kFile, "must be a regular file",
               [&] { (void)recover_ring(folder_.path()); });
  test::write_file(folder_ / "text", "{\"metadata\": ");
  expect_error(ErrorCode::kFormat, "must be a ring file",
               [&] { (void)recover_ring(folder_ / "text"); });
}

TEST_F(RecoverTest, C14_reads_a_ring_that_is_being_recorded_into) {
  TraceCollector collector(options(2'000));
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::int64_t i = 0; !done; ++i) {
        TraceEvent event = numbered(i);
        event.component = "thread " + std::to_string(thread);
        event.rationale = std::to_string(i) + std::string(static_cast<std::size_t>(i % 90), 'r');
        ASSERT_TRUE(collector.record(event));
      }
    });
  }
  for (int look = 0; look < 60; ++look) {
    const RecoveredRing recovered = recover();
    EXPECT_TRUE(is_consistent(recovered.info.stats));
    std::map<std::string, std::int64_t> last;
    for (const TraceEvent& event : recovered.events) {
      const std::int64_t number = event.timestamp.to_nanos();
      ASSERT_EQ(event.rationale,
                std::to_string(number) + std::string(static_cast<std::size_t>(number % 90), 'r'));
      const auto [known, is_new] = last.try_emplace(event.component, number);
      ASSERT_TRUE(is_new || known->second < number);
      known->second = number;
    }
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(recover().events, retained(collector));
}

TEST_F(RecoverTest, C14_writes_an_export) {
  TraceCollector collector(options(100));
  record_range(collector, 1, 150);
  const RecoveryInfo info = recover_ring_to_json(folder_ / "a.ring", folder_ / "a.json");
  EXPECT_EQ(info.stats.size, 100U);
  const std::string text = test::read_file(folder_ / "a.json");
  EXPECT_NE(text.find("\"retained\":100,\"dropped\":50,"), std::string::npos) << text.substr(0, 960);
  EXPECT_NE(text.find("\"skipped_records\":0,\"skipped_chunks\":0}"), std::string::npos);
  collector.export_json(folder_ / "live.json");
  const std::string live = test::read_file(folder_ / "live.json");
  EXPECT_EQ(text.substr(text.find("\"events\"")), live.substr(live.find("\"events\"")));
}

}  // namespace
}  // namespace aegis::trace
