#include "clock.hpp"

#include <chrono>

#include "aegis/trace/time.hpp"

namespace aegis::trace {

ClockAnchor read_clocks() noexcept {
  const std::int64_t steady_ns = Timestamp::now().to_nanos();
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return {steady_ns, std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count()};
}

}  // namespace aegis::trace
