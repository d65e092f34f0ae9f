#include "errors/spill_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "aegis/trace/error.hpp"
#include "posix_file.hpp"

namespace aegis::trace {

namespace fs = std::filesystem;

namespace {

/// Read at a time: some hundred frames, and always more than one.
constexpr std::size_t kReadBytes = std::size_t{256} * 1024;
static_assert(kReadBytes > 2 * kMaxFrameBytes);

constexpr int kCreateFlags = O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC;

/// "errors-RUN-PID.spill", and "errors-RUN-PID-2.spill" for the second one of a run.
std::string file_name(const SpillOwner& owner, std::uint32_t number) {
  std::string run = owner.run.to_string();
  std::erase(run, '-');
  std::string name = "errors-";
  name += run;
  name += "-";
  name += std::to_string(owner.pid);
  if (number > 1) {
    name += "-";
    name += std::to_string(number);
  }
  name += ".spill";
  return name;
}

}  // namespace

void throw_spill_error(const fs::path& path, const char* what, int error) {
  throw TraceError(ErrorCode::kSpill, "cannot spill to " + path.string() + ": " + what + ": " +
                                          std::generic_category().message(error));
}

bool lock_spill(int descriptor) noexcept {
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

int SpillReader::read(int descriptor, std::uint64_t end, const FrameParser::Limits& limits,
                      RecordedEvents& out) {
  const std::size_t no_events = out.places.size();
  std::vector<std::byte> bytes;
  while (offset_ < end && out.places.size() < limits.events &&
         (out.places.size() == no_events || out.events.size() < limits.bytes)) {
    bytes.resize(std::min<std::uint64_t>(kReadBytes, end - offset_));
    std::size_t filled = 0;
    while (filled < bytes.size()) {
      const ssize_t count = pread(descriptor, bytes.data() + filled, bytes.size() - filled,
                                  static_cast<off_t>(offset_ + filled));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno;
      if (count == 0) break;  // shorter than it was: somebody cut it
      filled += static_cast<std::size_t>(count);
    }
    const bool is_end = filled < bytes.size() || offset_ + filled == end;
    const std::size_t done =
        parser_.parse(std::span(bytes).first(filled), is_end, limits, out);
    offset_ += done;
    if (is_end && done == filled) offset_ = end;
    // Not at the end, a window holds at least one whole frame, or is none: this always goes on.
    if (done == 0) break;
  }
  return 0;
}

SpillFile::SpillFile(const fs::path& folder, const SpillOwner& owner, const RunClock& clock,
                     std::uint32_t number, std::uint64_t max_bytes)
    : owner_(owner), clock_(clock), max_bytes_(max_bytes) {
  std::error_code error;
  const fs::path absolute = fs::absolute(folder, error);
  if (error) throw_spill_error(folder, "the current folder", error.value());
  const std::string name = file_name(owner, number);
  path_ = absolute / name;
  std::string unfinished_name = ".";
  unfinished_name += name;
  unfinished_name += ".tmp";
  unfinished_path_ = absolute / unfinished_name;
  // Only making a file shows that one can be made: permissions alone say little.
  const int probe = open(unfinished_path_.c_str(), kCreateFlags, S_IRUSR | S_IWUSR);
  if (probe < 0) throw_spill_error(folder, "make a file", errno);
  close(probe);
  unlink(unfinished_path_.c_str());
}

SpillFile::~SpillFile() {
  if (descriptor_ < 0) return;
  if (pending() == 0) unlink(path_.c_str());
  close(descriptor_);
}

int SpillFile::create_unfinished() const noexcept {
  const int descriptor = open(unfinished_path_.c_str(), kCreateFlags, S_IRUSR | S_IWUSR);
  if (descriptor < 0) return -errno;
  if (lock_spill(descriptor)) return descriptor;
  const int error = errno;
  unlink(unfinished_path_.c_str());
  close(descriptor);
  return -error;
}

int SpillFile::create() noexcept {
  // Under another name until it is locked and has its header: whoever finds a spill file that is not
  // locked may take it for a dead process's.
  const int descriptor = create_unfinished();
  if (descriptor < 0) return -descriptor;
  descriptor_ = descriptor;
  const SpillHeader header = make_spill_header(owner_);
  end_ = 0;
  int error = write_all(std::as_bytes(std::span(&header, 1)));
  if (error == 0 && rename(unfinished_path_.c_str(), path_.c_str()) != 0) error = errno;
  if (error == 0) return 0;
  unlink(unfinished_path_.c_str());
  close(descriptor_);
  descriptor_ = -1;
  return error;
}

int SpillFile::write_all(std::span<const std::byte> bytes) noexcept {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t count = write(descriptor_, bytes.data() + written, bytes.size() - written);
    if (count > 0) {
      written += static_cast<std::size_t>(count);
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    const int error = count == 0 ? EIO : errno;
    // Takes the half back. Where even that fails readers skip it, and the next one goes after it.
    if (written > 0 && ftruncate(descriptor_, static_cast<off_t>(end_)) != 0) end_ += written;
    return error;
  }
  end_ += written;
  return 0;
}

int SpillFile::write_anchors() noexcept {
  const std::uint64_t version = clock_.version();
  if (version == anchors_version_) return 0;
  const RunClock::Anchors anchors = clock_.anchors();
  for (const ClockAnchor& anchor : anchors.span().subspan(1)) {
    if (anchor.steady_ns <= last_anchor_ns_) continue;
    const AnchorFrame frame = make_anchor_frame(owner_.run, anchor);
    const int error = write_all(std::as_bytes(std::span(&frame, 1)));
    if (error != 0) return error;
    last_anchor_ns_ = anchor.steady_ns;
  }
  anchors_version_ = version;
  return 0;
}

SpillFile::Outcome SpillFile::append(std::span<std::byte> frame) noexcept {
  const std::uint32_t checksum = frame_checksum(owner_.run, frame);
  std::memcpy(frame.data() + offsetof(FrameHeader, checksum), &checksum, sizeof checksum);
  const std::lock_guard lock(mutex_);
  Outcome outcome;
  if (descriptor_ < 0) {
    outcome.error = create();
  } else {
    outcome = check_locked();
  }
  if (outcome.error == 0 && end_ + frame.size() > max_bytes_) outcome.error = EFBIG;
  if (outcome.error == 0) outcome.error = write_anchors();
  if (outcome.error == 0) outcome.error = write_all(frame);
  if (outcome.error != 0) return outcome;
  pending_.fetch_add(1, kRelaxed);
  pending_bytes_.fetch_add(frame.size(), kRelaxed);
  return outcome;
}

SpillFile::Outcome SpillFile::check() noexcept {
  const std::lock_guard lock(mutex_);
  return check_locked();
}

SpillFile::Outcome SpillFile::check_locked() noexcept {
  Outcome outcome;
  struct stat status;
  if (descriptor_ < 0 || fstat(descriptor_, &status) != 0) return outcome;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < end_) outcome.lost = take_stock(size);
  if (!is_same_file(descriptor_, path_)) outcome.name_error = restore_name();
  return outcome;
}

std::uint64_t SpillFile::take_stock(std::uint64_t size) noexcept {
  ++cuts_;
  const std::uint64_t before = pending();
  std::uint64_t left = 0;
  if (size < sizeof(SpillHeader)) {
    const SpillHeader header = make_spill_header(owner_);
    end_ = 0;
    if (ftruncate(descriptor_, 0) == 0) static_cast<void>(write_all(std::as_bytes(std::span(&header, 1))));
  } else {
    end_ = size;
    // A frame that was cut in the middle stays: readers skip it.
    constexpr FrameParser::Limits kAtATime = {.events = 1'000, .bytes = kReadBytes};
    SpillReader reader(owner_.run, std::min(begin_, size));
    try {
      for (std::uint64_t at = 0; at < size; at = reader.offset()) {
        RecordedEvents found;
        const std::uint64_t from = reader.offset();
        if (reader.read(descriptor_, size, kAtATime, found) != 0) break;
        left += found.places.size();
        if (reader.offset() == from) break;
      }
    } catch (const std::bad_alloc&) {
      left = 0;
    }
  }
  begin_ = std::min(begin_, std::max<std::uint64_t>(end_, sizeof(SpillHeader)));
  anchors_version_ = 0;
  last_anchor_ns_ = INT64_MIN;
  left = std::min(left, before);
  pending_.store(left, kRelaxed);
  pending_bytes_.store(end_ - std::min(begin_, end_), kRelaxed);
  return before - left;
}

int SpillFile::restore_name() noexcept {
  const int copy = create_unfinished();
  if (copy < 0) return -copy;
  int error = 0;
  std::byte buffer[16 * 1024];
  for (std::uint64_t at = 0; error == 0 && at < end_;) {
    const std::size_t wanted = std::min<std::uint64_t>(sizeof buffer, end_ - at);
    const ssize_t count = pread(descriptor_, buffer, wanted, static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || write(copy, buffer, static_cast<std::size_t>(count)) != count) {
      error = errno == 0 ? EIO : errno;
    } else {
      at += static_cast<std::uint64_t>(count);
    }
  }
  if (error == 0 && rename(unfinished_path_.c_str(), path_.c_str()) != 0) error = errno;
  // The same number from now on: a peek that is under way goes on in the copy.
  if (error == 0 && dup3(copy, descriptor_, O_CLOEXEC) < 0) error = errno;
  if (error != 0) unlink(unfinished_path_.c_str());
  close(copy);
  return error;
}

SpillFile::Outcome SpillFile::peek(const FrameParser::Limits& limits, RecordedEvents& out) {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  int descriptor = -1;
  Outcome outcome;
  {
    const std::lock_guard lock(mutex_);
    outcome = check_locked();
    begin = begin_;
    end = end_;
    descriptor = descriptor_;
    peeked_cuts_ = cuts_;
  }
  const std::size_t before = out.places.size();
  SpillReader reader(owner_.run, begin);
  // What is in the file is given also when it has lost its name.
  if (descriptor >= 0) {
    const int error = reader.read(descriptor, end, limits, out);
    if (error != 0) outcome.error = error;
  }
  peeked_end_ = reader.offset();
  peeked_ = out.places.size() - before;
  return outcome;
}

void SpillFile::release() {
  const std::lock_guard lock(mutex_);
  if (descriptor_ < 0) return;
  // Offsets of before a cut say nothing: what is left comes again.
  if (peeked_cuts_ != cuts_) return;
  begin_ = peeked_end_;
  pending_.fetch_sub(std::min(peeked_, pending()), kRelaxed);
  peeked_ = 0;
  if (begin_ == end_) {
    // Frames that the disk has damaged are never returned: with the end of the file they are gone.
    pending_.store(0, kRelaxed);
    if (end_ > sizeof(SpillHeader) && ftruncate(descriptor_, sizeof(SpillHeader)) == 0) {
      begin_ = end_ = peeked_end_ = sizeof(SpillHeader);
      // The further anchors went with the frames.
      anchors_version_ = 0;
      last_anchor_ns_ = INT64_MIN;
    }
  }
  pending_bytes_.store(end_ - begin_, kRelaxed);
}

void SpillFile::sync() const noexcept {
  if (descriptor_ >= 0) fdatasync(descriptor_);
}

}  // namespace aegis::trace
