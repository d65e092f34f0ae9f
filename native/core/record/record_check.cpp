#include "record/record_check.hpp"

#include <array>

#include "record/record.hpp"
#include "utf8.hpp"

namespace aegis::trace {

namespace {

constexpr std::uint16_t kAllTruncatedFields = kTruncatedType | kTruncatedComponent |
                                              kTruncatedModel | kTruncatedRequest |
                                              kTruncatedRationale | kTruncatedAttributes;

bool has_sound_header(const RecordHeader& header) noexcept {
  return header.type_bytes > 0 && header.type_bytes <= limits::kIdentifierBytes &&
         header.component_bytes > 0 && header.component_bytes <= limits::kIdentifierBytes &&
         header.model_bytes <= limits::kIdentifierBytes &&
         header.request_bytes <= limits::kIdentifierBytes &&
         header.rationale_bytes <= limits::kRationaleBytes &&
         header.attribute_count <= limits::kAttributes &&
         (header.truncated & ~kAllTruncatedFields) == 0 && header.severity <= 3 &&
         (header.flags & ~kHasEventId) == 0;
}

/// Walks the attributes at `at`. @return the offset after them, or 0 when they are not sound.
std::size_t end_of_attributes(const std::byte* record, const RecordHeader& header,
                              std::size_t at) noexcept {
  std::array<std::string_view, limits::kAttributes> keys;
  for (std::uint16_t i = 0; i < header.attribute_count; ++i) {
    AttributeHeader attribute;
    if (at + sizeof attribute > header.length) return 0;
    std::memcpy(&attribute, record + at, sizeof attribute);
    at += sizeof attribute;
    if (attribute.key_bytes > limits::kAttributeKeyBytes ||
        attribute.value_bytes > limits::kAttributeValueBytes ||
        at + attribute.key_bytes + attribute.value_bytes > header.length) {
      return 0;
    }
    keys[i] = {reinterpret_cast<const char*>(record) + at, attribute.key_bytes};
    // JSON must have each once, and what readers call a truncated event's list is not the caller's.
    if (!is_valid_utf8(keys[i])) return 0;
    if (header.truncated != 0 && keys[i] == RecordView::kTruncatedAttribute) return 0;
    for (std::uint16_t j = 0; j < i; ++j) {
      if (keys[j] == keys[i]) return 0;
    }
    at += std::size_t{attribute.key_bytes} + attribute.value_bytes;
  }
  return at;
}

}  // namespace

bool is_well_formed_record(const std::byte* record, std::size_t available) noexcept {
  if (available < sizeof(RecordHeader)) return false;
  const RecordHeader& header = *reinterpret_cast<const RecordHeader*>(record);
  if (header.length < sizeof(RecordHeader) || header.length > available ||
      header.length > limits::kRecordBytes || header.length % 8 != 0 ||
      !has_sound_header(header)) {
    return false;
  }
  const std::size_t strings = sizeof(RecordHeader) +
                              ((header.flags & kHasEventId) != 0 ? Uuid::kBytes : 0) +
                              header.type_bytes + header.component_bytes + header.model_bytes +
                              header.request_bytes + header.rationale_bytes;
  if (strings > header.length) return false;
  const std::size_t end = end_of_attributes(record, header, strings);
  if (end == 0 || (end + 7) / 8 * 8 != header.length) return false;
  for (std::size_t at = end; at < header.length; ++at) {
    if (record[at] != std::byte{0}) return false;
  }
  return true;
}

}  // namespace aegis::trace
