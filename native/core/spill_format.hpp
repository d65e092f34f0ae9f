#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "aegis/trace/limits.hpp"
#include "aegis/trace/uuid.hpp"
#include "clock.hpp"
#include "place.hpp"
#include "record.hpp"

// The format of a spill file, described for readers in native/SPILL_FORMAT.md. An error lies in its
// lane in memory as the same frame.

namespace aegis::trace {

/// Whose errors these are.
struct SpillOwner {
  Uuid run;
  std::int32_t pid;
  ClockAnchor clock;
};

inline constexpr std::array<char, 8> kSpillMagic = {'A', 'G', 'T', 'S', 'P', 'I', 'L', 'L'};
inline constexpr std::uint16_t kSpillFormatVersion = 1;

struct SpillHeader {
  std::array<char, 8> magic;
  std::uint16_t format_version;
  std::uint16_t header_bytes;
  std::int32_t pid;
  std::array<std::uint8_t, Uuid::kBytes> run;
  std::int64_t steady_ns;
  std::int64_t wall_ns;
  std::uint8_t reserved[12];
  std::uint32_t checksum;  ///< CRC-32C of the bytes before it
};
static_assert(sizeof(SpillHeader) == 64);

inline constexpr std::uint32_t kFrameMagic = 0x46534741;  // "AGSF" in a hex dump

/// Precedes each record.
struct FrameHeader {
  std::uint32_t magic;
  std::uint32_t length;    ///< of the whole frame; a multiple of 8
  std::uint32_t checksum;  ///< CRC-32C of the run id and of the frame without this field
  std::uint32_t lane;
  std::uint64_t sequence;
};
static_assert(sizeof(FrameHeader) == 24);

inline constexpr std::size_t kMinFrameBytes =
    sizeof(FrameHeader) + sizeof(RecordHeader) + Uuid::kBytes;
inline constexpr std::size_t kMaxFrameBytes = sizeof(FrameHeader) + limits::kRecordBytes;

[[nodiscard]] SpillHeader make_spill_header(const SpillOwner& owner) noexcept;
/// Nothing when these are not the first bytes of a spill file of this version, whole and unchanged.
[[nodiscard]] std::optional<SpillOwner> read_spill_header(
    std::span<const std::byte> file) noexcept;

[[nodiscard]] std::uint32_t frame_checksum(const Uuid& run,
                                           std::span<const std::byte> frame) noexcept;

/// Finds the frames in bytes that may be anything: checks every length before it uses it, and every
/// checksum. What is no frame is skipped up to the next one; each such gap counts once.
class FrameParser {
 public:
  explicit FrameParser(const Uuid& run) noexcept : run_(run) {}

  struct Limits {
    std::size_t events;
    std::size_t bytes;  ///< of records; one event is returned however large it is
  };

  /// Appends the records of `bytes` to `out` until it has reached `limits`. Unless `is_end`, what
  /// may go on behind `bytes` is left. @return bytes dealt with.
  std::size_t parse(std::span<const std::byte> bytes, bool is_end, const Limits& limits,
                    PlacedRecords& out);

  /// Stretches that were not frames.
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }

 private:
  enum class Verdict { kFrame, kNone, kIncomplete };
  [[nodiscard]] Verdict judge(std::span<const std::byte> bytes, bool is_end,
                              FrameHeader& header) const noexcept;

  Uuid run_;
  std::uint64_t gaps_ = 0;
  bool in_gap_ = false;
};

}  // namespace aegis::trace
