// Random sequences of record, clear, query and read against the plainest model. A sequence is a
// function of its seed, which is printed where it fails; AEGIS_TEST_SEED and AEGIS_TEST_SEQUENCES
// choose others and more.

#include "model.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <random>
#include <thread>

#include "aegis/trace/recover.hpp"
#include "support.hpp"

namespace aegis::trace {
namespace {

using test::is_consistent;
using test::Model;

constexpr std::size_t kSmallChunk = 32 * 1024;

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// 0 to below `end`.
  std::size_t below(std::size_t end) { return engine_() % end; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  Uuid uuid() {
    std::array<std::uint8_t, Uuid::kBytes> bytes;
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(1 + below(255));
    return Uuid(bytes);
  }
  template <typename T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(values.size())];
  }

 private:
  std::mt19937_64 engine_;
};

/// Threads that can be told to do one thing, so that the order of all is known.
class Crew {
 public:
  explicit Crew(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) members_.push_back(std::make_unique<Member>());
  }
  /// Runs `work` on that thread and returns when it is done.
  void run(std::size_t thread, const std::function<void()>& work) { members_[thread]->run(work); }
  /// Ends that thread and puts another in its place.
  void replace(std::size_t thread) { members_[thread] = std::make_unique<Member>(); }

 private:
  class Member {
   public:
    ~Member() {
      run({});
      thread_.join();
    }
    void run(const std::function<void()>& work) {
      std::unique_lock lock(mutex_);
      work_ = &work;
      changed_.notify_one();
      changed_.wait(lock, [&] { return work_ == nullptr; });
    }

   private:
    void loop() {
      std::unique_lock lock(mutex_);
      for (bool more = true; more;) {
        changed_.wait(lock, [&] { return work_ != nullptr; });
        more = static_cast<bool>(*work_);
        if (more) (*work_)();
        work_ = nullptr;
        changed_.notify_one();
      }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    const std::function<void()>* work_ = nullptr;
    std::thread thread_{[this] { loop(); }};
  };

  std::vector<std::unique_ptr<Member>> members_;
};

/// One sequence: a collector, its model, and what is done to both.
class Sequence {
 public:
  struct Shape {
    std::size_t capacity;
    std::size_t max_bytes;
    std::size_t rationale_bytes;  ///< of an event, at most
    std::size_t attributes;       ///< of 1 000 bytes each, at most
    std::size_t burst;            ///< events at a time, at most
    bool one_lane;                ///< so that the model knows the memory bound
    bool in_file = false;         ///< the ring is in a file, and is recovered each time it is looked at
  };

  Sequence(Random& random, const Shape& shape)
      : random_(random),
        shape_(shape),
        collector_({.capacity = shape.capacity,
                    .max_bytes = shape.max_bytes,
                    .file = shape.in_file ? ring_file() : "",
                    .keep_files = 0}),
        model_(shape.capacity, chunks_of(shape)) {
    readers_.push_back({collector_.reader(), 0});
  }

  /// Something random, on the calling thread.
  void step() {
    switch (random_.below(10)) {
      case 0:
        if (random_.one_in(3)) {
          look();
          collector_.clear();
          model_.clear();
        }
        break;
      case 1:
        check_query();
        break;
      case 2:
        check_everything();
        break;
      case 3:
      case 4:
        check_read(readers_[random_.below(readers_.size())]);
        break;
      case 5:
        if (readers_.size() < 4) {
          look();
          readers_.push_back({collector_.reader(), model_.begin()});
        }
        break;
      default:
        for (std::size_t left = 1 + random_.below(shape_.burst); left > 0; --left) record();
    }
    look();
  }

  ~Sequence() {
    std::error_code ignored;
    if (shape_.in_file) std::filesystem::remove(ring_file(), ignored);
  }

  void finish() {
    check_everything();
    for (Tracked& tracked : readers_) {
      const ReadResult rest = tracked.reader.read(SIZE_MAX);
      tracked.missed += rest.missed;
      tracked.read += rest.events.size();
      ASSERT_EQ(tracked.start + tracked.read + tracked.missed, model_.recorded());
    }
  }

 private:
  struct Tracked {
    Reader reader;
    std::uint64_t start;  ///< number of the first event it is to account for
    std::uint64_t next = start;
    std::uint64_t read = 0;
    std::uint64_t missed = 0;
  };

  static std::optional<Model::Chunks> chunks_of(const Shape& shape) {
    if (!shape.one_lane) return std::nullopt;
    return Model::Chunks{kSmallChunk, shape.max_bytes / kSmallChunk};
  }

  void record() {
    TraceEvent event{.event_id = random_.uuid(),
                     .event_type = random_.one_in(3) ? "miss" : "decision",
                     .component = random_.one_of({"Scheduler", "Admission", "W"}),
                     .timestamp = Timestamp::from_nanos(static_cast<std::int64_t>(random_.below(20))),
                     .duration = Duration::from_nanos(static_cast<std::int64_t>(random_.below(9))),
                     .model_id = random_.one_in(2) ? "model_a" : "",
                     .request_id = "request-" + std::to_string(random_.below(5)),
                     .rationale = std::string(random_.below(shape_.rationale_bytes + 1), 'r'),
                     .severity = static_cast<Severity>(random_.below(4)),
                     .attributes = {}};
    for (std::size_t i = random_.below(shape_.attributes + 1); i > 0; --i) {
      event.attributes.emplace("k" + std::to_string(i), std::string(1'000, 'v'));
    }
    ASSERT_TRUE(collector_.record(event));
    model_.record(std::move(event));
  }

  /// The account; where the model does not know what the memory bound gave up, it learns it.
  void look() {
    const CollectorStats stats = collector_.stats();
    ASSERT_TRUE(is_consistent(stats));
    ASSERT_EQ(stats.recorded, model_.recorded());
    ASSERT_LE(stats.bytes, shape_.max_bytes);
    if (stats.bytes + 2 * kSmallChunk > shape_.max_bytes && !shape_.one_lane) {
      const std::uint64_t lost = stats.dropped - (model_.begin() - model_.cleared());
      ASSERT_LE(lost, model_.size());  // nothing comes back
      model_.shrink_to(model_.size() - lost);
    }
    ASSERT_EQ(stats.size, model_.size());
    ASSERT_EQ(stats.dropped, model_.begin() - model_.cleared());
    ASSERT_EQ(stats.cleared, model_.cleared());
  }

  void check_everything() {
    look();
    ASSERT_EQ(collector_.size(), model_.size());
    ASSERT_EQ(collector_.reader().read(SIZE_MAX).events, model_.from(0, SIZE_MAX));
    ASSERT_EQ(collector_.query({}), model_.query({}));
    if (!shape_.in_file) return;
    const RecoveredRing recovered = recover_ring(ring_file());
    ASSERT_EQ(recovered.events, model_.from(0, SIZE_MAX));
    ASSERT_EQ(recovered.info.stats.recorded, model_.recorded());
    ASSERT_EQ(recovered.info.stats.cleared, model_.cleared());
    ASSERT_EQ(recovered.info.skipped_records + recovered.info.skipped_chunks, 0U);
  }

  /// In memory where there is such a folder: it is not the disk that is tested.
  static std::filesystem::path ring_file() {
    static const std::filesystem::path folder =
        std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
    return folder / ("aegis-trace-model-" + std::to_string(getpid()) + ".ring");
  }

  void check_query() {
    look();
    TraceQuery query;
    if (random_.one_in(2)) query.start = Timestamp::from_nanos(static_cast<std::int64_t>(random_.below(10)));
    if (random_.one_in(2)) query.end = Timestamp::from_nanos(static_cast<std::int64_t>(10 + random_.below(10)));
    if (random_.one_in(4)) query.event_type = "miss";
    if (random_.one_in(4)) query.component = "Admission";
    if (random_.one_in(4)) query.model_id = random_.one_in(2) ? "model_a" : "";
    if (random_.one_in(3)) query.request_id = "request-" + std::to_string(random_.below(6));
    if (random_.one_in(3)) query.min_severity = static_cast<Severity>(random_.below(4));
    if (random_.one_in(3)) query.limit = random_.below(30);
    ASSERT_EQ(collector_.query(query), model_.query(query));
  }

  void check_read(Tracked& tracked) {
    look();
    const std::size_t most = random_.one_in(4) ? SIZE_MAX : random_.below(2 * shape_.burst);
    const ReadResult result = tracked.reader.read(most);
    const std::uint64_t missed = model_.begin() > tracked.next ? model_.begin() - tracked.next : 0;
    ASSERT_EQ(result.missed, missed);
    tracked.next += missed;
    ASSERT_EQ(result.events, model_.from(tracked.next, most));
    tracked.next += result.events.size();
    tracked.missed += result.missed;
    tracked.read += result.events.size();
  }

  Random& random_;
  const Shape shape_;
  TraceCollector collector_;
  Model model_;
  std::vector<Tracked> readers_;
};

Sequence::Shape one_lane_shape(Random& random) {
  Sequence::Shape shape{.capacity = random.one_of<std::size_t>({1, 2, 3, 7, 16, 50, 200}),
                        .max_bytes = limits::kMinRingBytes + random.below(4) * kSmallChunk / 2,
                        .rationale_bytes = 40,
                        .attributes = 0,
                        .burst = 12,
                        .one_lane = true};
  switch (random.below(4)) {
    case 0:  // many small events: chunks are filled by number
      if (random.one_in(4)) shape.burst = 400;
      break;
    case 1:  // two to thirty in a chunk: the memory bound is reached early
      shape.attributes = 15;
      shape.capacity = random.one_of<std::size_t>({1, 5, 10, 1'000'000});
      break;
    case 2:
      shape.rationale_bytes = 4'096;
      shape.capacity = random.one_of<std::size_t>({20, 50, 1'000'000});
      break;
    default:
      break;
  }
  // Below eight chunks there is one lane.
  shape.max_bytes = std::min(shape.max_bytes, 7 * kSmallChunk);
  shape.in_file = random.one_in(4);
  return shape;
}

Sequence::Shape many_lanes_shape(Random& random) {
  // Two to seven lanes.
  Sequence::Shape shape{.capacity = random.one_of<std::size_t>({1, 2, 7, 30, 100, 300}),
                        .max_bytes = (8 + random.below(20)) * kSmallChunk,
                        .rationale_bytes = 40,
                        .attributes = 0,
                        .burst = 8,
                        .one_lane = false};
  if (random.one_in(2)) {
    shape.attributes = 15;
    shape.capacity = random.one_of<std::size_t>({1, 20, 60, 1'000'000});
  } else if (random.one_in(8)) {
    shape.burst = 300;
  }
  shape.in_file = random.one_in(4);
  return shape;
}

/// Calls `run(random)` for many seeds, up to the first failure, which names its seed.
template <typename Run>
void for_each_seed(Run&& run) {
  const std::uint64_t first = test::number_from_environment("AEGIS_TEST_SEED", 20'240'607);
  const std::uint64_t count = test::number_from_environment("AEGIS_TEST_SEQUENCES", 10'000);
  std::cout << "seeds " << first << " to " << first + count - 1 << '\n';
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    SCOPED_TRACE("AEGIS_TEST_SEED=" + std::to_string(seed) + " AEGIS_TEST_SEQUENCES=1");
    Random random(seed);
    run(random);
    if (testing::Test::HasFailure()) return;
  }
}

TEST(Model, C1_C10_random_sequences_on_one_thread_agree_event_by_event) {
  for_each_seed([](Random& random) {
    Sequence sequence(random, one_lane_shape(random));
    for (std::size_t steps = 4 + random.below(20); steps > 0 && !testing::Test::HasFailure(); --steps) {
      sequence.step();
    }
    if (!testing::Test::HasFailure()) sequence.finish();
  });
}

TEST(Model, C1_C10_random_sequences_on_threads_that_take_turns_agree_event_by_event) {
  constexpr std::size_t kThreads = 6;
  Crew crew(kThreads);
  for_each_seed([&](Random& random) {
    Sequence sequence(random, many_lanes_shape(random));
    for (std::size_t turns = 3 + random.below(8); turns > 0; --turns) {
      const std::size_t thread = random.below(kThreads);
      if (random.one_in(40)) crew.replace(thread);
      crew.run(thread, [&] {
        for (std::size_t steps = 1 + random.below(4); steps > 0; --steps) {
          if (!testing::Test::HasFailure()) sequence.step();
        }
      });
    }
    if (!testing::Test::HasFailure()) sequence.finish();
  });
}

TEST(Model, C1_C10_random_sequences_on_threads_that_share_one_lane_agree_event_by_event) {
  constexpr std::size_t kThreads = 3;
  Crew crew(kThreads);
  for_each_seed([&](Random& random) {
    Sequence sequence(random, one_lane_shape(random));
    for (std::size_t turns = 2 + random.below(5); turns > 0; --turns) {
      crew.run(random.below(kThreads), [&] {
        for (std::size_t steps = 1 + random.below(4); steps > 0; --steps) {
          if (!testing::Test::HasFailure()) sequence.step();
        }
      });
    }
    if (!testing::Test::HasFailure()) sequence.finish();
  });
}

}  // namespace
}  // namespace aegis::trace
