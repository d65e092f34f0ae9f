#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <random>

#include "crc32c.hpp"
#include "errors/drain.hpp"
#include "errors/orphan_spill.hpp"
#include "support.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace aegis::trace {
namespace {

using test::expect_error;
using test::TemporaryFolder;

constexpr std::size_t kAll = SIZE_MAX;

/// What a spill file may hold: each place with its record.
using Contents = std::map<EventPosition, std::vector<std::byte>>;

Contents contents_of(const RecordedEvents& records) {
  Contents contents;
  const std::byte* at = records.events.data();
  for (const EventPosition& place : records.places) {
    const std::size_t length = RecordView(at).header().length;
    EXPECT_TRUE(contents.emplace(place, std::vector(at, at + length)).second) << "twice";
    at += length;
  }
  return contents;
}

/// A small file that a drain has left, and what is in it.
class SpillFileTest : public testing::Test {
 protected:
  SpillFileTest() {
    TraceCollector collector(10);
    Drain drain(collector.ring(), {.spill_folder = folder_.path()});
    for (int i = 0; i < 4; ++i) {
      TraceEvent event = test::numbered(i);
      event.severity = Severity::Critical;
      event.rationale = "caché " + std::to_string(i);
      event.attributes = {{"key", std::string(static_cast<std::size_t>(i), 'v')}};
      // A frame within a frame, but of another run.
      if (i == 2) event.rationale += foreign_frame();
      collector.record(event);
    }
    drain.close();
    path_ = OrphanSpill::list(folder_.path()).at(0);
    bytes_ = test::read_file(path_);
    written_ = contents_of(OrphanSpill::open(path_)->peek(kAll, kAll));
    EXPECT_EQ(written_.size(), 4U);
  }

  static std::string foreign_frame() {
    TemporaryFolder folder;
    TraceCollector collector(10);
    Drain drain(collector.ring(), {.spill_folder = folder.path()});
    TraceEvent event = test::numbered(7);
    event.severity = Severity::Error;
    collector.record(event);
    drain.close();
    return test::read_file(OrphanSpill::list(folder.path()).at(0)).substr(sizeof(SpillHeader));
  }

  /// Reads these bytes as a spill file. Nothing: the header is refused.
  std::optional<Contents> read(const std::string& bytes) {
    test::write_file(path_, bytes);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    try {
      std::optional<OrphanSpill> spill = OrphanSpill::open(path_);
      Contents found = contents_of(spill->peek(kAll, kAll));
      gaps_ = spill->gaps();
      return found;
    } catch (const TraceError& error) {
      EXPECT_EQ(error.code(), ErrorCode::kSpill);
      return std::nullopt;
    }
  }

  void expect_only_what_was_written(const Contents& found) const {
    for (const auto& [place, record] : found) {
      const auto written = written_.find(place);
      ASSERT_NE(written, written_.end());
      ASSERT_EQ(record, written->second);
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path path_;
  std::string bytes_;
  Contents written_;
  std::uint64_t gaps_ = 0;
};

TEST(Crc32c, gives_the_values_of_rfc_3720) {
  const auto of = [](const std::string& text) { return crc32c(std::as_bytes(std::span(text))); };
  EXPECT_EQ(of("123456789"), 0xe3069283U);
  EXPECT_EQ(of(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(of(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(of(""), 0U);
  const std::string text = "The quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto bytes = std::as_bytes(std::span(text));
    EXPECT_EQ(crc32c(bytes.subspan(cut), crc32c(bytes.first(cut))), 0x22620404U);
  }
}

TEST_F(SpillFileTest, P2_every_truncation_leaves_the_frames_before_it) {
  for (std::size_t length = 0; length < bytes_.size(); ++length) {
    const std::optional<Contents> found = read(bytes_.substr(0, length));
    ASSERT_EQ(found.has_value(), length >= sizeof(SpillHeader)) << length;
    if (!found) continue;
    expect_only_what_was_written(*found);
    std::size_t complete = 0;
    std::size_t end = sizeof(SpillHeader);
    for (const auto& [place, record] : written_) {
      const std::size_t next = end + sizeof(FrameHeader) + record.size();
      if (next > length) break;
      ++complete;
      end = next;
    }
    ASSERT_EQ(found->size(), complete) << length;
    ASSERT_EQ(gaps_, end == length ? 0U : 1U) << length;
  }
}

TEST_F(SpillFileTest, P2_every_flipped_bit_costs_at_most_its_own_frame) {
  for (std::size_t bit = 0; bit < bytes_.size() * 8; ++bit) {
    std::string damaged = bytes_;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const std::optional<Contents> found = read(damaged);
    ASSERT_EQ(found.has_value(), bit / 8 >= sizeof(SpillHeader)) << bit;
    if (!found) continue;
    expect_only_what_was_written(*found);
    ASSERT_EQ(found->size(), written_.size() - 1) << bit;
    ASSERT_EQ(gaps_, 1U) << bit;
  }
}

TEST_F(SpillFileTest, P2_garbage_between_frames_is_skipped_whatever_its_length) {
  const std::size_t first_end =
      sizeof(SpillHeader) + sizeof(FrameHeader) + written_.begin()->second.size();
  for (const std::size_t length : {1U, 7U, 24U, 5'000U, 300'000U}) {
    const std::optional<Contents> found =
        read(bytes_.substr(0, first_end) + std::string(length, 'g') + bytes_.substr(first_end));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(*found, written_);
    EXPECT_EQ(gaps_, 1U);
  }
}

TEST_F(SpillFileTest, P2_random_damage_never_invents_an_event) {
  std::mt19937 random(20261121);  // NOLINT: the same sequence each time is the point
  const auto below = [&random](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  for (int round = 0; round < 3'000; ++round) {
    std::string damaged = bytes_;
    for (std::size_t step = below(6) + 1; step > 0; --step) {
      const std::size_t at = sizeof(SpillHeader) + below(damaged.size() - sizeof(SpillHeader));
      const std::size_t length = std::min(below(120) + 1, damaged.size() - at);
      switch (below(4)) {
        case 0:
          damaged[at] = static_cast<char>(below(256));
          break;
        case 1:
          damaged.insert(at, damaged.substr(sizeof(SpillHeader), length));
          break;
        case 2:
          damaged.insert(at, std::string("AGSF") + std::string(below(64), '\x58'));
          break;
        default:
          if (damaged.size() > sizeof(SpillHeader) + length + 1) damaged.erase(at, length);
      }
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(damaged.data()), damaged.size());
    const auto file = std::as_bytes(std::span(damaged));
    RecordedEvents found;
    const std::optional<SpillOwner> owner = read_spill_header(file);
    ASSERT_TRUE(owner.has_value());
    FrameParser(owner->run).parse(file.subspan(sizeof(SpillHeader)), true, {kAll, kAll}, found);
    const std::byte* at = found.events.data();
    for (const EventPosition& place : found.places) {
      const auto written = written_.find(place);
      ASSERT_NE(written, written_.end());
      ASSERT_TRUE(std::equal(written->second.begin(), written->second.end(), at));
      at += written->second.size();
    }
  }
}

TEST_F(SpillFileTest, P2_is_read_in_steps_and_stays_until_it_is_removed) {
  {
    std::optional<OrphanSpill> spill = OrphanSpill::open(path_);
    EXPECT_EQ(contents_of(spill->peek(3, kAll)), contents_of(spill->peek(3, kAll)));
    spill->acknowledge();
    spill->acknowledge();
    EXPECT_EQ(spill->peek(3, kAll).places.size(), 1U);
    spill->acknowledge();
    EXPECT_TRUE(spill->peek(3, kAll).places.empty());
  }
  EXPECT_EQ(test::read_file(path_), bytes_);
  std::optional<OrphanSpill> spill = OrphanSpill::open(path_);
  EXPECT_EQ(contents_of(spill->peek(kAll, kAll)), written_);
  spill->remove();
  EXPECT_TRUE(folder_.names().empty());
  EXPECT_FALSE(OrphanSpill::open(path_).has_value());
}

TEST_F(SpillFileTest, finds_only_spill_files_and_follows_no_link) {
  const std::filesystem::path name = path_.filename();
  std::filesystem::create_directory(folder_ / "errors-folder.spill");
  std::filesystem::create_symlink(path_, folder_ / "errors-link.spill");
  ASSERT_EQ(mkfifo((folder_ / "errors-pipe.spill").c_str(), 0600), 0);
  test::write_file(folder_ / "other.txt", "");
  EXPECT_EQ(OrphanSpill::list(folder_.path()), (std::vector<std::string>{path_.string()}));
  EXPECT_TRUE(OrphanSpill::list(folder_ / "none").empty());
  expect_error(ErrorCode::kSpill, "cannot look", [&] { static_cast<void>(OrphanSpill::list(path_)); });
  for (const char* other : {"errors-folder.spill", "errors-link.spill", "errors-pipe.spill"}) {
    expect_error(ErrorCode::kSpill, other, [&] { static_cast<void>(OrphanSpill::open(folder_ / other)); });
  }
}

}  // namespace
}  // namespace aegis::trace
