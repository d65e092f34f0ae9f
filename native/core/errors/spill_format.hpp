#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "aegis/trace/clock.hpp"
#include "aegis/trace/limits.hpp"
#include "aegis/trace/uuid.hpp"
#include "record/event_position.hpp"
#include "record/record.hpp"

// The format of a spill file, described for readers in docs/formats/spill-file.md. An error lies in its
// lane in memory as the same frame.

namespace aegis::trace {

/// Whose errors these are.
struct SpillOwner {
  Uuid run;
  std::int32_t pid;
  std::vector<ClockAnchor> anchors;  ///< in order of steady time; one at least
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

inline constexpr std::uint32_t kAnchorFrameMagic = 0x41534741;  // "AGSA" in a hex dump

/// A further clock anchor of the run, among the frames of records; for those after it.
struct AnchorFrame {
  std::uint32_t magic;
  std::uint32_t length;    ///< its own: 32
  std::uint32_t checksum;  ///< as a frame's
  std::uint32_t reserved;
  std::int64_t steady_ns;
  std::int64_t wall_ns;
};
static_assert(sizeof(AnchorFrame) == 32);
/// Of a file; of more the newest are kept, as nothing else bounds what a file may hold.
inline constexpr std::size_t kMaxSpillAnchors = 64;

inline constexpr std::size_t kMinFrameBytes =
    sizeof(FrameHeader) + sizeof(RecordHeader) + Uuid::kBytes;
inline constexpr std::size_t kMaxFrameBytes = sizeof(FrameHeader) + limits::kRecordBytes;

[[nodiscard]] SpillHeader make_spill_header(const SpillOwner& owner) noexcept;
/// Nothing when these are not the first bytes of a spill file of this version, whole and unchanged.
[[nodiscard]] std::optional<SpillOwner> read_spill_header(std::span<const std::byte> file);

[[nodiscard]] std::uint32_t frame_checksum(const Uuid& run,
                                           std::span<const std::byte> frame) noexcept;

[[nodiscard]] AnchorFrame make_anchor_frame(const Uuid& run, const ClockAnchor& anchor) noexcept;

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
  /// may go on after `bytes` is left. @return bytes dealt with.
  std::size_t parse(std::span<const std::byte> bytes, bool is_end, const Limits& limits,
                    RecordedEvents& out);

  /// Stretches that were not frames.
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }
  /// Of the anchor frames so far, in order of steady time.
  [[nodiscard]] const std::vector<ClockAnchor>& anchors() const noexcept { return anchors_; }

 private:
  enum class Verdict { kFrame, kAnchor, kNone, kIncomplete };
  [[nodiscard]] Verdict judge(std::span<const std::byte> bytes, bool is_end,
                              FrameHeader& header) const noexcept;
  [[nodiscard]] Verdict judge_anchor(std::span<const std::byte> bytes, bool is_end) const noexcept;
  void take_anchor(std::span<const std::byte> bytes);

  Uuid run_;
  std::uint64_t gaps_ = 0;
  bool in_gap_ = false;
  std::vector<ClockAnchor> anchors_;
};

}  // namespace aegis::trace
