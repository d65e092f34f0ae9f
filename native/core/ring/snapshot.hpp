#pragma once

#include <cstdint>
#include <vector>

#include "aegis/trace/stats.hpp"
#include "record/chunk.hpp"

namespace aegis::trace {

/// Some records of one chunk, as a snapshot saw them. The chunk may since have been recycled.
struct ChunkSpan {
  Chunk* chunk;
  std::uint64_t chunk_sequence;  ///< of the chunk's first record
  std::uint32_t lane;
  std::uint32_t begin;  ///< position in the chunk
  std::uint32_t end;

  [[nodiscard]] std::uint64_t first_sequence() const noexcept { return chunk_sequence + begin; }
  [[nodiscard]] std::uint64_t end_sequence() const noexcept { return chunk_sequence + end; }

  /// Calls `visit(chunk)` with the chunk locked, unless it was recycled. @return whether it did. Of a
  /// file that was cut, records may be missing: see Chunk::has_record().
  template <typename Visit>
  bool visit(Visit&& visit) const {
    const std::lock_guard lock(chunk->mutex);
    if (!chunk->is(lane, chunk_sequence)) return false;
    visit(static_cast<const Chunk&>(*chunk));
    return true;
  }
};

/// Where the retained events lay at one instant, and the account of that instant. Holds no events
/// and no lock; only valid while the ring lives.
struct Snapshot {
  CollectorStats stats;
  std::vector<ChunkSpan> spans;           ///< lane by lane, each in order of sequence
  std::vector<std::uint64_t> live_begin;  ///< per lane
  std::vector<std::uint64_t> end;         ///< per lane
};

}  // namespace aegis::trace
