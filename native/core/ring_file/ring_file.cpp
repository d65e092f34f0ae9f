#include "ring_file/ring_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "process_start.hpp"
#include "ring_file/ring_file_claim.hpp"
#include "ring/run_clock.hpp"

namespace aegis::trace {

namespace {

/// For file systems that cannot allocate: writing has the same effect.
int write_zeros(int descriptor, std::size_t bytes) {
  const std::vector<std::byte> zeros(std::size_t{1} << 20);
  for (std::size_t at = 0; at < bytes;) {
    const ssize_t written = pwrite(descriptor, zeros.data(), std::min(zeros.size(), bytes - at),
                                   static_cast<off_t>(at));
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) at += static_cast<std::size_t>(written);
  }
  return 0;
}

/// Gives every block of the file its place on the disk. @return an errno.
int reserve(int descriptor, std::size_t bytes) {
  int error = EINTR;
  while (error == EINTR) error = posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
  return error == EOPNOTSUPP || error == EINVAL ? write_zeros(descriptor, bytes) : error;
}

std::mutex& files_mutex() {
  // Never freed: a ring may outlive everything static.
  static auto* mutex = new std::mutex;
  return *mutex;
}

/// All of this process. Guarded by files_mutex().
std::vector<RingFile*>& files() {
  static auto* all = new std::vector<RingFile*>;
  return *all;
}

RingFileIdentity make_identity(const CollectorOptions& options, std::uint32_t chunk_bytes,
                               std::size_t chunk_count, const RingSeed& seed,
                               const ClockAnchor& clock) {
  const ProcessStart start = own_process_start();
  RingFileIdentity identity{.magic = kRingFileMagic,
                            .format_version = kRingFileVersion,
                            .header_bytes = kRingFileHeaderBytes,
                            .chunk_bytes = chunk_bytes,
                            .lane_count = kRingFileLanes,
                            .chunk_count = chunk_count,
                            .capacity = options.capacity,
                            .pid = static_cast<std::uint64_t>(getpid()),
                            .process_start_ticks = start.ticks,
                            .process_start_wall_ns = start.wall_ns,
                            .steady_ns = clock.steady_ns,
                            .wall_ns = clock.wall_ns,
                            .seed = seed,
                            .checksum = 0};
  identity.checksum = identity_checksum(identity);
  return identity;
}

}  // namespace

RingFile::RingFile(const CollectorOptions& options, std::uint32_t chunk_bytes,
                   std::size_t chunk_count, const RingSeed& seed, const ClockAnchor& clock,
                   std::atomic<std::int64_t>& wake)
    : chunk_bytes_(chunk_bytes), bytes_(kRingFileHeaderBytes + chunk_count * chunk_bytes) {
  RingFileClaim place(options.file);
  const auto require = [&](bool done, const char* what, int error) {
    if (!done) {
      place.fail(std::string(what) + " " + std::to_string(bytes_) + " bytes: " +
                 std::generic_category().message(error));
    }
  };
  int error = reserve(place.descriptor(), bytes_);
  // What is about to be deleted may be what fills the disk.
  if (error == ENOSPC && place.make_room(options.keep_files)) {
    error = reserve(place.descriptor(), bytes_);
  }
  require(error == 0, "cannot reserve", error);
  void* mapping = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, place.descriptor(), 0);
  require(mapping != MAP_FAILED, "cannot map", errno);
  mapping_ = static_cast<std::byte*>(mapping);
  try {
    guard_.emplace(mapping_, bytes_, wake);
    new (mapping_) RingFileIdentity(make_identity(options, chunk_bytes, chunk_count, seed, clock));
    new (mapping_ + kRingStateOffset) RingState{};
    // Before it has its name: a power cut must not leave a file there that nobody can read.
    require(msync(mapping_, kRingFileHeaderBytes, MS_SYNC) == 0 && fsync(place.descriptor()) == 0,
            "cannot sync", errno);
    const std::lock_guard lock(files_mutex());
    files().reserve(files().size() + 1);
    descriptor_ = place.take(options.keep_files);
    files().push_back(this);
  } catch (...) {
    guard_.reset();
    munmap(mapping_, bytes_);
    throw;
  }
}

RingFile::~RingFile() {
  {
    const std::lock_guard lock(files_mutex());
    std::erase(files(), this);
    note_own_end({.kind = RunEnd::Kind::kClosed});
  }
  guard_.reset();
  munmap(mapping_, bytes_);
  close(descriptor_);
}

void RingFile::note_own_end(const RunEnd& end) noexcept {
  if (state().end != 0) return;
  const std::uint64_t value = (std::uint64_t{static_cast<std::uint32_t>(end.kind)} << 32) | end.code;
  std::atomic_ref(state().end).store(value, std::memory_order_release);
  std::atomic_ref(state().closed_wall_ns)
      .store(read_clocks().wall_ns, std::memory_order_release);
}

void RingFile::note_end(const RunEnd& end) noexcept {
  const std::lock_guard lock(files_mutex());
  for (RingFile* file : files()) file->note_own_end(end);
}

RingFileState RingFile::look() const noexcept {
  struct stat status;
  // What cannot be looked at is no worse than it was.
  if (guard_->is_broken()) return RingFileState::kCut;
  if (fstat(descriptor_, &status) != 0) return RingFileState::kKept;
  if (static_cast<std::uint64_t>(status.st_size) < bytes_) return RingFileState::kCut;
  return status.st_nlink == 0 ? RingFileState::kDeleted : RingFileState::kKept;
}

bool RingFile::leave() noexcept { return guard_->replace(); }

void RingFile::store_anchor(std::size_t slot, const ClockAnchor& anchor) noexcept {
  const auto& identity = *reinterpret_cast<const RingFileIdentity*>(mapping_);
  const RingAnchor stored = {anchor.steady_ns, anchor.wall_ns,
                             anchor_checksum(anchor, identity.seed)};
  auto* slots = reinterpret_cast<RingAnchor*>(mapping_ + kRingAnchorsOffset);
  slots[slot - 1] = stored;
}

}  // namespace aegis::trace
