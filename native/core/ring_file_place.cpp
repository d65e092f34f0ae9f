#include "ring_file_place.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "aegis/trace/error.hpp"
#include "process_start.hpp"
#include "ring_file_format.hpp"

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

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
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

/// What the file says of who made it; nothing when it is not a ring file.
std::optional<RingFileIdentity> read_identity(int descriptor) {
  RingFileIdentity identity;
  if (pread(descriptor, &identity, sizeof identity, 0) != sizeof identity) return std::nullopt;
  if (identity.magic != kRingFileMagic) return std::nullopt;
  return identity;
}

bool is_alive(const RingFileIdentity& identity) {
  const std::uint64_t ticks = process_start_ticks(identity.pid);
  return ticks != 0 && (identity.process_start_ticks == 0 || ticks == identity.process_start_ticks);
}

/// Whether the file behind the descriptor is the one that the path names now.
bool is_same_file(int descriptor, const fs::path& path) {
  struct stat opened;
  struct stat named;
  return fstat(descriptor, &opened) == 0 && lstat(path.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

}  // namespace

RingFilePlace::RingFilePlace(const fs::path& path) : path_(path) {
  if (path.native().find('\0') != std::string::npos) {
    throw TraceError(ErrorCode::kOption, "file must be a path without NUL");
  }
  if (path.filename().empty() || path.filename() == "." || path.filename() == "..") {
    throw TraceError(ErrorCode::kOption, "file must name a file; got " + path.string());
  }
  std::error_code error;
  const fs::path folder = path.parent_path();
  if (!folder.empty() && !fs::exists(folder, error)) {
    // Private, as the file in it: what is recorded may be nobody else's business.
    for (fs::path made; const fs::path& part : folder) {
      made /= part;
      if (mkdir(made.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        fail_with_errno("mkdir " + made.string());
      }
    }
  }
  const Descriptor earlier(lock_earlier());  // before the costly part; asked again when taking

  static std::atomic<std::uint32_t> next = 0;
  // Not made from the target's name, which may be as long as names can be.
  std::string name = ".aegis-trace-";
  name += std::to_string(getpid());
  name += "-";
  name += std::to_string(next.fetch_add(1, std::memory_order_relaxed));
  name += ".ring.tmp";
  temporary_ = folder / name;
  descriptor_ = open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     S_IRUSR | S_IWUSR);
  if (descriptor_ < 0) fail_with_errno("open " + name);
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int lock_error = errno;
    unlink(temporary_.c_str());
    close(descriptor_);
    errno = lock_error;
    fail_with_errno("flock");
  }
}

RingFilePlace::~RingFilePlace() {
  if (descriptor_ < 0) return;
  unlink(temporary_.c_str());
  close(descriptor_);
}

void RingFilePlace::fail(const std::string& what) const {
  throw TraceError(ErrorCode::kFile, "cannot keep a ring in " + path_.string() + ": " + what);
}

void RingFilePlace::fail_with_errno(const std::string& what) const {
  fail(what + ": " + std::generic_category().message(errno));
}

int RingFilePlace::lock_earlier() const {
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
      std::string holder = "process ";
      holder += std::to_string(identity->pid);
      fail(holder + " is recording into it");
    } else {
      std::this_thread::sleep_for(kLockPause);
    }
    if (tries > kLockTries) fail("it keeps changing");
  }
}

fs::path RingFilePlace::numbered(std::size_t number) const {
  fs::path name = path_;
  name += ".";
  name += std::to_string(number);
  return name;
}

std::size_t RingFilePlace::first_free_number() const {
  std::size_t number = 1;
  struct stat status;
  while (number <= kMaxNumber && lstat(numbered(number).c_str(), &status) == 0) ++number;
  if (number > kMaxNumber) fail("there are too many earlier files");
  return number;
}

void RingFilePlace::move_aside() const {
  for (std::size_t to = first_free_number(); to > 0; --to) {
    const fs::path from = to == 1 ? path_ : numbered(to - 1);
    if (rename(from.c_str(), numbered(to).c_str()) != 0) {
      fail_with_errno("rename " + from.filename().string());
    }
  }
}

void RingFilePlace::delete_beyond(std::size_t keep_files) const noexcept {
  for (std::size_t number = keep_files + 1; number <= kMaxNumber; ++number) {
    const fs::path name = numbered(number);
    const Descriptor file(open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    // Somebody else's file of that name is not ours to delete; neither is what cannot be opened.
    if (file.get() < 0) return;
    if (read_identity(file.get())) unlink(name.c_str());
  }
}

int RingFilePlace::take(std::size_t keep_files) {
  for (int tries = 0; tries < kTakeTries; ++tries) {
    const Descriptor earlier(lock_earlier());
    if (earlier.get() >= 0) move_aside();
    if (link(temporary_.c_str(), path_.c_str()) == 0) {
      unlink(temporary_.c_str());
      delete_beyond(keep_files);
      return std::exchange(descriptor_, -1);
    }
    if (errno != EEXIST) fail_with_errno("link");
  }
  fail("it keeps changing");
}

}  // namespace aegis::trace
