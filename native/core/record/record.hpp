#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "aegis/trace/event.hpp"
#include "aegis/trace/limits.hpp"

// The layout of one record, described for readers in docs/formats/record.md. The same bytes lie in
// the ring and cross to TypeScript (src/collector/decode.ts), little-endian, 8-byte aligned.

namespace aegis::trace {

/// Events of this severity and above go into the error lane (see error_lane.hpp).
inline constexpr auto kErrorRank = static_cast<std::uint8_t>(Severity::Error);

/// What record() was given, as views. Attributes beyond the limits are dealt with when encoding.
struct EventView {
  std::string_view event_type;
  std::string_view component;
  std::string_view model_id;
  std::string_view request_id;
  std::string_view rationale;
  std::span<const std::pair<std::string_view, std::string_view>> attributes;
  std::int64_t duration_ns = 0;
  std::int64_t timestamp_ns = 0;
  const Uuid* event_id = nullptr;  ///< null or nil: the collector gives one
  bool has_timestamp = false;  ///< false: the time of recording
  std::uint8_t severity = 0;
  std::uint16_t truncated = 0;  ///< what the caller has cut off already, as TruncatedField bits
};

/// Bits of RecordHeader::truncated.
enum TruncatedField : std::uint16_t {
  kTruncatedType = 1U << 0,
  kTruncatedComponent = 1U << 1,
  kTruncatedModel = 1U << 2,
  kTruncatedRequest = 1U << 3,
  kTruncatedRationale = 1U << 4,
  kTruncatedAttributes = 1U << 5,
};

/// Bits of RecordHeader::flags.
enum RecordFlag : std::uint8_t {
  kHasEventId = 1U << 0,  ///< 16 bytes of id follow the header; else it follows from the sequence
  kAscii = 1U << 1,       ///< set only on records that leave the ring: no byte above 0x7f
};

struct RecordHeader {
  std::uint32_t length;    ///< header, strings and padding; a multiple of 8
  std::uint32_t checksum;  ///< 0 in memory; see record_checksum.hpp for rings in a file
  std::int64_t recorded_at_ns;
  std::int64_t timestamp_ns;
  std::int64_t duration_ns;
  std::uint16_t type_bytes;
  std::uint16_t component_bytes;
  std::uint16_t model_bytes;
  std::uint16_t request_bytes;
  std::uint16_t rationale_bytes;
  std::uint16_t attribute_count;
  std::uint16_t truncated;
  std::uint8_t severity;
  std::uint8_t flags;
};
static_assert(sizeof(RecordHeader) == 48);
static_assert(std::is_trivially_copyable_v<RecordHeader>);

/// Precedes each attribute's key and value bytes.
struct AttributeHeader {
  std::uint16_t key_bytes;
  std::uint16_t value_bytes;
};
static_assert(sizeof(AttributeHeader) == 4);

/// The first at most `limit` bytes, without splitting a UTF-8 sequence.
[[nodiscard]] std::string_view cut_utf8(std::string_view text, std::size_t limit) noexcept;

/// An event cut to the limits, with its size known: ready to be copied into a chunk.
class RecordEncoder {
 public:
  /// @return false when the event cannot be stored: no type, no component, unknown severity.
  [[nodiscard]] static bool measure(EventView& event, RecordEncoder& out) noexcept;

  [[nodiscard]] std::uint32_t length() const noexcept { return length_; }
  [[nodiscard]] bool truncated() const noexcept { return truncated_ != 0; }

  /// Writes length() bytes to `out`. `event` must be the one measured.
  void encode(const EventView& event, std::int64_t recorded_at_ns, std::uint32_t checksum,
              std::byte* out) const noexcept;
  /// Of everything in the record but its checksum and recorded_at_ns, for record_checksum().
  /// `request_hash` is hash_request_id() of the event's, which its index entry has anyway.
  [[nodiscard]] std::uint64_t content_hash(const EventView& event,
                                           std::uint32_t request_hash) const noexcept;

 private:
  std::uint32_t length_ = 0;
  std::uint16_t attribute_count_ = 0;
  std::uint16_t truncated_ = 0;
  std::uint64_t kept_attributes_ = 0;  ///< bit i: the i-th one is stored
};
static_assert(limits::kAttributes <= 64);

/// Reads a record where it lies. The record must be complete and must outlive the view.
class RecordView {
 public:
  explicit RecordView(const std::byte* record) noexcept
      : header_(reinterpret_cast<const RecordHeader*>(record)) {}

  [[nodiscard]] const RecordHeader& header() const noexcept { return *header_; }
  [[nodiscard]] const char* strings() const noexcept {
    const std::size_t id_bytes = (header_->flags & kHasEventId) != 0 ? Uuid::kBytes : 0;
    return reinterpret_cast<const char*>(header_ + 1) + id_bytes;
  }
  /// Only when the header says kHasEventId.
  [[nodiscard]] Uuid stored_event_id() const noexcept;

  [[nodiscard]] std::string_view event_type() const noexcept {
    return {strings(), header_->type_bytes};
  }
  [[nodiscard]] std::string_view component() const noexcept {
    return {strings() + header_->type_bytes, header_->component_bytes};
  }
  [[nodiscard]] std::string_view model_id() const noexcept {
    return {strings() + header_->type_bytes + header_->component_bytes, header_->model_bytes};
  }
  [[nodiscard]] std::string_view request_id() const noexcept {
    const char* end_of_model = model_id().data() + header_->model_bytes;
    return {end_of_model, header_->request_bytes};
  }
  [[nodiscard]] std::string_view rationale() const noexcept {
    const char* end_of_request = request_id().data() + header_->request_bytes;
    return {end_of_request, header_->rationale_bytes};
  }

  /// Calls `visit(key, value)` for each attribute in the order of recording, then once more for the
  /// one that names the truncated fields, if any were (kTruncatedAttribute).
  template <typename Visit>
  void for_each_attribute(Visit&& visit) const {
    for_each_stored_attribute(visit);
    if (header_->truncated != 0) {
      // The encoder stores no attribute of that name in a truncated event.
      visit(kTruncatedAttribute, truncated_fields(header_->truncated));
    }
  }

  /// The same without the last one.
  template <typename Visit>
  void for_each_stored_attribute(Visit&& visit) const {
    const char* at = rationale().data() + header_->rationale_bytes;
    for (std::uint16_t i = 0; i < header_->attribute_count; ++i) {
      AttributeHeader attribute;
      std::memcpy(&attribute, at, sizeof attribute);
      at += sizeof attribute;
      visit(std::string_view{at, attribute.key_bytes},
            std::string_view{at + attribute.key_bytes, attribute.value_bytes});
      at += attribute.key_bytes + attribute.value_bytes;
    }
  }

  /// The attribute under which a reader finds which fields were cut, such as "rationale,attributes".
  static constexpr std::string_view kTruncatedAttribute = "aegis.truncated";
  [[nodiscard]] static std::string truncated_fields(std::uint16_t bits);

 private:
  const RecordHeader* header_;
};

/// The same as RecordEncoder::content_hash of the event that became this well-formed record.
[[nodiscard]] std::uint64_t content_hash(const RecordView& record) noexcept;

/// Writes a record to `out` as it leaves the ring: with its id, and kAscii set where it is true. Its
/// strings may lie where they go: 64 bytes after `out`. @return its length, at most kRecordBytes.
std::size_t write_for_output(std::byte* out, const RecordView& record,
                             const Uuid& event_id) noexcept;
/// Appends what write_for_output writes.
void append_for_output(std::vector<std::byte>& out, const RecordView& record,
                       const Uuid& event_id);

/// Whether these bytes, which may be anything, are one record as write_for_output writes it: every
/// length within bounds, all lengths adding up to what there is.
[[nodiscard]] bool is_well_formed_output(std::span<const std::byte> bytes) noexcept;

/// Reads back what append_for_output wrote.
[[nodiscard]] TraceEvent decode_event(const RecordView& record);
/// The event of a record that need not carry its id.
[[nodiscard]] TraceEvent decode_event(const RecordView& record, const Uuid& event_id);
[[nodiscard]] std::vector<TraceEvent> decode_events(std::span<const std::byte> records);

/// A 32-bit hash of a request id, for the index of a chunk. Multiply-fold of 16-byte steps,
/// after wyhash (Wang Yi, public domain); not for adversarial inputs, a collision only costs a comparison.
[[nodiscard]] inline std::uint32_t hash_request_id(std::string_view id) noexcept {
  __extension__ using Wide = unsigned __int128;
  const auto fold = [](std::uint64_t a, std::uint64_t b) {
    const Wide product = Wide{a} * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  const auto load = [&id](std::size_t at, std::size_t bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, id.data() + at, bytes);
    return word;
  };
  constexpr std::uint64_t kSeed = 0xa0761d6478bd642fULL;
  constexpr std::uint64_t kStep = 0xe7037ed1a0b428dbULL;
  const std::size_t bytes = id.size();
  std::uint64_t hash = kSeed ^ bytes;
  std::size_t at = 0;
  for (; at + 16 <= bytes; at += 16) hash = fold(hash ^ load(at, 8), load(at + 8, 8) ^ kStep);
  // The last words overlap those before: copying an odd number of bytes is slower than that.
  if (bytes >= 16) {
    hash = fold(hash ^ load(bytes - 16, 8), load(bytes - 8, 8) ^ kStep);
  } else if (bytes >= 8) {
    hash = fold(hash ^ load(0, 8), load(bytes - 8, 8) ^ kStep);
  } else if (bytes >= 4) {
    hash = fold(hash ^ load(0, 4), load(bytes - 4, 4) ^ kStep);
  } else {
    for (; at < bytes; ++at) hash = fold(hash ^ load(at, 1), kStep);
  }
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

}  // namespace aegis::trace
