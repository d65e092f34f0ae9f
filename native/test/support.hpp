#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "aegis/trace/collector.hpp"

namespace aegis::trace::test {

/// An event that says which one it is: its timestamp is `number` nanoseconds.
[[nodiscard]] TraceEvent numbered(std::int64_t number);
/// Which ones these are, in their order.
[[nodiscard]] std::vector<std::int64_t> numbers(const std::vector<TraceEvent>& events);
/// first, first + 1, ... last.
[[nodiscard]] std::vector<std::int64_t> range(std::int64_t first, std::int64_t last);
/// Records numbered(first) to numbered(last).
void record_range(TraceCollector& collector, std::int64_t first, std::int64_t last);
/// What is retained, in order of recording.
[[nodiscard]] std::vector<TraceEvent> retained(const TraceCollector& collector);

/// recorded == size + dropped + cleared, and nothing beyond its bound.
[[nodiscard]] testing::AssertionResult is_consistent(const CollectorStats& stats);

/// Fails unless `work` throws a TraceError of this code whose message has `part` in it.
void expect_error(ErrorCode code, std::string_view part, const std::function<void()>& work);

/// An empty folder that goes away with its content.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
    return path_ / name;
  }
  /// The names in it, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::filesystem::path path_;
};

[[nodiscard]] std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view text);

/// A number from the environment, or `otherwise`.
[[nodiscard]] std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise);

}  // namespace aegis::trace::test
