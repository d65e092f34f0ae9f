#include <mutex>
#include <new>

#include "ring/ring.hpp"

// What the ring does when another program does something to its file.

namespace aegis::trace {

[[gnu::noinline]] void Ring::check_file() noexcept {
  const bool has_changed = memory_.look_at_file();
  if (memory_.file_state() == RingFileState::kCut) {
    try {
      leave_file();
    } catch (const std::bad_alloc&) {
      return;  // the next one who looks tries again
    }
  }
  if (has_changed) file_notice_.store(true, std::memory_order_release);
}

void Ring::leave_file() {
  const Lock lock(mutex_);
  if (file_left_ && !memory_.is_broken()) return;
  // First nobody records or reads: open chunks are sealed, and then all of them given up.
  for (const auto& lane : lanes_) {
    if (Chunk* open = lane->open.load(std::memory_order_relaxed); open != nullptr) {
      const std::lock_guard chunk_lock(open->mutex);
      move_to_sealed(*lane, open);
      open->seal();
    }
    advance(*lane, lane->sealed_end);
  }
  memory_.leave_file();
  file_left_ = true;
}

}  // namespace aegis::trace
