#pragma once

#include <cstdint>

namespace aegis::trace {

/// When a process began; zeros where the system does not say. With the pid it names one process for
/// as long as the machine is up.
struct ProcessStart {
  std::uint64_t ticks = 0;    ///< field 22 of /proc/PID/stat: clock ticks since boot
  std::int64_t wall_ns = 0;   ///< the same moment, nanoseconds since the Unix epoch
};

[[nodiscard]] ProcessStart own_process_start();
/// Field 22 of /proc/PID/stat, or 0 when there is no such process or no /proc.
[[nodiscard]] std::uint64_t process_start_ticks(std::uint64_t pid);

}  // namespace aegis::trace
