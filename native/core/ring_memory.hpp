#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "aegis/trace/clock.hpp"
#include "aegis/trace/collector.hpp"
#include "ring_file_format.hpp"

namespace aegis::trace {

class RingFile;

/// Where the chunks and the marks of a ring live: on the heap, or in one mapped file. The ring does
/// not know which, but for the checksums that only records in a file need.
///
/// Threads: allocate() and the marks need the ring's mutex. Lifetime: as the ring's.
class RingMemory {
 public:
  /// @throws TraceError (kOption, kFile), std::bad_alloc.
  RingMemory(const CollectorOptions& options, std::uint32_t chunk_bytes, std::size_t max_chunks,
             const RingSeed& seed, const ClockAnchor& clock);
  ~RingMemory();
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  /// The memory of the next chunk; the caller asks for at most max_chunks. @throws std::bad_alloc.
  [[nodiscard]] std::byte* allocate();
  /// Whether records carry checksums.
  [[nodiscard]] bool is_file() const noexcept { return file_ != nullptr; }
  /// For the counters that recording threads add to.
  [[nodiscard]] RingState& state() noexcept { return *state_; }

  void mark_live_begin(std::uint32_t lane, std::uint64_t sequence) noexcept {
    store(state_->lanes[lane].live_begin, sequence);
  }
  void mark_sealed_end(std::uint32_t lane, std::uint64_t sequence) noexcept {
    store(state_->lanes[lane].sealed_end, sequence);
  }
  /// Call it after mark_live_begin: whoever reads the file then never counts an event twice.
  void mark_cleared(std::uint32_t lane, std::uint64_t events) noexcept {
    store(state_->lanes[lane].cleared, state_->lanes[lane].cleared + events);
  }
  /// The anchor of a slot from 1 on; in memory nobody reads it back.
  void mark_anchor(std::size_t slot, const ClockAnchor& anchor) noexcept;
  void mark_floor(std::int64_t recorded_at_ns, std::uint32_t lane,
                  std::uint64_t sequence) noexcept {
    store(state_->floor_sequence, sequence);
    store(state_->floor_lane, std::uint64_t{lane});
    store(state_->floor_recorded_at_ns, recorded_at_ns);
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept;
  };

  /// Release: a process that is killed leaves the stores in the order in which they were made.
  template <typename T>
  static void store(T& field, T value) noexcept {
    std::atomic_ref<T>(field).store(value, std::memory_order_release);
  }

  const std::uint32_t chunk_bytes_;
  std::unique_ptr<RingFile> file_;                     ///< null: on the heap
  std::vector<std::unique_ptr<std::byte, Free>> heap_;
  std::unique_ptr<RingState> own_state_;               ///< null: in the file
  RingState* state_;
  std::size_t allocated_ = 0;
};

}  // namespace aegis::trace
