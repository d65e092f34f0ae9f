#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <latch>
#include <thread>

#include "json_reader.hpp"
#include "ring/ring.hpp"
#include "support.hpp"

namespace aegis::trace {
namespace {

namespace fs = std::filesystem;

using test::expect_error;
using test::Json;
using test::numbered;
using test::parse_json;
using test::range;
using test::read_file;
using test::record_range;
using test::TemporaryFolder;
using test::write_file;

using Names = std::vector<std::string>;

class Export : public testing::Test {
 protected:
  Json exported(const TraceCollector& from) {
    const ExportResult result = from.export_json(file);
    const std::string text = read_file(file);
    EXPECT_EQ(result.bytes, text.size());
    Json json = parse_json(text);
    EXPECT_EQ(result.events, json["events"].array().size());
    return json;
  }

  /// The export fails with this message, and neither file nor folder is touched.
  void expect_failure(const fs::path& path, std::string_view message, const Names& names) {
    expect_error(ErrorCode::kExport, message, [&] { collector.export_json(path); });
    EXPECT_EQ(folder.names(), names);
  }

  TemporaryFolder folder;
  const fs::path file = folder / "trace.json";
  TraceCollector collector = TraceCollector(100);
};

std::int64_t integer(const Json& json, std::string_view name) { return json[name].integer(); }

TEST_F(Export, C9_has_exactly_the_documented_fields) {
  collector.record(numbered(1));
  const Json json = exported(collector);
  EXPECT_EQ(json.names(), (Names{"metadata", "events"}));
  EXPECT_EQ(json["metadata"].names(),
            (Names{"format", "format_version", "pid", "capacity", "recorded", "retained",
                   "dropped", "cleared", "drained", "rejected", "truncated", "run_id", "clock",
                   "anchors"}));
  EXPECT_EQ(json["metadata"]["clock"].names(), (Names{"steady_ns", "wall_ns"}));
  EXPECT_EQ(json["events"].array().at(0).names(),
            (Names{"event_id", "event_type", "component", "timestamp_ns", "duration_ns",
                   "model_id", "request_id", "rationale", "severity", "attributes"}));
}

TEST_F(Export, C9_gives_every_value_exactly) {
  const TraceEvent event{.event_id = Uuid::random(),
                         .event_type = "type \"quoted\"",
                         .component = "C\\\n",
                         .timestamp = Timestamp::from_nanos(INT64_MIN),
                         .duration = Duration::from_nanos((std::int64_t{1} << 53) + 1),
                         .model_id = "\u2028\U0001F600",
                         .request_id = std::string("\0\x7f", 2),
                         .rationale = "bad \xff utf-8",
                         .severity = Severity::Critical,
                         .attributes = {{"", ""}, {"a\"b", "c\td"}}};
  collector.record(event);
  TraceEvent latest = event;
  latest.timestamp = Timestamp::from_nanos(INT64_MAX);
  collector.record(latest);
  const Json json = exported(collector);
  const Json& read = json["events"].array().at(0);
  EXPECT_EQ(read["event_id"].text(), event.event_id.to_string());
  EXPECT_EQ(read["event_type"].text(), event.event_type);
  EXPECT_EQ(read["component"].text(), event.component);
  EXPECT_EQ(integer(read, "timestamp_ns"), INT64_MIN);
  EXPECT_EQ(integer(read, "duration_ns"), (std::int64_t{1} << 53) + 1);
  EXPECT_EQ(read["model_id"].text(), event.model_id);
  EXPECT_EQ(read["request_id"].text(), event.request_id);
  EXPECT_EQ(read["rationale"].text(), "bad \uFFFD utf-8");
  EXPECT_EQ(read["severity"].text(), "Critical");
  EXPECT_EQ(read["attributes"].names(), (Names{"", "a\"b"}));
  EXPECT_EQ(read["attributes"]["a\"b"].text(), "c\td");
  EXPECT_EQ(integer(json["events"].array().at(1), "timestamp_ns"), INT64_MAX);
}

TEST_F(Export, C9_gives_the_same_events_as_a_reader_in_the_same_order) {
  TraceCollector large(20'000);
  for (std::int64_t number = 0; number < 30'000; ++number) {
    TraceEvent event = numbered(number * 7'919 % 30'000);
    event.rationale = std::to_string(number);
    large.record(event);
  }
  const Json json = exported(large);
  const std::vector<TraceEvent> expected = test::retained(large);
  const std::vector<Json>& events = json["events"].array();
  ASSERT_EQ(events.size(), expected.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(events[i]["event_id"].text(), expected[i].event_id.to_string());
    ASSERT_EQ(integer(events[i], "timestamp_ns"), expected[i].timestamp.to_nanos());
    ASSERT_EQ(events[i]["rationale"].text(), std::to_string(10'000 + i));
  }
}

TEST_F(Export, C9_has_one_event_on_each_line) {
  record_range(collector, 1, 3);
  collector.export_json(file);
  const std::string text = read_file(file);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_TRUE(lines[0].starts_with("{\"metadata\": {"));
  EXPECT_EQ(lines[1], "\"events\": [");
  for (std::size_t i = 2; i < 5; ++i) {
    if (i < 4) {
      EXPECT_TRUE(lines[i].ends_with("},"));
      lines[i].pop_back();
    }
    EXPECT_EQ(integer(parse_json(lines[i]), "timestamp_ns"), static_cast<std::int64_t>(i) - 1);
  }
  EXPECT_EQ(lines[5], "]}");
}

TEST_F(Export, C9_of_an_empty_collector_is_a_valid_document) {
  const Json json = exported(collector);
  EXPECT_TRUE(json["events"].array().empty());
  EXPECT_EQ(integer(json["metadata"], "recorded"), 0);
  EXPECT_EQ(integer(json["metadata"], "retained"), 0);
}

TEST_F(Export, C10_says_what_is_missing_and_when_it_was) {
  record_range(collector, 1, 130);
  collector.clear();
  record_range(collector, 1, 120);
  TraceEvent bad = numbered(1);
  bad.component.clear();
  collector.record(bad);
  TraceEvent cut = numbered(121);
  cut.rationale = std::string(5'000, 'r');
  collector.record(cut);

  const Json json = exported(collector);
  const Json& metadata = json["metadata"];
  EXPECT_EQ(metadata["format"].text(), "aegis-trace");
  EXPECT_EQ(integer(metadata, "format_version"), 1);
  EXPECT_EQ(integer(metadata, "pid"), getpid());
  EXPECT_EQ(integer(metadata, "capacity"), 100);
  EXPECT_EQ(integer(metadata, "recorded"), 251);
  EXPECT_EQ(integer(metadata, "retained"), 100);
  EXPECT_EQ(integer(metadata, "dropped"), 51);
  EXPECT_EQ(integer(metadata, "cleared"), 100);
  EXPECT_EQ(integer(metadata, "drained"), 0);
  EXPECT_EQ(integer(metadata, "rejected"), 1);
  EXPECT_EQ(integer(metadata, "truncated"), 1);
  // The clocks are those of the ring, not read anew.
  const ClockAnchor& anchor = collector.ring()->clock().first();
  EXPECT_EQ(integer(metadata["clock"], "steady_ns"), anchor.steady_ns);
  EXPECT_EQ(integer(metadata["clock"], "wall_ns"), anchor.wall_ns);
  EXPECT_EQ(integer(metadata["anchors"].array().at(0), "steady_ns"), anchor.steady_ns);
}

TEST_F(Export, C10_account_holds_while_events_are_recorded_and_cleared) {
  std::atomic<bool> done = false;
  std::latch started(1);
  std::thread writer([&] {
    for (std::int64_t number = 0; !done.load(); ++number) {
      collector.record(numbered(number));
      if (number == 200) started.count_down();
      if (number % 1'000 == 0) collector.clear();
    }
  });
  started.wait();
  for (int i = 0; i < 50; ++i) {
    const Json json = exported(collector);
    const Json& metadata = json["metadata"];
    EXPECT_EQ(integer(metadata, "recorded"), integer(metadata, "retained") +
                                                 integer(metadata, "dropped") +
                                                 integer(metadata, "cleared"));
    EXPECT_EQ(static_cast<std::size_t>(integer(metadata, "retained")),
              json["events"].array().size());
  }
  done = true;
  writer.join();
}

TEST_F(Export, is_readable_by_its_owner_only_whatever_was_there_before) {
  for (const mode_t mask : {mode_t{0}, mode_t{022}}) {
    const mode_t old_mask = umask(mask);
    fs::remove(file);
    collector.export_json(file);
    umask(old_mask);
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  }
  fs::permissions(file, fs::perms(0644));
  collector.export_json(file);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms(0600));
}

TEST_F(Export, replaces_an_older_file_and_leaves_nothing_else) {
  write_file(file, "old");
  record_range(collector, 1, 3);
  EXPECT_EQ(exported(collector)["events"].array().size(), 3U);
  EXPECT_EQ(folder.names(), Names{"trace.json"});
}

TEST_F(Export, takes_a_relative_path) {
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  EXPECT_NO_THROW(collector.export_json("trace.json"));
  fs::current_path(before);
  EXPECT_EQ(folder.names(), Names{"trace.json"});
}

TEST_F(Export, fails_for_a_folder_that_does_not_exist) {
  expect_failure(folder / "missing/trace.json", "missing/trace.json", {});
}

TEST_F(Export, fails_for_a_path_that_names_no_file) {
  expect_failure(folder.path(), "expected a regular file", {});
  expect_failure(folder.path() / "", "must name a file", {});
  expect_error(ErrorCode::kExport, "must name a file", [&] { collector.export_json(""); });
}

TEST_F(Export, fails_for_a_part_of_the_path_that_is_a_file) {
  write_file(file, "old");
  expect_failure(file / "trace.json", "cannot export", {"trace.json"});
  EXPECT_EQ(read_file(file), "old");
}

TEST_F(Export, fails_for_a_link_and_leaves_what_it_points_to) {
  write_file(folder / "target", "precious");
  fs::create_symlink("target", file);
  expect_failure(file, "got a link", {"target", "trace.json"});
  EXPECT_TRUE(fs::is_symlink(file));
  EXPECT_EQ(read_file(folder / "target"), "precious");
}

TEST_F(Export, fails_for_a_link_to_nothing) {
  fs::create_symlink("nothing", file);
  expect_failure(file, "got a link", {"trace.json"});
}

TEST_F(Export, fails_for_a_read_only_file_and_leaves_it) {
  write_file(file, "old");
  fs::permissions(file, fs::perms::owner_read);
  expect_failure(file, "read-only", {"trace.json"});
  EXPECT_EQ(read_file(file), "old");
}

TEST_F(Export, fails_for_a_fifo_without_waiting_for_its_reader) {
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  expect_failure(file, "expected a regular file", {"trace.json"});
}

TEST_F(Export, fails_for_a_path_with_a_nul_in_it) {
  // The system would take it for a path that ends there.
  expect_failure(folder.path() / std::string("a\0b", 3), "NUL", {});
}

TEST_F(Export, fails_when_the_disk_is_full_and_leaves_the_old_file) {
  write_file(file, "old");
  record_range(collector, 1, 100);
  // A limit on the size of files stands in for a full disk: write(2) fails half way.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  rlimit limited = before;
  limited.rlim_cur = 2'000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limited), 0);
  expect_failure(file, "write", {"trace.json"});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, old_handler);
  EXPECT_EQ(read_file(file), "old");
}

TEST_F(Export, cancelled_leaves_no_partial_file_and_the_old_one_intact) {
  TraceCollector large(10'000);
  record_range(large, 1, 10'000);
  for (const int calls : {1, 2, 10}) {
    for (const bool has_old : {false, true}) {
      fs::remove(file);
      if (has_old) write_file(file, "old");
      int left = calls;
      const ExportOptions options{.on_progress = [&](const ExportProgress&) {
        return --left > 0;
      }};
      expect_error(ErrorCode::kCancelled, "trace.json",
                   [&] { large.export_json(file, options); });
      EXPECT_EQ(left, 0);
      EXPECT_EQ(folder.names(), has_old ? Names{"trace.json"} : Names{});
      EXPECT_EQ(has_old ? read_file(file) : "old", "old");
    }
  }
}

TEST_F(Export, can_be_cancelled_up_to_the_last_moment) {
  record_range(collector, 1, 10);
  const ExportOptions options{.on_progress = [](const ExportProgress& progress) {
    return progress.events_written < progress.events_total;
  }};
  expect_error(ErrorCode::kCancelled, "cancelled", [&] { collector.export_json(file, options); });
  EXPECT_EQ(folder.names(), Names{});
}

TEST_F(Export, whose_progress_callback_throws_leaves_nothing_behind) {
  const ExportOptions options{.on_progress = [](const ExportProgress&) -> bool {
    throw std::runtime_error("from the callback");
  }};
  EXPECT_THROW(collector.export_json(file, options), std::runtime_error);
  EXPECT_EQ(folder.names(), Names{});
}

TEST_F(Export, reports_its_progress_up_to_the_total) {
  TraceCollector large(5'000);
  record_range(large, 1, 5'000);
  std::uint64_t written = 0;
  int calls = 0;
  large.export_json(file, {.on_progress = [&](const ExportProgress& progress) {
                      EXPECT_LE(written, progress.events_written);
                      EXPECT_EQ(progress.events_total, 5'000U);
                      written = progress.events_written;
                      ++calls;
                      return true;
                    }});
  EXPECT_EQ(written, 5'000U);
  EXPECT_GE(calls, 5);
}

TEST_F(Export, into_one_file_from_several_threads_leaves_one_of_them_whole) {
  record_range(collector, 1, 50);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 10; ++round) collector.export_json(file);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(parse_json(read_file(file))["events"].array().size(), 50U);
  EXPECT_EQ(folder.names(), Names{"trace.json"});
}

TEST_F(Export, does_not_wait_for_or_disturb_recording) {
  record_range(collector, 1, 60);
  std::int64_t next = 61;
  collector.export_json(file, {.on_progress = [&](const ExportProgress&) {
                          // Within the export: no lock is held while user code runs.
                          record_range(collector, next, next + 9);
                          next += 10;
                          EXPECT_EQ(collector.stats().recorded, static_cast<std::uint64_t>(next - 1));
                          collector.clear();
                          return true;
                        }});
  EXPECT_EQ(parse_json(read_file(file))["events"].array().size(), 60U);
}

}  // namespace
}  // namespace aegis::trace
