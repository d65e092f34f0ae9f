#include "ring/ring_memory.hpp"

#include <cstdlib>
#include <new>

#include "ring_file/ring_file.hpp"

namespace aegis::trace {

namespace {

/// A chunk begins on a page, on the heap as in a mapped file.
constexpr std::size_t kChunkAlignment = 4096;

}  // namespace

void RingMemory::Free::operator()(std::byte* memory) const noexcept { std::free(memory); }

RingMemory::RingMemory(const CollectorOptions& options, std::uint32_t chunk_bytes,
                       std::size_t max_chunks, const RingSeed& seed,
                       const ClockAnchor& clock, std::atomic<std::int64_t>& wake)
    : chunk_bytes_(chunk_bytes),
      file_state_(options.file.empty() ? RingFileState::kNone : RingFileState::kKept) {
  if (options.file.empty()) {
    own_state_ = std::make_unique<RingState>();
    state_ = own_state_.get();
  } else {
    file_ = std::make_unique<RingFile>(options, chunk_bytes, max_chunks, seed, clock, wake);
    state_ = &file_->state();
  }
}

RingMemory::~RingMemory() = default;

bool RingMemory::file_is_broken() const noexcept { return file_->is_broken(); }

bool RingMemory::is_look_due(std::int64_t now) noexcept {
  if (file_ == nullptr) return false;
  if (is_broken()) return true;
  if (now < next_look_ns_.load(std::memory_order_relaxed)) return false;
  next_look_ns_.store(now + kLookIntervalNs, std::memory_order_relaxed);
  return true;
}

bool RingMemory::look_at_file() noexcept {
  if (file_ == nullptr || file_state() == RingFileState::kCut) return false;
  const RingFileState found = file_->look();
  return found != RingFileState::kKept &&
         file_state_.exchange(found, std::memory_order_acq_rel) != found;
}

void RingMemory::leave_file() noexcept { file_->leave(); }

void RingMemory::mark_anchor(std::size_t slot, const ClockAnchor& anchor) noexcept {
  if (file_ != nullptr) file_->store_anchor(slot, anchor);
}

std::byte* RingMemory::allocate() {
  if (file_ != nullptr) return file_->chunk(allocated_++);
  heap_.reserve(heap_.size() + 1);
  heap_.emplace_back(static_cast<std::byte*>(std::aligned_alloc(kChunkAlignment, chunk_bytes_)));
  if (heap_.back() == nullptr) {
    heap_.pop_back();
    throw std::bad_alloc();
  }
  return heap_.back().get();
}

}  // namespace aegis::trace
