#include "process_start.hpp"

#include <unistd.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

namespace aegis::trace {

std::uint64_t process_start_ticks(std::uint64_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return 0;
  // The second field is the program's name in brackets, which may hold anything, also brackets.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(line.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  return fields && field.find_first_not_of("0123456789") == std::string::npos
             ? std::stoull(field)
             : 0;
}

ProcessStart own_process_start() {
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  ProcessStart start{.ticks = process_start_ticks(static_cast<std::uint64_t>(getpid()))};
  const long ticks_per_second = sysconf(_SC_CLK_TCK);
  if (start.ticks == 0 || ticks_per_second <= 0) return start;
#ifdef CLOCK_BOOTTIME
  timespec boot{};
  if (clock_gettime(CLOCK_BOOTTIME, &boot) != 0) return start;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t since_boot_ns = std::int64_t{boot.tv_sec} * kNanosPerSecond + boot.tv_nsec;
  const auto started_ns =
      static_cast<std::int64_t>(start.ticks) * (kNanosPerSecond / ticks_per_second);
  start.wall_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count() -
                  (since_boot_ns - started_ns);
#endif
  return start;
}

}  // namespace aegis::trace
