#pragma once

#include <cstdint>

namespace aegis::trace {

/// One instant on both clocks, by which steady times of a run become times of day.
struct ClockAnchor {
  std::int64_t steady_ns;
  std::int64_t wall_ns;  ///< since 1970
};

/// Reads both clocks, as close together as the machine allows.
[[nodiscard]] ClockAnchor read_clocks() noexcept;

}  // namespace aegis::trace
