#pragma once

#include <cstdint>

namespace aegis::trace {

/// What has become of the file of a ring.
enum class RingFileState : std::uint8_t {
  kNone,     ///< the ring is in memory
  kKept,     ///< it holds what is recorded
  kDeleted,  ///< it has no name any more: what is recorded goes when the process ends
  kCut,      ///< another program cut it, or the disk failed: what it held is gone, recording goes on in memory
};

/// Counters of a collector at one instant: `recorded == size + dropped + cleared`, exactly.
struct CollectorStats {
  std::uint64_t capacity = 0;
  std::uint64_t size = 0;       ///< events retained
  std::uint64_t recorded = 0;   ///< events accepted since construction
  std::uint64_t dropped = 0;    ///< oldest events given up for newer ones
  std::uint64_t cleared = 0;    ///< events removed by clear()
  std::uint64_t rejected = 0;   ///< events that could not be stored, so not in `recorded`
  std::uint64_t truncated = 0;  ///< recorded events of which some part was cut off
  std::uint64_t bytes = 0;      ///< ring memory held now
  RingFileState file_state = RingFileState::kNone;
};

/// What was exported.
struct ExportResult {
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
};

}  // namespace aegis::trace
