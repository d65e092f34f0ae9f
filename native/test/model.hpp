#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

#include "aegis/trace/collector.hpp"

namespace aegis::trace::test {

/// What a collector is meant to be, in the plainest words: a log of everything recorded, in order,
/// of which the part from `begin` on is retained. Not thread-safe.
class Model {
 public:
  /// With `chunks`, also knows when the memory bound is reached: exact for one lane only.
  struct Chunks {
    std::size_t bytes;
    std::size_t count_max;
  };
  Model(std::size_t capacity, std::optional<Chunks> chunks)
      : capacity_(capacity), chunks_limit_(chunks) {}

  void record(TraceEvent event);
  void clear();
  /// Gives up the oldest until `size` are left, where the model cannot know by itself.
  void shrink_to(std::size_t size);

  [[nodiscard]] std::uint64_t recorded() const noexcept { return recorded_; }
  [[nodiscard]] std::uint64_t cleared() const noexcept { return cleared_; }
  [[nodiscard]] std::uint64_t begin() const noexcept { return recorded_ - retained_.size(); }
  [[nodiscard]] std::size_t size() const noexcept { return retained_.size(); }
  /// In order of recording, from the one with this number on, at most so many.
  [[nodiscard]] std::vector<TraceEvent> from(std::uint64_t first, std::size_t count) const;
  /// Matches by timestamp, ties in order of recording.
  [[nodiscard]] std::vector<TraceEvent> query(const TraceQuery& query) const;

 private:
  struct Chunk {
    std::size_t used_bytes;
    std::size_t count;
    std::uint64_t end;  ///< number after its last event
  };
  void make_room(std::size_t record_bytes);

  const std::size_t capacity_;
  const std::optional<Chunks> chunks_limit_;
  std::deque<TraceEvent> retained_;
  std::deque<Chunk> chunks_;  ///< those that hold something retained, and the open one
  std::uint64_t recorded_ = 0;
  std::uint64_t cleared_ = 0;
};

}  // namespace aegis::trace::test
