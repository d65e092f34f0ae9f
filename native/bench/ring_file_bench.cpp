// ring_file_bench CAPACITY EVENTS ROUNDS FILE: what recording into a ring in FILE costs beside one in
// memory, on one thread. Prints one JSON object, as record_bench does.

#include <cstdlib>
#include <iostream>
#include <vector>

#include "aegis/trace/collector.hpp"
#include "measure.hpp"

namespace {

using namespace aegis::bench;

class RingRecorder {
 public:
  explicit RingRecorder(const aegis::trace::CollectorOptions& options) : collector_(options) {}

  void record(const std::string& request_id) {
    collector_.record_now(kEventType, kComponent, kRationale,
                          {.model_id = kModelId,
                           .request_id = request_id,
                           .duration = aegis::trace::Duration::from_nanos(kDurationNs)});
  }

 private:
  aegis::trace::TraceCollector collector_;
};

void print(const char* name, const std::vector<Cost>& rounds) {
  std::cout << R"({"name":")" << name << R"(","rounds":[)";
  const char* comma = "";
  for (const Cost& cost : rounds) {
    std::cout << comma << R"({"wall_ns":)" << cost.wall_ns << R"(,"cpu_ns":)" << cost.cpu_ns << '}';
    comma = ",";
  }
  std::cout << "]}";
}

}  // namespace

int main(int argc, char** argv) {
  const auto count = [&](int at) { return argc == 5 ? std::strtoull(argv[at], nullptr, 10) : 0; };
  const std::size_t capacity = count(1);
  const std::size_t events = count(2);
  const std::size_t rounds = count(3);
  if (capacity == 0 || events == 0 || rounds == 0) {
    std::cerr << "usage: ring_file_bench CAPACITY EVENTS ROUNDS FILE\n";
    return 2;
  }
  const RequestIds ids;
  RingRecorder memory({.capacity = capacity});
  RingRecorder file({.capacity = capacity, .file = argv[4]});
  std::vector<Cost> memory_costs;
  std::vector<Cost> file_costs;
  for (std::size_t round = 0; round < rounds; ++round) {
    memory_costs.push_back(cost_per_event(memory, ids, capacity, 1, events));
    file_costs.push_back(cost_per_event(file, ids, capacity, 1, events));
  }
  std::cout << R"({"measurements":[)";
  print("memory", memory_costs);
  std::cout << ',';
  print("file", file_costs);
  std::cout << "]}\n";
}
