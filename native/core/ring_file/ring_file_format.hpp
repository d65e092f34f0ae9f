#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "aegis/trace/clock.hpp"
#include "record/record_checksum.hpp"
#include "ring/ring_seed.hpp"

// The head of a ring file, described byte by byte in docs/formats/ring-file.md. All integers are
// little-endian; the chunks that follow are those of docs/formats/record.md.

namespace aegis::trace {

inline constexpr std::uint64_t kRingFileMagic = 0x474e495253494745ULL;  // "EGISRING" in a hex dump
inline constexpr std::uint32_t kRingFileVersion = 1;
/// A page: the chunks that follow it begin on one.
inline constexpr std::uint32_t kRingFileHeaderBytes = 4096;
inline constexpr std::uint32_t kRingFileLanes = 64;
/// Sequences are below this, so that the sum over all lanes is exact in a double.
inline constexpr std::uint64_t kMaxSequence = std::uint64_t{1} << 47;

/// What never changes after the file has been made. Everything but the checksum itself is checksummed.
struct RingFileIdentity {
  std::uint64_t magic;
  std::uint32_t format_version;
  std::uint32_t header_bytes;
  std::uint32_t chunk_bytes;
  std::uint32_t lane_count;
  std::uint64_t chunk_count;
  std::uint64_t capacity;
  std::uint64_t pid;
  std::uint64_t process_start_ticks;    ///< field 22 of /proc/PID/stat; 0: unknown
  std::int64_t process_start_wall_ns;   ///< 0: unknown
  std::int64_t steady_ns;               ///< one moment on both clocks
  std::int64_t wall_ns;
  RingSeed seed;
  std::uint64_t checksum;
};
static_assert(sizeof(RingFileIdentity) == 104);
static_assert(std::is_trivially_copyable_v<RingFileIdentity>);

[[nodiscard]] inline std::uint64_t identity_checksum(const RingFileIdentity& identity) noexcept {
  ContentHash hash;
  hash.text({reinterpret_cast<const char*>(&identity), offsetof(RingFileIdentity, checksum)});
  return ContentHash::fold(hash.value(), kRingFileMagic);
}

/// How far one lane has come. Each field only grows.
struct LaneMarks {
  std::uint64_t live_begin;  ///< older sequences were given up or cleared: they do not come back
  std::uint64_t sealed_end;  ///< after the last sealed chunk: counts what was recycled since
  std::uint64_t cleared;     ///< events that clear() removed; stored after live_begin, never above it
  std::uint64_t reserved;
};
static_assert(sizeof(LaneMarks) == 32);

/// What the ring writes as it goes on. A ring in memory has one too, that nobody reads back. Fields
/// are stored one by one with release order, under the ring's mutex, except the counters.
struct RingState {
  std::uint64_t rejected;
  std::uint64_t truncated;
  /// What the memory bound has given up: everything up to this place in the order of recording.
  /// Stored from the last field to the first, so that a half-stored one is never above the new one.
  std::int64_t floor_recorded_at_ns;
  std::uint64_t floor_lane;
  std::uint64_t floor_sequence;
  std::int64_t closed_wall_ns;  ///< when the ring was closed; 0: it never was
  std::uint64_t end;            ///< RunEnd: its kind times 2^32, plus its code
  std::uint64_t reserved;
  LaneMarks lanes[kRingFileLanes];
};
static_assert(sizeof(RingState) == 64 + 64 * 32);
static_assert(std::is_trivially_copyable_v<RingState>);

inline constexpr std::size_t kRingStateOffset = 128;

/// A further clock anchor, for a time that the clocks parted; the first one is in the identity. Its
/// checksum tells one that is there from an empty slot, and from one that the crash has torn.
struct RingAnchor {
  std::int64_t steady_ns;
  std::int64_t wall_ns;
  std::uint64_t checksum;
};
static_assert(sizeof(RingAnchor) == 24);

[[nodiscard]] inline std::uint64_t anchor_checksum(const ClockAnchor& anchor,
                                                   const RingSeed& seed) noexcept {
  ContentHash hash;
  hash.text({reinterpret_cast<const char*>(&seed), sizeof seed});
  hash.number(static_cast<std::uint64_t>(anchor.steady_ns));
  hash.number(static_cast<std::uint64_t>(anchor.wall_ns));
  return ContentHash::fold(hash.value(), kRingFileMagic);
}

inline constexpr std::size_t kRingAnchors = 63;
/// The last bytes of the head: what lies before them is left for the state to grow.
inline constexpr std::size_t kRingAnchorsOffset =
    kRingFileHeaderBytes - kRingAnchors * sizeof(RingAnchor);
static_assert(kRingStateOffset + sizeof(RingState) <= kRingAnchorsOffset);

}  // namespace aegis::trace
