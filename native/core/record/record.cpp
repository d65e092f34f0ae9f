#include "record/record.hpp"

#include <bit>
#include <new>

#include "assert.hpp"
#include "record/record_checksum.hpp"
#include "utf8.hpp"

namespace aegis::trace {

namespace {

constexpr std::size_t kAlignment = 8;
/// Leaves room for one id, so that a record is never larger on its way out than limits allow.
constexpr std::size_t kMaxEncodedBytes = limits::kRecordBytes - Uuid::kBytes;

static_assert(sizeof(RecordHeader) + 4 * limits::kIdentifierBytes + limits::kRationaleBytes <
                  kMaxEncodedBytes,
              "an event without attributes must always fit");

constexpr std::size_t align_up(std::size_t bytes) {
  return (bytes + kAlignment - 1) & ~(kAlignment - 1);
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Whether a later attribute has the same key: the last one counts, and JSON must have each once.
bool is_repeated_later(const EventView& event, std::size_t position) noexcept {
  for (std::size_t i = position + 1; i < event.attributes.size() && i < limits::kAttributes; ++i) {
    if (event.attributes[i].first == event.attributes[position].first) return true;
  }
  return false;
}

/// Longer ones are left to memcpy(), whose call costs more than copying what most strings are.
constexpr std::size_t kMaxInlineBytes = 64;

/// Copies with a fixed size, which is two instructions.
template <std::size_t kBytes>
void copy(char* to, const char* from) noexcept {
  std::memcpy(to, from, kBytes);
}

/// @return one past the text. Pieces overlap where the length is odd; nothing outside of the text is read.
char* put(char* at, std::string_view text) noexcept {
  const std::size_t size = text.size();
  const char* from = text.data();
  if (size > kMaxInlineBytes) {
    std::memcpy(at, from, size);
  } else if (size >= 16) {
    for (std::size_t i = 0; i + 16 < size; i += 16) copy<16>(at + i, from + i);
    copy<16>(at + size - 16, from + size - 16);
  } else if (size >= 8) {
    copy<8>(at, from);
    copy<8>(at + size - 8, from + size - 8);
  } else if (size >= 4) {
    copy<4>(at, from);
    copy<4>(at + size - 4, from + size - 4);
  } else if (size > 0) {
    at[0] = from[0];
    at[size / 2] = from[size / 2];
    at[size - 1] = from[size - 1];
  }
  return at + size;
}

/// The fields of a header that are not times, as two words.
void hash_shape(ContentHash& hash, std::size_t type_bytes, std::size_t component_bytes,
                std::size_t model_bytes, std::size_t request_bytes, std::size_t rationale_bytes,
                std::uint16_t attribute_count, std::uint16_t truncated, std::uint8_t severity,
                bool has_id) noexcept {
  hash.number(type_bytes | component_bytes << 16 | model_bytes << 32 | request_bytes << 48);
  hash.number(rationale_bytes | std::uint64_t{attribute_count} << 16 |
              std::uint64_t{truncated} << 32 | std::uint64_t{severity} << 48 |
              std::uint64_t{has_id} << 56);
}

void hash_id(ContentHash& hash, const Uuid& id) noexcept {
  hash.text({reinterpret_cast<const char*>(id.bytes().data()), Uuid::kBytes});
}

void hash_attribute(ContentHash& hash, std::string_view key, std::string_view value) noexcept {
  hash.number(key.size() | value.size() << 32);
  hash.text(key);
  hash.text(value);
}

bool is_ascii(const char* text, std::size_t bytes) noexcept {
  std::uint64_t seen = 0;
  for (; bytes >= sizeof seen; bytes -= sizeof seen, text += sizeof seen) {
    std::uint64_t word = 0;
    std::memcpy(&word, text, sizeof word);
    seen |= word;
  }
  for (; bytes > 0; --bytes, ++text) seen |= static_cast<unsigned char>(*text);
  return (seen & 0x8080808080808080ULL) == 0;
}

}  // namespace

std::string_view cut_utf8(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && limit - end < 3 && is_continuation(text[end])) --end;
  return text.substr(0, is_continuation(text[end]) ? limit : end);
}

bool RecordEncoder::measure(EventView& event, RecordEncoder& out) noexcept {
  if (event.event_type.empty() || event.component.empty() || event.severity > 3) return false;
  if (event.event_id != nullptr && event.event_id->is_nil()) event.event_id = nullptr;
  std::uint16_t truncated = event.truncated;
  const auto limit = [&](std::string_view& text, std::size_t bytes, TruncatedField field) {
    if (text.size() <= bytes) return;
    text = cut_utf8(text, bytes);
    truncated = static_cast<std::uint16_t>(truncated | field);
  };
  limit(event.event_type, limits::kIdentifierBytes, kTruncatedType);
  limit(event.component, limits::kIdentifierBytes, kTruncatedComponent);
  limit(event.model_id, limits::kIdentifierBytes, kTruncatedModel);
  limit(event.request_id, limits::kIdentifierBytes, kTruncatedRequest);
  limit(event.rationale, limits::kRationaleBytes, kTruncatedRationale);

  std::size_t bytes = sizeof(RecordHeader) + (event.event_id == nullptr ? 0 : Uuid::kBytes) +
                      event.event_type.size() + event.component.size() + event.model_id.size() +
                      event.request_id.size() + event.rationale.size();
  std::uint64_t kept = 0;
  for (std::size_t i = 0; i < event.attributes.size(); ++i) {
    const auto& [key, value] = event.attributes[i];
    if (i < limits::kAttributes && is_repeated_later(event, i)) continue;
    const std::string_view cut_value = cut_utf8(value, limits::kAttributeValueBytes);
    const std::size_t attribute_bytes = sizeof(AttributeHeader) + key.size() + cut_value.size();
    if (cut_value.size() < value.size()) truncated |= kTruncatedAttributes;
    if (i >= limits::kAttributes || key.size() > limits::kAttributeKeyBytes ||
        !is_valid_utf8(key) || bytes + attribute_bytes > kMaxEncodedBytes) {
      truncated |= kTruncatedAttributes;
      continue;
    }
    bytes += attribute_bytes;
    kept |= std::uint64_t{1} << i;
  }
  // The name under which readers find what was cut is then ours.
  for (std::uint64_t left = truncated != 0 ? kept : 0; left != 0; left &= left - 1) {
    const auto& [key, value] = event.attributes[static_cast<std::size_t>(std::countr_zero(left))];
    if (key != RecordView::kTruncatedAttribute) continue;
    kept ^= left & (~left + 1);
    bytes -= sizeof(AttributeHeader) + key.size() +
             cut_utf8(value, limits::kAttributeValueBytes).size();
  }
  out.length_ = static_cast<std::uint32_t>(align_up(bytes));
  out.kept_attributes_ = kept;
  // Where there is no instruction for it, counting bits is a call; most events have none.
  out.attribute_count_ =
      kept == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(std::popcount(kept));
  out.truncated_ = truncated;
  return true;
}

void RecordEncoder::encode(const EventView& event, std::int64_t recorded_at_ns,
                         std::uint32_t checksum, std::byte* out) const noexcept {
  // In place: assembling it on the stack first would read back what was only just stored.
  RecordHeader& header = *new (out) RecordHeader;
  header.length = length_;
  header.checksum = checksum;
  header.recorded_at_ns = recorded_at_ns;
  header.timestamp_ns = event.timestamp_ns;
  header.duration_ns = event.duration_ns;
  header.type_bytes = static_cast<std::uint16_t>(event.event_type.size());
  header.component_bytes = static_cast<std::uint16_t>(event.component.size());
  header.model_bytes = static_cast<std::uint16_t>(event.model_id.size());
  header.request_bytes = static_cast<std::uint16_t>(event.request_id.size());
  header.rationale_bytes = static_cast<std::uint16_t>(event.rationale.size());
  header.attribute_count = attribute_count_;
  header.truncated = truncated_;
  header.severity = event.severity;
  header.flags = event.event_id == nullptr ? std::uint8_t{0} : std::uint8_t{kHasEventId};

  // The padding goes to TypeScript and to disk: it must not carry old events' bytes. All of the last word,
  // of which the strings overwrite what is theirs.
  std::memset(out + length_ - kAlignment, 0, kAlignment);
  char* at = reinterpret_cast<char*>(out) + sizeof header;
  if (event.event_id != nullptr) {
    std::memcpy(at, event.event_id->bytes().data(), Uuid::kBytes);
    at += Uuid::kBytes;
  }
  at = put(at, event.event_type);
  at = put(at, event.component);
  at = put(at, event.model_id);
  at = put(at, event.request_id);
  at = put(at, event.rationale);
  for (std::uint64_t left = kept_attributes_; left != 0; left &= left - 1) {
    const auto& [key, value] = event.attributes[static_cast<std::size_t>(std::countr_zero(left))];
    const std::string_view cut_value = cut_utf8(value, limits::kAttributeValueBytes);
    const AttributeHeader attribute = {static_cast<std::uint16_t>(key.size()),
                                       static_cast<std::uint16_t>(cut_value.size())};
    std::memcpy(at, &attribute, sizeof attribute);
    at = put(put(at + sizeof attribute, key), cut_value);
  }
  AEGIS_ASSERT(align_up(static_cast<std::size_t>(at - reinterpret_cast<char*>(out))) == length_);
}

std::uint64_t RecordEncoder::content_hash(const EventView& event,
                                        std::uint32_t request_hash) const noexcept {
  ContentHash hash;
  hash_shape(hash, event.event_type.size(), event.component.size(), event.model_id.size(),
             event.request_id.size(), event.rationale.size(), attribute_count_, truncated_,
             event.severity, event.event_id != nullptr);
  hash.number(static_cast<std::uint64_t>(event.timestamp_ns));
  hash.number(static_cast<std::uint64_t>(event.duration_ns));
  if (event.event_id != nullptr) hash_id(hash, *event.event_id);
  hash.text(event.event_type);
  hash.text(event.component);
  hash.text(event.model_id);
  hash.number(request_hash);
  hash.text(event.rationale);
  for (std::uint64_t left = kept_attributes_; left != 0; left &= left - 1) {
    const auto& [key, value] = event.attributes[static_cast<std::size_t>(std::countr_zero(left))];
    hash_attribute(hash, key, cut_utf8(value, limits::kAttributeValueBytes));
  }
  return hash.value();
}

std::uint64_t content_hash(const RecordView& record) noexcept {
  const RecordHeader& header = record.header();
  const bool has_id = (header.flags & kHasEventId) != 0;
  ContentHash hash;
  hash_shape(hash, header.type_bytes, header.component_bytes, header.model_bytes,
             header.request_bytes, header.rationale_bytes, header.attribute_count,
             header.truncated, header.severity, has_id);
  hash.number(static_cast<std::uint64_t>(header.timestamp_ns));
  hash.number(static_cast<std::uint64_t>(header.duration_ns));
  if (has_id) hash_id(hash, record.stored_event_id());
  hash.text(record.event_type());
  hash.text(record.component());
  hash.text(record.model_id());
  hash.number(hash_request_id(record.request_id()));
  hash.text(record.rationale());
  record.for_each_stored_attribute(
      [&](std::string_view key, std::string_view value) { hash_attribute(hash, key, value); });
  return hash.value();
}

Uuid RecordView::stored_event_id() const noexcept {
  std::array<std::uint8_t, Uuid::kBytes> bytes;
  std::memcpy(bytes.data(), header_ + 1, Uuid::kBytes);
  return Uuid(bytes);
}

std::string RecordView::truncated_fields(std::uint16_t bits) {
  constexpr std::pair<TruncatedField, std::string_view> kNames[] = {
      {kTruncatedType, "event_type"},       {kTruncatedComponent, "component"},
      {kTruncatedModel, "model_id"},        {kTruncatedRequest, "request_id"},
      {kTruncatedRationale, "rationale"},   {kTruncatedAttributes, "attributes"},
  };
  std::string fields;
  for (const auto& [bit, name] : kNames) {
    if ((bits & bit) == 0) continue;
    if (!fields.empty()) fields += ',';
    fields += name;
  }
  return fields;
}

std::size_t write_for_output(std::byte* out, const RecordView& record,
                             const Uuid& event_id) noexcept {
  const bool has_id = (record.header().flags & kHasEventId) != 0;
  const std::size_t strings_offset = sizeof(RecordHeader) + (has_id ? Uuid::kBytes : 0);
  const std::size_t strings_bytes = record.header().length - strings_offset;

  RecordHeader header = record.header();
  header.length += static_cast<std::uint32_t>(has_id ? 0 : Uuid::kBytes);
  header.checksum = 0;  // that was of the place in the ring
  header.flags |= kHasEventId;
  if (is_ascii(record.strings(), strings_bytes)) header.flags |= kAscii;

  std::memmove(out + sizeof header + Uuid::kBytes, record.strings(), strings_bytes);
  std::memcpy(out, &header, sizeof header);
  std::memcpy(out + sizeof header, event_id.bytes().data(), Uuid::kBytes);
  return header.length;
}

void append_for_output(std::vector<std::byte>& out, const RecordView& record,
                       const Uuid& event_id) {
  const std::size_t start = out.size();
  out.resize(start + record.header().length + Uuid::kBytes);
  out.resize(start + write_for_output(out.data() + start, record, event_id));
}

bool is_well_formed_output(std::span<const std::byte> bytes) noexcept {
  RecordHeader header;
  constexpr std::size_t kStringsOffset = sizeof header + Uuid::kBytes;
  if (bytes.size() < kStringsOffset || bytes.size() > limits::kRecordBytes) return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.length != bytes.size() || (header.flags & kHasEventId) == 0 ||
      (header.flags & ~(kHasEventId | kAscii)) != 0 || header.severity > 3 ||
      header.type_bytes == 0 || header.component_bytes == 0 ||
      header.attribute_count > limits::kAttributes || header.truncated >= kTruncatedAttributes * 2) {
    return false;
  }
  std::size_t end = kStringsOffset + header.type_bytes + header.component_bytes +
                    header.model_bytes + header.request_bytes + header.rationale_bytes;
  for (std::uint16_t i = 0; i < header.attribute_count; ++i) {
    AttributeHeader attribute;
    if (end + sizeof attribute > bytes.size()) return false;
    std::memcpy(&attribute, bytes.data() + end, sizeof attribute);
    end += sizeof attribute + attribute.key_bytes + attribute.value_bytes;
  }
  if (align_up(end) != bytes.size()) return false;
  const bool is_said_ascii = (header.flags & kAscii) != 0;
  const auto* strings = reinterpret_cast<const char*>(bytes.data()) + kStringsOffset;
  return !is_said_ascii || is_ascii(strings, bytes.size() - kStringsOffset);
}

TraceEvent decode_event(const RecordView& record) {
  return decode_event(record, record.stored_event_id());
}

TraceEvent decode_event(const RecordView& record, const Uuid& event_id) {
  const RecordHeader& header = record.header();
  TraceEvent event{.event_id = event_id,
                   .event_type = std::string(record.event_type()),
                   .component = std::string(record.component()),
                   .timestamp = Timestamp::from_nanos(header.timestamp_ns),
                   .duration = Duration::from_nanos(header.duration_ns),
                   .model_id = std::string(record.model_id()),
                   .request_id = std::string(record.request_id()),
                   .rationale = std::string(record.rationale()),
                   .severity = static_cast<Severity>(header.severity),
                   .attributes = {}};
  record.for_each_attribute([&](std::string_view key, std::string_view value) {
    event.attributes.insert_or_assign(std::string(key), std::string(value));
  });
  return event;
}

std::vector<TraceEvent> decode_events(std::span<const std::byte> records) {
  std::vector<TraceEvent> events;
  while (!records.empty()) {
    const RecordView record(records.data());
    events.push_back(decode_event(record));
    records = records.subspan(record.header().length);
  }
  return events;
}

}  // namespace aegis::trace
