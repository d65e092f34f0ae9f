#include "ring_file/ring_file_claim.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <system_error>
#include <thread>

#include "aegis/trace/error.hpp"
#include "posix_file.hpp"
#include "process_start.hpp"
#include "ring_file/ring_file_format.hpp"

namespace aegis::trace {

namespace {

namespace fs = std::filesystem;

/// A bound on what is otherwise a walk over names that others may have made.
constexpr std::size_t kMaxNumber = 10'000;
/// How often a lock is asked for whose holder is not the process in the header: that one is just
/// moving the file aside, which takes it no longer than a few system calls.
constexpr int kLockTries = 100;
constexpr std::chrono::milliseconds kLockPause{10};
/// How often the path may change hands while we look.
constexpr int kTakeTries = 16;

/// What the file says of who made it. All zeros when it is empty, or its head is: a ring file that somebody
/// emptied, or whose head a power cut kept from the disk. Nothing when it is no ring file.
std::optional<RingFileIdentity> read_identity(int descriptor) {
  std::array<std::byte, kRingFileHeaderBytes> head{};
  std::size_t filled = 0;
  while (filled < head.size()) {
    const ssize_t count = pread(descriptor, head.data() + filled, head.size() - filled,
                                static_cast<off_t>(filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  RingFileIdentity identity;
  std::memcpy(&identity, head.data(), sizeof identity);
  if (identity.magic == kRingFileMagic) return identity;
  const bool is_blank = std::all_of(head.begin(), head.end(),
                                    [](std::byte byte) { return byte == std::byte{0}; });
  return is_blank ? std::optional(RingFileIdentity{}) : std::nullopt;
}

bool is_alive(const RingFileIdentity& identity) {
  const std::uint64_t ticks = process_start_ticks(identity.pid);
  return ticks != 0 && (identity.process_start_ticks == 0 || ticks == identity.process_start_ticks);
}

[[noreturn]] void fail_at(const fs::path& path, const std::string& what) {
  throw TraceError(ErrorCode::kFile, "cannot keep a ring in " + path.string() + ": " + what);
}

const fs::path& require_name(const fs::path& path) {
  if (path.native().find('\0') != std::string::npos) {
    throw TraceError(ErrorCode::kOption, "file must be a path without NUL");
  }
  if (path.filename().empty() || path.filename() == "." || path.filename() == "..") {
    throw TraceError(ErrorCode::kOption, "file must name a file; got " + path.string());
  }
  return path;
}

/// The folder of the file, which is made when it is missing.
fs::path made_folder(const fs::path& path) {
  std::error_code error;
  fs::path folder = path.parent_path();
  if (folder.empty() || fs::exists(folder, error)) return folder;
  // Private, as the file in it: what is recorded may be nobody else's business.
  for (fs::path made; const fs::path& part : folder) {
    made /= part;
    if (mkdir(made.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
      fail_at(path, "mkdir " + made.string() + ": " + std::generic_category().message(errno));
    }
  }
  return folder;
}

}  // namespace

RingFileClaim::RingFileClaim(const fs::path& path)
    : path_(require_name(path)), temporary_(made_folder(path)) {
  if (!temporary_.is_open()) {
    errno = temporary_.error();
    fail_with_errno("open " + temporary_.path().filename().string());
  }
  const Descriptor earlier(lock_earlier());  // before the costly part; asked again when taking
}

void RingFileClaim::fail(const std::string& what) const { fail_at(path_, what); }

void RingFileClaim::fail_with_errno(const std::string& what) const {
  fail(what + ": " + std::generic_category().message(errno));
}

int RingFileClaim::lock_earlier() const {
  for (int tries = 1;; ++tries) {
    // Without O_NONBLOCK, opening a pipe waits for its other end.
    Descriptor file(open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (file.get() < 0) {
      if (errno == ENOENT) return -1;
      if (errno == ELOOP) fail("expected a ring file or nothing there; got a link");
      fail_with_errno("open");
    }
    struct stat status;
    if (fstat(file.get(), &status) != 0) fail_with_errno("fstat");
    if (!S_ISREG(status.st_mode)) fail("expected a ring file or nothing there");
    const std::optional<RingFileIdentity> identity = read_identity(file.get());
    if (!identity) fail("what is there is no ring file, so it is left alone");
    if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) {
      if (is_same_file(file.get(), path_)) return file.release();
    } else if (errno != EWOULDBLOCK) {
      fail_with_errno("flock");
    } else if (is_alive(*identity) || tries == kLockTries) {
      std::string holder = "process";
      if (identity->pid != 0) holder.append(" ").append(std::to_string(identity->pid));
      fail(holder + " is recording into it");
    } else {
      std::this_thread::sleep_for(kLockPause);
    }
    if (tries > kLockTries) fail("it keeps changing");
  }
}

fs::path RingFileClaim::numbered(std::size_t number) const {
  fs::path name = path_;
  name += ".";
  name += std::to_string(number);
  return name;
}

std::size_t RingFileClaim::first_free_number() const {
  std::size_t number = 1;
  struct stat status;
  while (number <= kMaxNumber && lstat(numbered(number).c_str(), &status) == 0) ++number;
  if (number > kMaxNumber) fail("there are too many earlier files");
  return number;
}

void RingFileClaim::move_aside() const {
  for (std::size_t to = first_free_number(); to > 0; --to) {
    const fs::path from = to == 1 ? path_ : numbered(to - 1);
    if (rename(from.c_str(), numbered(to).c_str()) != 0) {
      fail_with_errno("rename " + from.filename().string());
    }
  }
}

std::size_t RingFileClaim::delete_beyond(std::size_t keep_files) const noexcept {
  std::size_t deleted = 0;
  for (std::size_t number = keep_files + 1; number <= kMaxNumber; ++number) {
    const fs::path name = numbered(number);
    const Descriptor file(open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    // Somebody else's file of that name is not ours to delete; neither is what cannot be opened.
    if (file.get() < 0) break;
    if (read_identity(file.get()) && unlink(name.c_str()) == 0) ++deleted;
  }
  return deleted;
}

bool RingFileClaim::make_room(std::size_t keep_files) const {
  const Descriptor earlier(lock_earlier());
  if (earlier.get() < 0) return delete_beyond(keep_files) > 0;
  // The one at the path is to become FILE.1, so that one fewer stays.
  if (keep_files > 0) return delete_beyond(keep_files - 1) > 0;
  return unlink(path_.c_str()) == 0 || delete_beyond(0) > 0;
}

int RingFileClaim::take(std::size_t keep_files) {
  for (int tries = 0; tries < kTakeTries; ++tries) {
    const Descriptor earlier(lock_earlier());
    if (earlier.get() >= 0) move_aside();
    if (link(temporary_.path().c_str(), path_.c_str()) == 0) {
      unlink(temporary_.path().c_str());
      delete_beyond(keep_files);
      // A power cut from here on finds the file under its name, or the one before.
      if (const int error = sync_folder(path_.parent_path()); error != 0) {
        errno = error;
        fail_with_errno("fsync of its folder");
      }
      return temporary_.release();
    }
    if (errno != EEXIST) fail_with_errno("link");
  }
  fail("it keeps changing");
}

}  // namespace aegis::trace
