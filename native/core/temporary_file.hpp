#pragma once

#include <filesystem>
#include <string>

namespace aegis::trace {

/// A file beside the one that it is to become: locked, mode 0600, and gone with this object unless it was
/// given away. A process that is killed leaves it behind; the next one that makes a file in that folder
/// takes it away, since nobody holds its lock any more.
///
/// The name is random: in a container every run may have the same process id.
class TemporaryFile {
 public:
  /// Makes the file in `folder`; empty: the current one. Look at is_open().
  explicit TemporaryFile(const std::filesystem::path& folder);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  /// Why it is not: an errno.
  [[nodiscard]] int error() const noexcept { return error_; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  /// The file has another name by now, or is to have none. @return its descriptor, the caller's from now on.
  [[nodiscard]] int release() noexcept;

 private:
  /// @return an errno; EAGAIN: another name may do.
  int create(const std::filesystem::path& folder);

  std::filesystem::path path_;
  int descriptor_ = -1;
  int error_ = 0;
};

/// Waits until the disk knows which names are in the folder; empty: the current one. @return an errno.
[[nodiscard]] int sync_folder(const std::filesystem::path& folder) noexcept;

}  // namespace aegis::trace
