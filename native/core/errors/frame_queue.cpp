#include "errors/frame_queue.hpp"

#include <cstring>

#include "assert.hpp"
#include "errors/spill_format.hpp"

namespace aegis::trace {

namespace {

std::size_t length_of(const std::byte* frame) noexcept {
  std::uint32_t length = 0;
  std::memcpy(&length, frame + offsetof(FrameHeader, length), sizeof length);
  return length;
}

}  // namespace

FrameQueue::FrameQueue(std::size_t bytes)
    : capacity_(bytes), memory_(new std::byte[bytes]), wrap_(bytes) {}

bool FrameQueue::push(std::span<const std::byte> frame) noexcept {
  const std::size_t length = frame.size();
  const bool is_wrapped = count_ > 0 && tail_ <= head_;
  if (is_wrapped) {
    if (head_ - tail_ < length) return false;
  } else if (capacity_ - tail_ < length) {
    // Also when head_ is 0, which is then in use unless nothing is.
    if (head_ < length) return false;
    wrap_ = tail_;
    tail_ = 0;
  }
  std::memcpy(memory_.get() + tail_, frame.data(), length);
  tail_ += length;
  ++count_;
  used_ += length;
  AEGIS_ASSERT(tail_ <= capacity_ && used_ <= capacity_);
  return true;
}

void FrameQueue::pop(std::size_t count) noexcept {
  for (; count > 0; --count) {
    if (head_ == wrap_) {
      head_ = 0;
      wrap_ = capacity_;
    }
    const std::size_t length = length_of(memory_.get() + head_);
    AEGIS_ASSERT(count_ > 0 && length <= used_ && head_ + length <= capacity_);
    head_ += length;
    used_ -= length;
    --count_;
  }
  if (count_ == 0) {
    // From the start again: a lane that never holds much touches few pages.
    head_ = tail_ = 0;
    wrap_ = capacity_;
  }
}

std::span<std::byte> FrameQueue::Mark::next() noexcept {
  if (at_ == wrap_) at_ = 0;
  std::byte* frame = memory_ + at_;
  const std::size_t length = length_of(frame);
  AEGIS_ASSERT(left_ > 0 && at_ + length <= wrap_);
  at_ += length;
  --left_;
  return {frame, length};
}

}  // namespace aegis::trace
