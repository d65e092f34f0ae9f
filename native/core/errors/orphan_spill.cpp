#include "errors/orphan_spill.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "aegis/trace/error.hpp"
#include "posix_file.hpp"

namespace aegis::trace {

namespace fs = std::filesystem;

namespace {

bool is_spill_name(const std::string& name) {
  return name.starts_with("errors-") && name.ends_with(".spill");
}

/// Non-blocking: what has such a name may be a pipe.
int open_to_read(const fs::path& path) {
  return open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

}  // namespace

std::vector<std::string> OrphanSpill::list(const fs::path& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (!is_spill_name(path.filename().string())) continue;
    const Descriptor file(open_to_read(path));
    struct stat status;
    if (file.get() < 0 || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (lock_spill(file.get())) paths.push_back(path.string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw TraceError(ErrorCode::kSpill,
                     "cannot look for spill files in " + folder.string() + ": " + error.message());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::optional<OrphanSpill> OrphanSpill::open(const fs::path& path) {
  const auto fail = [&path](const std::string& what) {
    throw TraceError(ErrorCode::kSpill, "cannot read " + path.string() + ": " + what);
  };
  Descriptor file(open_to_read(path));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    fail(std::generic_category().message(errno));
  }
  struct stat status;
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) fail("expected a regular file");
  if (!lock_spill(file.get()) || !is_same_file(file.get(), path)) return std::nullopt;
  std::array<std::byte, sizeof(SpillHeader)> header;
  const ssize_t count = pread(file.get(), header.data(), header.size(), 0);
  if (count < 0) fail(std::generic_category().message(errno));
  const auto owner = read_spill_header(std::span(header).first(static_cast<std::size_t>(count)));
  if (!owner) {
    fail("expected the header of a spill file of version " + std::to_string(kSpillFormatVersion) +
         "; got something else, or a damaged one");
  }
  return OrphanSpill(file.release(), path, *owner);
}

OrphanSpill::OrphanSpill(int descriptor, fs::path path, const SpillOwner& owner)
    : descriptor_(descriptor),
      path_(std::move(path)),
      owner_(owner),
      acknowledged_(owner.run, sizeof(SpillHeader)),
      peeked_(acknowledged_) {}

OrphanSpill::OrphanSpill(OrphanSpill&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      owner_(std::move(other.owner_)),
      acknowledged_(std::move(other.acknowledged_)),
      peeked_(std::move(other.peeked_)) {}

SpillOwner OrphanSpill::owner() const {
  SpillOwner owner = owner_;
  for (const ClockAnchor& anchor : peeked_.anchors()) {
    if (anchor.steady_ns > owner.anchors.back().steady_ns) owner.anchors.push_back(anchor);
  }
  return owner;
}

OrphanSpill::~OrphanSpill() {
  if (descriptor_ >= 0) close(descriptor_);
}

RecordedEvents OrphanSpill::peek(std::size_t max_events, std::size_t max_bytes) {
  RecordedEvents out;
  struct stat status;
  int error = fstat(descriptor_, &status) == 0 ? 0 : errno;
  SpillReader reader = acknowledged_;
  if (error == 0) {
    error = reader.read(descriptor_, static_cast<std::uint64_t>(status.st_size),
                        {max_events, max_bytes}, out);
  }
  if (error != 0) {
    throw TraceError(ErrorCode::kSpill, "cannot read " + path_.string() + ": " +
                                            std::generic_category().message(error));
  }
  peeked_ = reader;
  return out;
}

void OrphanSpill::remove() {
  if (unlink(path_.c_str()) == 0 || errno == ENOENT) return;
  throw TraceError(ErrorCode::kSpill, "cannot remove " + path_.string() + ": " +
                                          std::generic_category().message(errno));
}

}  // namespace aegis::trace
