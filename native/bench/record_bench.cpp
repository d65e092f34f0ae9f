// record_bench CAPACITY EVENTS ROUNDS: what recording costs in C++, with one thread and with two,
// beside spdlog's backtrace and a plain ring. Prints one JSON object: the cost of an event in every
// round. The contenders take turns in each round, so that a noisy moment of the machine is shared;
// scripts/bench/suites/cpp.mjs takes the medians.

#include <cstdlib>
#include <functional>
#include <iostream>
#include <vector>

#include "contenders.hpp"
#include "measure.hpp"

namespace {

using namespace aegis::bench;

struct Measurement {
  const char* name;
  std::size_t threads;
  std::function<Cost(std::size_t threads)> run;
  std::vector<Cost> rounds = {};
};

/// A positive integer, or 0 when the text is anything else.
std::size_t read_count(const char* text) {
  char* end = nullptr;
  const unsigned long long value = std::strtoull(text, &end, 10);
  return *end == '\0' ? value : 0;
}

void print(const std::vector<Measurement>& measurements) {
  std::cout << R"({"spdlog_version":)" << kSpdlogVersion << R"(,"measurements":[)";
  const char* separator = "";
  for (const Measurement& measurement : measurements) {
    std::cout << separator << R"({"name":")" << measurement.name << R"(","threads":)"
              << measurement.threads << R"(,"rounds":[)";
    separator = ",";
    const char* comma = "";
    for (const Cost& cost : measurement.rounds) {
      std::cout << comma << R"({"wall_ns":)" << cost.wall_ns << R"(,"cpu_ns":)" << cost.cpu_ns
                << '}';
      comma = ",";
    }
    std::cout << "]}";
  }
  std::cout << "]}\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t capacity = argc == 4 ? read_count(argv[1]) : 0;
  const std::size_t events = argc == 4 ? read_count(argv[2]) : 0;
  const std::size_t rounds = argc == 4 ? read_count(argv[3]) : 0;
  if (capacity == 0 || events == 0 || rounds == 0) {
    std::cerr << "usage: record_bench CAPACITY EVENTS ROUNDS, all positive integers\n";
    return 2;
  }

  const RequestIds ids;
  const auto measure = [&](auto& contender) {
    return [&](std::size_t threads) {
      return cost_per_event(contender, ids, capacity, threads, events);
    };
  };
  Recorder recorder(capacity);
  Recorder off(capacity, false);
  PlainRing plain(capacity);
  std::vector<Measurement> measurements = {{"aegis", 1, measure(recorder)},
                                           {"aegis", 2, measure(recorder)},
                                           {"aegis_off", 1, measure(off)},
                                           {"plain_ring", 1, measure(plain)},
                                           {"plain_ring", 2, measure(plain)}};
#ifdef AEGIS_BENCH_SPDLOG
  SpdlogBacktrace spdlog_backtrace(capacity);
  measurements.push_back({"spdlog_backtrace", 1, measure(spdlog_backtrace)});
  measurements.push_back({"spdlog_backtrace", 2, measure(spdlog_backtrace)});
#endif
  for (std::size_t round = 0; round < rounds; ++round) {
    for (Measurement& measurement : measurements) {
      measurement.rounds.push_back(measurement.run(measurement.threads));
    }
  }
  print(measurements);
}
