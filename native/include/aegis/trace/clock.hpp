#pragma once

#include <cstdint>

namespace aegis::trace {

/// One instant on both clocks, by which times of the steady clock become times of day. An event is
/// placed by the last anchor of its run that is not after it, or by the first.
struct ClockAnchor {
  std::int64_t steady_ns = 0;
  std::int64_t wall_ns = 0;  ///< since the Unix epoch

  friend bool operator==(const ClockAnchor&, const ClockAnchor&) = default;
};

}  // namespace aegis::trace
