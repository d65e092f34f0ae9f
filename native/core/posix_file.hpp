#pragma once

#include <unistd.h>

#include <filesystem>
#include <utility>

namespace aegis::trace {

/// Closes what it was not told to keep.
class Descriptor {
 public:
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) close(value_);
  }
  [[nodiscard]] int get() const noexcept { return value_; }
  [[nodiscard]] int release() noexcept { return std::exchange(value_, -1); }

 private:
  int value_;
};

/// Whether the path names the open file, and does not only lead there by a link: other programs may have
/// renamed, removed or replaced it.
[[nodiscard]] bool is_same_file(int descriptor, const std::filesystem::path& path) noexcept;

}  // namespace aegis::trace
