#include "ring/thread_lanes.hpp"

#include <algorithm>
#include <new>
#include <vector>

#include "ring/ring.hpp"

namespace aegis::trace {

thread_local constinit LastLane t_last_lane = {0, nullptr};

namespace {

/// Trivially destructible, so that it can still be read when other thread_local objects are gone.
thread_local constinit bool t_thread_is_ending = false;

/// The lanes that one thread holds, one per ring it has recorded into.
class ThreadLanes {
 public:
  ThreadLanes() = default;
  ThreadLanes(const ThreadLanes&) = delete;
  ThreadLanes& operator=(const ThreadLanes&) = delete;

  ~ThreadLanes() {
    t_thread_is_ending = true;
    t_last_lane = {0, nullptr};
    for (const Held& held : held_) {
      if (const std::shared_ptr<Ring> ring = held.ring.lock()) ring->leave(*held.lane);
    }
  }

  Lane* find(Ring& ring) {
    for (const Held& held : held_) {
      if (held.ring_id == ring.id()) return held.lane;
    }
    std::erase_if(held_, [](const Held& held) { return held.ring.expired(); });
    held_.reserve(held_.size() + 1);
    Lane& lane = ring.join();
    held_.push_back({ring.id(), ring.weak_from_this(), &lane});
    return &lane;
  }

 private:
  struct Held {
    std::uint64_t ring_id;
    std::weak_ptr<Ring> ring;
    Lane* lane;
  };
  std::vector<Held> held_;
};

thread_local ThreadLanes t_lanes;

}  // namespace

Lane* find_thread_lane(Ring& ring) noexcept {
  try {
    // A thread_local destructor of somebody else's that records after ours has run borrows a lane:
    // lanes may be shared, and nobody would give this one back.
    if (t_thread_is_ending) return &ring.borrow();
    Lane* lane = t_lanes.find(ring);
    t_last_lane = {ring.id(), lane};
    return lane;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace aegis::trace
