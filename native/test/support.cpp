#include "support.hpp"

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <sstream>

namespace aegis::trace::test {

TraceEvent numbered(std::int64_t number) {
  return {
      .event_type = "test", .component = "Test", .timestamp = Timestamp::from_nanos(number)};
}

std::vector<std::int64_t> numbers(const std::vector<TraceEvent>& events) {
  std::vector<std::int64_t> result;
  for (const TraceEvent& event : events) result.push_back(event.timestamp.to_nanos());
  return result;
}

std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> result(static_cast<std::size_t>(std::max<std::int64_t>(last - first + 1, 0)));
  std::iota(result.begin(), result.end(), first);
  return result;
}

void record_range(TraceCollector& collector, std::int64_t first, std::int64_t last) {
  for (std::int64_t number = first; number <= last; ++number) {
    ASSERT_TRUE(collector.record(numbered(number)));
  }
}

std::vector<TraceEvent> retained(const TraceCollector& collector) {
  return collector.reader().read(SIZE_MAX).events;
}

testing::AssertionResult is_consistent(const CollectorStats& stats) {
  if (stats.recorded == stats.size + stats.dropped + stats.cleared &&
      stats.size <= stats.capacity) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure()
         << "recorded " << stats.recorded << ", size " << stats.size << ", dropped "
         << stats.dropped << ", cleared " << stats.cleared << ", capacity " << stats.capacity;
}

void expect_error(ErrorCode code, std::string_view part, const std::function<void()>& work) {
  try {
    work();
  } catch (const TraceError& error) {
    EXPECT_STREQ(code_name(error.code()), code_name(code));
    EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos)
        << "the message is: " << error.what();
    return;
  }
  ADD_FAILURE() << "expected " << code_name(code) << ", nothing was thrown";
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "aegis-trace-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> TemporaryFolder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  // Not over an old one: ext4 waits for the disk when a file is emptied and written again.
  std::filesystem::remove(path);
  std::ofstream file(path, std::ios::binary);
  file << text;
}

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::stoull(text);
}

}  // namespace aegis::trace::test
