// Records two decisions of one request, prints their chain and exports them.

#include <aegis/trace/collector.hpp>
#include <cstdio>

using namespace aegis::trace;

int main() {
  try {
    TraceCollector collector(100'000);
    collector.record_now("admission_result", "AdmissionController",
                         "admitted: utilisation 0.85 below bound 1.0", {.request_id = "req-1"});
    collector.record(TraceEventBuilder()
                         .with_type("deadline_miss")
                         .with_component("Scheduler")
                         .with_request_id("req-1")
                         .with_severity(Severity::Error)
                         .with_duration(Duration::from_millis(12))
                         .with_attribute("deadline_ns", "72000000")
                         .build());

    for (const TraceEvent& event : collector.reconstruct_decision_chain("req-1")) {
      std::printf("%s %s: %s\n", event.component.c_str(), event.event_type.c_str(),
                  event.rationale.c_str());
    }
    collector.export_json("trace.json");
  } catch (const TraceError& error) {
    std::fprintf(stderr, "%s: %s\n", code_name(error.code()), error.what());
    return 1;
  }
}
