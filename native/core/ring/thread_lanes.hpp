#pragma once

#include <cstdint>
#include <memory>

namespace aegis::trace {

class Ring;
struct Lane;

/// The lane this thread used last, and of which ring: the whole lookup on the hot path. Ring ids
/// are never reused, so that a stale entry cannot match.
struct LastLane {
  std::uint64_t ring_id;
  Lane* lane;
};
extern thread_local constinit LastLane t_last_lane;

/// This thread's lane of `ring`, found among the lanes it has or joined anew and given back when
/// the thread ends. @return nullptr when there is no memory to remember it.
[[nodiscard]] Lane* find_thread_lane(Ring& ring) noexcept;

}  // namespace aegis::trace
