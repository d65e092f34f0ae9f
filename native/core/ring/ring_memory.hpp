#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "aegis/trace/clock.hpp"
#include "aegis/trace/options.hpp"
#include "aegis/trace/stats.hpp"
#include "ring_file/ring_file_format.hpp"

namespace aegis::trace {

class RingFile;

/// Where the chunks and the marks of a ring live: on the heap, or in one mapped file. The ring does
/// not know which, but for the checksums that only records in a file need.
///
/// Threads: allocate() and the marks need the ring's mutex. Lifetime: as the ring's.
class RingMemory {
 public:
  /// @throws TraceError (kOption, kFile), std::bad_alloc.
  /// `wake`: as RingFile's.
  RingMemory(const CollectorOptions& options, std::uint32_t chunk_bytes, std::size_t max_chunks,
             const RingSeed& seed, const ClockAnchor& clock, std::atomic<std::int64_t>& wake);
  ~RingMemory();
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  /// The memory of the next chunk; the caller asks for at most max_chunks. @throws std::bad_alloc.
  [[nodiscard]] std::byte* allocate();
  /// Whether records carry checksums, and chunks their header.
  [[nodiscard]] bool is_file() const noexcept { return file_ != nullptr; }

  /// Whether something that was recorded reads as zeros, so that leave_file() is due.
  [[nodiscard]] bool is_broken() const noexcept { return file_ != nullptr && file_is_broken(); }
  /// What is known of the file. Any thread.
  [[nodiscard]] RingFileState file_state() const noexcept {
    return file_state_.load(std::memory_order_acquire);
  }
  /// Whether it is time to look at the file: recording does so once in kLookIntervalNs. Any thread.
  [[nodiscard]] bool is_look_due(std::int64_t now) noexcept;
  /// Looks at the file. Any thread. @return whether its state has changed.
  bool look_at_file() noexcept;
  /// The chunks go on as memory. None of them may be in use.
  void leave_file() noexcept;

  // Any thread: counters, of which the file has a copy.
  void count_rejected() noexcept { count(rejected_, state_->rejected); }
  void count_truncated() noexcept { count(truncated_, state_->truncated); }
  [[nodiscard]] std::uint64_t rejected() const noexcept {
    return rejected_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t truncated() const noexcept {
    return truncated_.load(std::memory_order_relaxed);
  }

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
  static constexpr std::int64_t kLookIntervalNs = 1'000'000'000;

  struct Free {
    void operator()(std::byte* memory) const noexcept;
  };

  /// Release: a process that is killed leaves the stores in the order in which they were made.
  template <typename T>
  static void store(T& field, T value) noexcept {
    std::atomic_ref<T>(field).store(value, std::memory_order_release);
  }

  /// Relaxed: they are counters and order nothing.
  static void count(std::atomic<std::uint64_t>& own, std::uint64_t& copy) noexcept {
    own.fetch_add(1, std::memory_order_relaxed);
    std::atomic_ref<std::uint64_t>(copy).fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] bool file_is_broken() const noexcept;

  const std::uint32_t chunk_bytes_;
  std::unique_ptr<RingFile> file_;                     ///< null: on the heap
  std::vector<std::unique_ptr<std::byte, Free>> heap_;
  std::unique_ptr<RingState> own_state_;               ///< null: in the file
  RingState* state_;
  std::size_t allocated_ = 0;
  std::atomic<std::uint64_t> rejected_ = 0;
  std::atomic<std::uint64_t> truncated_ = 0;
  std::atomic<std::int64_t> next_look_ns_ = INT64_MIN;
  std::atomic<RingFileState> file_state_;
};

}  // namespace aegis::trace
