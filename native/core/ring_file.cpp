#include "ring_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "process_start.hpp"
#include "ring_file_place.hpp"
#include "run_clock.hpp"

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
                   std::size_t chunk_count, const RingSeed& seed, const ClockAnchor& clock)
    : chunk_bytes_(chunk_bytes), bytes_(kRingFileHeaderBytes + chunk_count * chunk_bytes) {
  RingFilePlace place(options.file);
  const auto require = [&](bool done, const char* what, int error) {
    if (!done) {
      place.fail(std::string(what) + " " + std::to_string(bytes_) + " bytes: " +
                 std::generic_category().message(error));
    }
  };
  const int error = reserve(place.descriptor(), bytes_);
  require(error == 0, "cannot reserve", error);
  void* mapping = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, place.descriptor(), 0);
  require(mapping != MAP_FAILED, "cannot map", errno);
  mapping_ = static_cast<std::byte*>(mapping);
  try {
    new (mapping_) RingFileIdentity(make_identity(options, chunk_bytes, chunk_count, seed, clock));
    new (mapping_ + kRingStateOffset) RingState{};
    descriptor_ = place.take(options.keep_files);
  } catch (...) {
    munmap(mapping_, bytes_);
    throw;
  }
}

RingFile::~RingFile() {
  std::atomic_ref<std::int64_t>(state().closed_wall_ns)
      .store(read_clocks().wall_ns, std::memory_order_release);
  munmap(mapping_, bytes_);
  close(descriptor_);
}

void RingFile::store_anchor(std::size_t slot, const ClockAnchor& anchor) noexcept {
  const auto& identity = *reinterpret_cast<const RingFileIdentity*>(mapping_);
  const RingAnchor stored = {anchor.steady_ns, anchor.wall_ns,
                             anchor_checksum(anchor, identity.seed)};
  auto* slots = reinterpret_cast<RingAnchor*>(mapping_ + kRingAnchorsOffset);
  slots[slot - 1] = stored;
}

}  // namespace aegis::trace
