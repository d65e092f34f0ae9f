#pragma once

#include <time.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "payload.hpp"

namespace aegis::bench {

/// What one event costs, in nanoseconds.
struct Cost {
  /// From the start to the end of all threads, over the events of all threads.
  double wall_ns;
  /// Time on a CPU, over the same events. Waiting for a mutex or for a CPU is not in it: where the
  /// machine is busy it stays true longer, and beside wall_ns it tells contention from work.
  double cpu_ns;
};

inline std::int64_t thread_cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// When one thread began and ended.
struct Shift {
  std::chrono::steady_clock::time_point start;
  std::chrono::steady_clock::time_point end;
  std::int64_t cpu_ns;
};

/// Lets `threads` threads record `events` in all into one contender. The ring has been filled once
/// by every thread before the clock starts. The threads read the clock themselves: the one that
/// waits for them may be woken late when they keep every core busy.
template <class Contender>
Cost cost_per_event(Contender& contender, const RequestIds& ids, std::size_t capacity,
                    std::size_t threads, std::size_t events) {
  using Clock = std::chrono::steady_clock;
  const std::size_t share = events / threads;
  std::barrier<> line(static_cast<std::ptrdiff_t>(threads));
  std::vector<Shift> shifts(threads);
  std::vector<std::thread> team;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    team.emplace_back([&, thread] {
      // Apart from each other: two threads do not walk the same request ids in step.
      const std::size_t first = thread * 500;
      for (std::size_t i = 0; i < capacity; ++i) contender.record(ids[first + i]);
      line.arrive_and_wait();
      const std::int64_t cpu_start_ns = thread_cpu_ns();
      const Clock::time_point start = Clock::now();
      for (std::size_t i = 0; i < share; ++i) contender.record(ids[first + i]);
      shifts[thread] = {start, Clock::now(), thread_cpu_ns() - cpu_start_ns};
    });
  }
  for (std::thread& member : team) member.join();

  Shift whole = shifts.front();
  whole.cpu_ns = 0;
  for (const Shift& shift : shifts) {
    whole.start = std::min(whole.start, shift.start);
    whole.end = std::max(whole.end, shift.end);
    whole.cpu_ns += shift.cpu_ns;
  }
  const std::chrono::duration<double, std::nano> wall = whole.end - whole.start;
  const auto recorded = static_cast<double>(share * threads);
  return {wall.count() / recorded, static_cast<double>(whole.cpu_ns) / recorded};
}

}  // namespace aegis::bench
