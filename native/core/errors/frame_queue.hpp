#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace aegis::trace {

/// Frames (spill_format.hpp), oldest first, in a fixed piece of memory. Each lies in one piece: one
/// that does not fit before the end of the memory begins at its start.
///
/// Threads: push, pop and mark need one lock. A frame that the mark has seen does not move or change
/// until it is popped: whoever pops may read it without the lock.
class FrameQueue {
 public:
  /// Takes its memory, untouched: pages are only used when frames come. @throws std::bad_alloc.
  explicit FrameQueue(std::size_t bytes);

  /// Copies a frame. @return false when there is no room.
  [[nodiscard]] bool push(std::span<const std::byte> frame) noexcept;
  /// Gives up the oldest `count`.
  void pop(std::size_t count) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return used_; }

  /// Where the frames lay at one instant.
  class Mark {
   public:
    [[nodiscard]] std::size_t size() const noexcept { return left_; }
    /// The next oldest. Only while size() is not 0.
    std::span<std::byte> next() noexcept;

   private:
    friend class FrameQueue;
    Mark(std::byte* memory, std::size_t at, std::size_t wrap, std::size_t left)
        : memory_(memory), at_(at), wrap_(wrap), left_(left) {}

    std::byte* memory_;
    std::size_t at_;
    std::size_t wrap_;
    std::size_t left_;
  };
  [[nodiscard]] Mark mark() noexcept { return {memory_.get(), head_, wrap_, count_}; }

 private:
  const std::size_t capacity_;
  const std::unique_ptr<std::byte[]> memory_;
  std::size_t head_ = 0;  ///< the oldest frame
  std::size_t tail_ = 0;  ///< where the next one goes, if it fits there
  std::size_t wrap_;      ///< after the last frame before the start; capacity_ when tail_ >= head_
  std::size_t count_ = 0;
  std::size_t used_ = 0;  ///< bytes of all frames
};

}  // namespace aegis::trace
