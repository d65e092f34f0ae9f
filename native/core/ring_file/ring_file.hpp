#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>

#include "aegis/trace/clock.hpp"
#include "aegis/trace/options.hpp"
#include "aegis/trace/stats.hpp"
#include "aegis/trace/recover.hpp"
#include "ring_file/mapping_guard.hpp"
#include "ring_file/ring_file_format.hpp"

namespace aegis::trace {

/// The file of a ring: made, reserved, locked and mapped for as long as it lives.
///
/// The lock is flock(2)'s, which the kernel releases when the process dies: whoever gets it knows
/// that no ring is alive in the file, and nobody has to guess whether a holder is stale.
///
/// Invariants: every block of the file is allocated before it is mapped, so that storing into it
/// never fails; the file at its path is complete from the moment it has that name. When another program
/// cuts the file all the same, the mapping goes on as memory.
class RingFile {
 public:
  /// Takes the place at options.file; a ring file that is there is kept under another name.
  /// INT64_MIN is stored into `wake` when the file turns out to be cut.
  /// @throws TraceError (kFile); (kOption) for a path that is none.
  RingFile(const CollectorOptions& options, std::uint32_t chunk_bytes, std::size_t chunk_count,
           const RingSeed& seed, const ClockAnchor& clock, std::atomic<std::int64_t>& wake);
  /// Notes that the ring was closed, and leaves the file.
  ~RingFile();
  RingFile(const RingFile&) = delete;
  RingFile& operator=(const RingFile&) = delete;

  [[nodiscard]] RingState& state() noexcept {
    return *reinterpret_cast<RingState*>(mapping_ + kRingStateOffset);
  }
  /// Of a further anchor; one that was there before under this number is replaced.
  void store_anchor(std::size_t slot, const ClockAnchor& anchor) noexcept;
  /// The memory of the chunk at `index`, which is 0 to below chunk_count.
  [[nodiscard]] std::byte* chunk(std::size_t index) noexcept {
    return mapping_ + kRingFileHeaderBytes + index * chunk_bytes_;
  }

  /// Notes in the files of all rings of this process how it ends. The first note stays.
  static void note_end(const RunEnd& end) noexcept;
  /// What another program has done to the file since: kKept, kDeleted or kCut.
  [[nodiscard]] RingFileState look() const noexcept;
  /// Whether something that was in the file reads as zeros.
  [[nodiscard]] bool is_broken() const noexcept { return guard_->is_broken(); }
  /// From now on the mapping is memory, zeroed. Nobody may use it meanwhile, but to write what nobody
  /// reads. @return as MappingGuard::replace().
  bool leave() noexcept;

 private:
  void note_own_end(const RunEnd& end) noexcept;

  const std::uint32_t chunk_bytes_;
  std::size_t bytes_ = 0;
  int descriptor_ = -1;
  std::byte* mapping_ = nullptr;
  std::optional<MappingGuard> guard_;  ///< of the mapping
};

}  // namespace aegis::trace
