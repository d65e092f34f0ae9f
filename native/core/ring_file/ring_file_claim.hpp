#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "temporary_file.hpp"

namespace aegis::trace {

/// A new ring file on its way to its path. It is made under a temporary name beside it and locked;
/// take() gives it the path, after the ring file that stood there, if any, was moved to FILE.1, that
/// one to FILE.2, and so on. Until take() has returned, every earlier file is still there, and when
/// it does not, nothing is left behind.
///
/// Two processes at once: the path is given with link(2), which never replaces, and only to whom
/// holds the lock of what stood there; one of them gets it, the other is refused.
class RingFileClaim {
 public:
  /// Looks whether the path can be had, and makes the temporary file and the folder.
  /// @throws TraceError (kFile) when a live ring is there, naming its process, or what is there is
  /// no ring file; (kOption).
  explicit RingFileClaim(const std::filesystem::path& path);
  RingFileClaim(const RingFileClaim&) = delete;
  RingFileClaim& operator=(const RingFileClaim&) = delete;

  /// The new file, locked and empty.
  [[nodiscard]] int descriptor() const noexcept { return temporary_.descriptor(); }
  /// Publishes the file and deletes earlier ones beyond FILE.<keep_files>. @return its descriptor,
  /// which is the caller's from now on and holds the lock. @throws TraceError (kFile).
  [[nodiscard]] int take(std::size_t keep_files);

  /// Deletes now what take() would delete, for the room. @return whether there was anything.
  [[nodiscard]] bool make_room(std::size_t keep_files) const;

  [[noreturn]] void fail(const std::string& what) const;

 private:
  [[noreturn]] void fail_with_errno(const std::string& what) const;
  /// Locks the ring file at the path. @return its descriptor, or -1 when there is no file.
  [[nodiscard]] int lock_earlier() const;
  /// @return the number after the last of FILE.1, FILE.2, ... that is there.
  [[nodiscard]] std::size_t first_free_number() const;
  [[nodiscard]] std::filesystem::path numbered(std::size_t number) const;
  void move_aside() const;
  /// @return how many.
  std::size_t delete_beyond(std::size_t keep_files) const noexcept;

  std::filesystem::path path_;
  TemporaryFile temporary_;
};

}  // namespace aegis::trace
