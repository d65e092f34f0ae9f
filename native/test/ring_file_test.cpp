#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <barrier>
#include <thread>

#include "aegis/trace/recover.hpp"
#include "support.hpp"

namespace aegis::trace {
namespace {

using test::expect_error;
using test::numbers;
using test::range;
using test::record_range;

class RingFileTest : public testing::Test {
 protected:
  CollectorOptions at(const std::filesystem::path& file, std::size_t keep_files = 3) {
    return {.capacity = 10, .max_bytes = limits::kMinRingBytes, .file = file, .keep_files = keep_files};
  }
  std::vector<std::int64_t> numbers_in(const std::string& name) {
    return numbers(recover_ring(folder_ / name).events);
  }
  void expect_refused(const std::filesystem::path& file, std::string_view part) {
    expect_error(ErrorCode::kFile, part, [&] { TraceCollector(at(file)); });
  }

  test::TemporaryFolder folder_;
};

TEST_F(RingFileTest, C14_is_private_and_reserved_in_full) {
  const TraceCollector collector(at(folder_ / "new" / "folder" / "a.ring"));
  struct stat status;
  ASSERT_EQ(stat((folder_ / "new/folder/a.ring").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(status.st_size, 4096 + 128 * 1024);
  EXPECT_GE(status.st_blocks * 512, status.st_size);
  ASSERT_EQ(stat((folder_ / "new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  EXPECT_EQ(collector.stats().bytes, 0U);
}

TEST_F(RingFileTest, C14_keeps_the_files_of_earlier_runs_up_to_a_number) {
  for (std::int64_t run = 1; run <= 6; ++run) {
    TraceCollector collector(at(folder_ / "a.ring"));
    record_range(collector, run, run);
  }
  EXPECT_EQ(folder_.names(),
            (std::vector<std::string>{"a.ring", "a.ring.1", "a.ring.2", "a.ring.3"}));
  EXPECT_EQ(numbers_in("a.ring"), range(6, 6));
  EXPECT_EQ(numbers_in("a.ring.1"), range(5, 5));
  EXPECT_EQ(numbers_in("a.ring.3"), range(3, 3));
  TraceCollector(at(folder_ / "a.ring", 1));
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"a.ring", "a.ring.1"}));
  EXPECT_EQ(numbers_in("a.ring.1"), range(6, 6));
  TraceCollector(at(folder_ / "a.ring", 0));
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"a.ring"}));
}

TEST_F(RingFileTest, C14_never_deletes_what_is_not_a_ring_file) {
  test::write_file(folder_ / "a.ring.1", "mine");
  TraceCollector(at(folder_ / "a.ring", 0));
  EXPECT_EQ(test::read_file(folder_ / "a.ring.1"), "mine");
  TraceCollector(at(folder_ / "a.ring", 0));
  // Moved along with the others, as all that has such a name.
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"a.ring", "a.ring.2"}));
  EXPECT_EQ(test::read_file(folder_ / "a.ring.2"), "mine");
}

TEST_F(RingFileTest, C14_refuses_a_file_that_a_live_collector_has_naming_the_process) {
  TraceCollector collector(at(folder_ / "a.ring"));
  record_range(collector, 1, 3);
  expect_refused(folder_ / "a.ring", "process " + std::to_string(getpid()) + " is recording into it");
  EXPECT_EQ(folder_.names(), (std::vector<std::string>{"a.ring"}));
  EXPECT_EQ(numbers_in("a.ring"), range(1, 3));
}

TEST_F(RingFileTest, C14_takes_over_from_a_process_that_was_killed) {
  const pid_t child = fork();
  if (child == 0) {
    TraceCollector collector(at(folder_ / "a.ring"));
    static_cast<void>(collector.record(test::numbered(1)));
    raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  TraceCollector collector(at(folder_ / "a.ring"));
  EXPECT_EQ(numbers_in("a.ring.1"), range(1, 1));
  EXPECT_EQ(recover_ring(folder_ / "a.ring.1").info.pid, static_cast<std::uint64_t>(child));
  EXPECT_EQ(recover_ring(folder_ / "a.ring.1").info.closed_wall_ns, 0);
}

TEST_F(RingFileTest, C14_refuses_links_folders_pipes_and_other_files) {
  { TraceCollector(at(folder_ / "a.ring")); }
  std::filesystem::create_symlink(folder_ / "a.ring", folder_ / "link");
  std::filesystem::create_symlink(folder_ / "nowhere", folder_ / "broken");
  std::filesystem::create_directory(folder_ / "directory");
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  test::write_file(folder_ / "text", "mine");
  const std::vector<std::string> before = folder_.names();
  expect_refused(folder_ / "link", "got a link");
  expect_refused(folder_ / "broken", "got a link");
  expect_refused(folder_ / "directory", "Is a directory");
  expect_refused(folder_ / "pipe", "expected a ring file or nothing there");
  expect_refused(folder_ / "text", "what is there is no ring file");
  expect_refused(folder_ / "text" / "a.ring", "Not a directory");
  expect_refused("/dev/full", "");
  expect_error(ErrorCode::kOption, "must name a file",
               [&] { TraceCollector(at(folder_.path() / "")); });
  EXPECT_EQ(folder_.names(), before);
  EXPECT_EQ(test::read_file(folder_ / "text"), "mine");
}

TEST_F(RingFileTest, C14_a_file_that_was_emptied_or_never_got_its_head_is_set_aside) {
  const std::string zeros(4096, '\0');
  for (const std::string& left : {std::string(), std::string(7, '\0'), zeros, zeros + "rest"}) {
    test::write_file(folder_ / "a.ring", left);
    {
      TraceCollector collector(at(folder_ / "a.ring", 1));
      record_range(collector, 1, 3);
    }
    EXPECT_EQ(numbers_in("a.ring"), range(1, 3));
    EXPECT_EQ(test::read_file(folder_ / "a.ring.1"), left);
    EXPECT_EQ(folder_.names(), (std::vector<std::string>{"a.ring", "a.ring.1"}));
    std::filesystem::remove(folder_ / "a.ring");
  }
}

TEST_F(RingFileTest, C14_a_file_that_a_live_ring_has_is_refused_when_it_was_emptied) {
  TraceCollector collector(at(folder_ / "a.ring"));
  std::filesystem::resize_file(folder_ / "a.ring", 0);
  expect_refused(folder_ / "a.ring", "process is recording into it");
  EXPECT_EQ(folder_.names(), std::vector<std::string>{"a.ring"});
}

TEST_F(RingFileTest, C14_clears_away_what_a_killed_process_left_and_nothing_else) {
  const std::vector<std::string> stays = {".aegis-trace-1-0.ring.tmp", ".aegis-trace-0123456789abcdeX.tmp",
                                          ".aegis-trace-locked0.tmp", "0123456789abcdef.tmp"};
  for (const std::string& name : stays) test::write_file(folder_ / name, "mine");
  test::write_file(folder_ / ".aegis-trace-0123456789abcdef.tmp", "left");
  test::write_file(folder_ / ".aegis-trace-00000000000000aa.tmp", "held");
  const int held = open((folder_ / ".aegis-trace-00000000000000aa.tmp").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  TraceCollector(at(folder_ / "a.ring"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / ".aegis-trace-0123456789abcdef.tmp"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / ".aegis-trace-00000000000000aa.tmp"));
  for (const std::string& name : stays) EXPECT_TRUE(std::filesystem::exists(folder_ / name)) << name;
  close(held);
}

TEST_F(RingFileTest, C14_only_one_of_many_at_once_gets_the_file) {
  for (int round = 0; round < 20; ++round) {
    constexpr int kThreads = 4;
    std::barrier line(kThreads);
    std::atomic<int> opened = 0;
    std::vector<std::unique_ptr<TraceCollector>> collectors(kThreads);
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        line.arrive_and_wait();
        try {
          collectors[static_cast<std::size_t>(i)] =
              std::make_unique<TraceCollector>(at(folder_ / "a.ring", 100));
          ++opened;
        } catch (const TraceError& error) {
          EXPECT_EQ(error.code(), ErrorCode::kFile) << error.what();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(opened, 1);
    for (auto& collector : collectors) {
      if (collector) record_range(*collector, round, round);
    }
  }
  // Nothing was lost on the way: every round's event is in one of the files.
  EXPECT_EQ(folder_.names().size(), 20U);
  EXPECT_EQ(numbers_in("a.ring"), range(19, 19));
  for (std::int64_t back = 1; back < 20; ++back) {
    EXPECT_EQ(numbers_in("a.ring." + std::to_string(back)), range(19 - back, 19 - back));
  }
}

TEST_F(RingFileTest, C14_a_full_file_system_is_an_error_at_construction) {
  std::filesystem::create_directory(folder_ / "small");
  if (mount("tmpfs", (folder_ / "small").c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "mounting a tmpfs takes a privilege that this process does not have";
  }
  const auto large = [&] {
    TraceCollector({.capacity = 10'000, .max_bytes = 4U << 20, .file = folder_ / "small" / "a.ring"});
  };
  expect_error(ErrorCode::kFile, "cannot reserve 4198400 bytes: No space left on device", large);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "small"));
  {
    TraceCollector fits(at(folder_ / "small" / "a.ring"));
    record_range(fits, 1, 5'000);
    EXPECT_EQ(numbers_in("small/a.ring"), range(4'991, 5'000));
  }
  // The earlier run is still where it was when a new ring does not fit beside it.
  expect_error(ErrorCode::kFile, "No space left on device", large);
  EXPECT_EQ(numbers_in("small/a.ring"), range(4'991, 5'000));
  umount((folder_ / "small").c_str());
}

TEST_F(RingFileTest, C14_what_is_to_be_deleted_makes_room_for_the_new_ring) {
  std::filesystem::create_directory(folder_ / "small");
  if (mount("tmpfs", (folder_ / "small").c_str(), "tmpfs", 0, "size=400k") != 0) {
    GTEST_SKIP() << "mounting a tmpfs takes a privilege that this process does not have";
  }
  for (std::int64_t run = 1; run <= 5; ++run) {
    // Room for two files and not for three: the one that goes beyond keep_files has to go first.
    TraceCollector collector(at(folder_ / "small" / "a.ring", 1));
    record_range(collector, run, run);
  }
  EXPECT_EQ(numbers_in("small/a.ring"), range(5, 5));
  EXPECT_EQ(numbers_in("small/a.ring.1"), range(4, 4));
  for (std::int64_t run = 6; run <= 7; ++run) {
    TraceCollector collector(at(folder_ / "small" / "a.ring", 0));
    record_range(collector, run, run);
  }
  EXPECT_EQ(numbers_in("small/a.ring"), range(7, 7));
  umount((folder_ / "small").c_str());
}

}  // namespace
}  // namespace aegis::trace
