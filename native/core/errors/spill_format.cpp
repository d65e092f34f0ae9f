#include "errors/spill_format.hpp"

#include <algorithm>
#include <cstring>

#include "crc32c.hpp"

namespace aegis::trace {

namespace {

template <typename T>
std::span<const std::byte> bytes_of(const T& value) noexcept {
  return std::as_bytes(std::span(&value, 1));
}

std::uint32_t header_checksum(const SpillHeader& header) noexcept {
  return crc32c(bytes_of(header).first(offsetof(SpillHeader, checksum)));
}

}  // namespace

SpillHeader make_spill_header(const SpillOwner& owner) noexcept {
  SpillHeader header = {.magic = kSpillMagic,
                        .format_version = kSpillFormatVersion,
                        .header_bytes = sizeof(SpillHeader),
                        .pid = owner.pid,
                        .run = owner.run.bytes(),
                        .steady_ns = owner.anchors.front().steady_ns,
                        .wall_ns = owner.anchors.front().wall_ns,
                        .reserved = {},
                        .checksum = 0};
  header.checksum = header_checksum(header);
  return header;
}

std::optional<SpillOwner> read_spill_header(std::span<const std::byte> file) {
  SpillHeader header;
  if (file.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, file.data(), sizeof header);
  if (header.magic != kSpillMagic || header.format_version != kSpillFormatVersion ||
      header.header_bytes != sizeof header || header.checksum != header_checksum(header)) {
    return std::nullopt;
  }
  return SpillOwner{Uuid(header.run), header.pid, {{header.steady_ns, header.wall_ns}}};
}

std::uint32_t frame_checksum(const Uuid& run, std::span<const std::byte> frame) noexcept {
  // The run id goes first: bytes of another run's frame, say inside a message, are no frame here.
  const std::uint32_t of_run = crc32c(std::as_bytes(std::span(run.bytes())));
  const std::uint32_t of_start =
      crc32c(frame.first(offsetof(FrameHeader, checksum)), of_run);
  return crc32c(frame.subspan(offsetof(FrameHeader, lane)), of_start);
}

AnchorFrame make_anchor_frame(const Uuid& run, const ClockAnchor& anchor) noexcept {
  AnchorFrame frame = {.magic = kAnchorFrameMagic,
                       .length = sizeof(AnchorFrame),
                       .checksum = 0,
                       .reserved = 0,
                       .steady_ns = anchor.steady_ns,
                       .wall_ns = anchor.wall_ns};
  frame.checksum = frame_checksum(run, bytes_of(frame));
  return frame;
}

FrameParser::Verdict FrameParser::judge_anchor(std::span<const std::byte> bytes,
                                               bool is_end) const noexcept {
  AnchorFrame frame;
  if (bytes.size() < sizeof frame) return is_end ? Verdict::kNone : Verdict::kIncomplete;
  std::memcpy(&frame, bytes.data(), sizeof frame);
  const bool is_sound = frame.length == sizeof frame &&
                        frame.checksum == frame_checksum(run_, bytes.first(sizeof frame));
  return is_sound ? Verdict::kAnchor : Verdict::kNone;
}

void FrameParser::take_anchor(std::span<const std::byte> bytes) {
  AnchorFrame frame;
  std::memcpy(&frame, bytes.data(), sizeof frame);
  if (!anchors_.empty() && anchors_.back().steady_ns >= frame.steady_ns) return;
  if (anchors_.size() == kMaxSpillAnchors) anchors_.erase(anchors_.begin());
  anchors_.push_back({frame.steady_ns, frame.wall_ns});
}

FrameParser::Verdict FrameParser::judge(std::span<const std::byte> bytes, bool is_end,
                                        FrameHeader& header) const noexcept {
  if (bytes.size() < sizeof header) return is_end ? Verdict::kNone : Verdict::kIncomplete;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic == kAnchorFrameMagic) return judge_anchor(bytes, is_end);
  if (header.magic != kFrameMagic || header.length < kMinFrameBytes ||
      header.length > kMaxFrameBytes || header.length % 8 != 0) {
    return Verdict::kNone;
  }
  if (header.length > bytes.size()) return is_end ? Verdict::kNone : Verdict::kIncomplete;
  const auto frame = bytes.first(header.length);
  // First what is cheap: of overlapping candidates few can be well-formed, so that no file, however
  // it was made, has the same bytes summed again and again.
  if (!is_well_formed_output(frame.subspan(sizeof header))) return Verdict::kNone;
  return header.checksum == frame_checksum(run_, frame) ? Verdict::kFrame : Verdict::kNone;
}

std::size_t FrameParser::parse(std::span<const std::byte> bytes, bool is_end,
                               const Limits& limits, RecordedEvents& out) {
  const std::size_t no_events = out.places.size();
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (out.places.size() >= limits.events) break;
    if (out.places.size() > no_events && out.events.size() >= limits.bytes) break;
    FrameHeader header;
    const auto rest = bytes.subspan(at);
    const Verdict verdict = judge(rest, is_end, header);
    if (verdict == Verdict::kIncomplete) break;
    if (verdict == Verdict::kFrame) {
      in_gap_ = false;
      const auto record = rest.subspan(sizeof header, header.length - sizeof header);
      out.events.insert(out.events.end(), record.begin(), record.end());
      out.places.push_back({header.lane, header.sequence});
      at += header.length;
      continue;
    }
    if (verdict == Verdict::kAnchor) {
      in_gap_ = false;
      take_anchor(rest);
      at += sizeof(AnchorFrame);
      continue;
    }
    if (!in_gap_) ++gaps_;
    in_gap_ = true;
    // The next frame begins with what both magics do; a multiple of 8 only if nothing was torn before.
    const auto magic = bytes_of(kFrameMagic).first(3);
    const auto found = std::search(rest.begin() + 1, rest.end(), magic.begin(), magic.end());
    if (found != rest.end()) {
      at += static_cast<std::size_t>(found - rest.begin());
    } else {
      const std::size_t kept = is_end ? 0 : std::min(rest.size() - 1, magic.size() - 1);
      at = bytes.size() - kept;
      if (kept > 0) break;
    }
  }
  return at;
}

}  // namespace aegis::trace
