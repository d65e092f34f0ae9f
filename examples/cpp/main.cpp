// The recorder in C++, with neither Node nor anything else.
#include <iostream>
#include <string>
#include <thread>

#include "aegis/trace/collector.hpp"

using aegis::trace::Severity;
using aegis::trace::TraceCollector;
using aegis::trace::TraceQuery;

int main() {
  TraceCollector collector(10'000);
  const auto schedule = [&collector](const std::string& worker) {
    for (int i = 0; i < 100; ++i) {
      collector.record_now("quantum", worker, "earliest deadline", {.request_id = "request " + std::to_string(i)});
    }
  };
  {
    const std::jthread first(schedule, "worker 1");
    const std::jthread second(schedule, "worker 2");
  }
  collector.record_now("deadline_miss", "Scheduler", "19 ms late", {.request_id = "request 7", .severity = Severity::Warning});

  for (const auto& event : collector.reconstruct_decision_chain("request 7")) {
    std::cout << event.component << ": " << event.rationale << '\n';
  }
  const auto stats = collector.stats();
  std::cout << stats.recorded << " recorded, " << stats.dropped << " dropped\n";
  collector.export_json("trace.json");
}
