#include "temporary_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <random>
#include <string_view>
#include <system_error>
#include <utility>

#include "posix_file.hpp"

namespace aegis::trace {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = ".aegis-trace-";
constexpr std::string_view kSuffix = ".tmp";
constexpr std::size_t kDigits = 16;
constexpr int kNameTries = 16;

/// Not made from the target's name, which may be as long as names can be.
std::string random_name() {
  std::random_device entropy;
  const std::uint64_t number = (std::uint64_t{entropy()} << 32) | entropy();
  char digits[kDigits + 1];
  (void)std::snprintf(digits, sizeof digits, "%016" PRIx64, number);
  std::string name(kPrefix);
  name += digits;
  name += kSuffix;
  return name;
}

bool is_such_name(std::string_view name) {
  return name.size() == kPrefix.size() + kDigits + kSuffix.size() && name.starts_with(kPrefix) &&
         name.ends_with(kSuffix) &&
         name.substr(kPrefix.size(), kDigits).find_first_not_of("0123456789abcdef") ==
             std::string_view::npos;
}

/// Takes away what earlier processes have left in the folder. What cannot be looked at stays.
void clear_leftovers(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder.empty() ? fs::path(".") : folder, error), last;
       !error && entry != last; entry.increment(error)) {
    if (!is_such_name(entry->path().filename().native())) continue;
    const int descriptor =
        open(entry->path().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) continue;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && is_same_file(descriptor, entry->path())) {
      unlink(entry->path().c_str());
    }
    close(descriptor);
  }
}

}  // namespace

TemporaryFile::TemporaryFile(const fs::path& folder) {
  clear_leftovers(folder);
  error_ = EAGAIN;
  for (int tries = 0; error_ == EAGAIN && tries < kNameTries; ++tries) error_ = create(folder);
}

TemporaryFile::~TemporaryFile() {
  if (descriptor_ < 0) return;
  unlink(path_.c_str());
  close(descriptor_);
}

int TemporaryFile::create(const fs::path& folder) {
  path_ = folder / random_name();
  const int descriptor = open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                              S_IRUSR | S_IWUSR);
  if (descriptor < 0) return errno == EEXIST ? EAGAIN : errno;
  int error = 0;
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) error = errno == EWOULDBLOCK ? EAGAIN : errno;
  // Until it was locked, another process may have taken it for a leftover.
  if (error == 0 && !is_same_file(descriptor, path_)) error = EAGAIN;
  if (error == 0) {
    descriptor_ = descriptor;
    return 0;
  }
  unlink(path_.c_str());
  close(descriptor);
  return error;
}

int TemporaryFile::release() noexcept { return std::exchange(descriptor_, -1); }

int sync_folder(const fs::path& folder) noexcept {
  const int descriptor =
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  // Some file systems cannot sync a folder, and say so with EINVAL: there is nothing to wait for.
  const int error = fsync(descriptor) == 0 || errno == EINVAL ? 0 : errno;
  close(descriptor);
  return error;
}

}  // namespace aegis::trace
