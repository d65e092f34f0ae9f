#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ring/ring.hpp"
#include "ring/snapshot.hpp"

namespace aegis::trace {

/// Walks a snapshot in order of recording: a k-way merge over the lanes, each of which is read one
/// chunk at a time into a window of its own, so that no lock is held longer than one copy and memory
/// is one chunk a lane. What was recycled before its turn is counted, not returned.
class Scan {
 public:
  struct Item {
    RecordView record;  ///< valid until the next call of next()
    std::uint32_t lane;
    std::uint64_t sequence;
  };

  explicit Scan(const Snapshot& snapshot);

  /// The next record, or nothing at the end.
  [[nodiscard]] std::optional<Item> next();

  /// Events of the snapshot that were recycled or cleared before they could be copied.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }
  /// Per lane of the snapshot: the sequence after the last record returned or found lost; those
  /// copied but not yet returned are not passed.
  [[nodiscard]] std::uint64_t position(std::uint32_t lane) const noexcept;

 private:
  struct LaneWindow {
    std::uint32_t lane;
    const ChunkSpan* span;      ///< next one to copy
    const ChunkSpan* last_span;
    std::vector<std::byte> bytes;
    std::vector<std::uint32_t> offsets;  ///< of each record in `bytes`
    std::size_t at = 0;                  ///< next one to return
    std::uint64_t sequence = 0;          ///< of that record
    std::int64_t recorded_at_ns = 0;     ///< of that record
  };

  /// Copies the next span that still exists. @return false at the end of the lane.
  bool refill(LaneWindow& window);
  /// Moves to the record at `at`, refilling if need be. @return false at the end of the lane.
  bool settle(LaneWindow& window);

  std::vector<LaneWindow> windows_;
  LaneWindow* current_ = nullptr;  ///< whose record was returned last
  std::uint64_t lost_ = 0;
};

}  // namespace aegis::trace
