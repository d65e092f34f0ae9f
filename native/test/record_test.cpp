#include "record/record.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "support.hpp"

namespace aegis::trace {
namespace {

using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;

constexpr std::int64_t kRecordedAt = 42;

EventView minimal() {
  EventView event;
  event.event_type = "t";
  event.component = "c";
  return event;
}

/// The bytes that the ring would hold; empty when the event is rejected.
std::vector<std::byte> encoded(EventView event) {
  RecordEncoder size;
  if (!RecordEncoder::measure(event, size)) return {};
  // Dirty memory around it, to see that everything in it is written and nothing beyond.
  std::vector<std::byte> bytes(size.length() + 8, std::byte{0xee});
  size.encode(event, kRecordedAt, 0, bytes.data());
  EXPECT_TRUE(std::all_of(bytes.end() - 8, bytes.end(),
                          [](std::byte byte) { return byte == std::byte{0xee}; }));
  bytes.resize(size.length());
  return bytes;
}

/// As it comes out of a collector.
TraceEvent round_trip(const EventView& event, const Uuid& given_id = {}) {
  const std::vector<std::byte> bytes = encoded(event);
  std::vector<std::byte> out;
  const RecordView record(bytes.data());
  const bool has_id = (record.header().flags & kHasEventId) != 0;
  append_for_output(out, record, has_id ? record.stored_event_id() : given_id);
  const std::vector<TraceEvent> events = decode_events(out);
  EXPECT_EQ(events.size(), 1U);
  return events.at(0);
}

std::uint16_t truncated_bits(const EventView& event) {
  const std::vector<std::byte> bytes = encoded(event);
  return RecordView(bytes.data()).header().truncated;
}

TEST(CutUtf8, leaves_what_is_short_enough) {
  EXPECT_EQ(cut_utf8("", 0), "");
  EXPECT_EQ(cut_utf8("abc", 3), "abc");
  EXPECT_EQ(cut_utf8("abc", 4), "abc");
}

TEST(CutUtf8, never_splits_a_character_of_any_length) {
  for (const std::string_view character : {"a", "\u00e9", "\u20ac", "\U0001F600"}) {
    std::string text;
    for (int i = 0; i < 20; ++i) text += character;
    for (std::size_t limit = 1; limit <= text.size(); ++limit) {
      const std::size_t whole = limit - limit % character.size();
      EXPECT_EQ(cut_utf8(text, limit), std::string_view(text).substr(0, whole))
          << character << " at " << limit;
    }
  }
}

TEST(CutUtf8, cuts_at_the_limit_where_there_is_no_character_to_keep_whole) {
  const std::string continuations(20, '\x80');
  EXPECT_EQ(cut_utf8(continuations, 10).size(), 10U);
  EXPECT_EQ(cut_utf8(continuations, 1).size(), 1U);
}

TEST(Record, has_the_documented_layout) {
  const Uuid id = *Uuid::parse("00112233-4455-6677-8899-aabbccddeeff");
  const Pairs attributes = {{"key", "value"}};
  EventView event = minimal();
  event.event_type = "type";
  event.component = "comp";
  event.model_id = "m";
  event.request_id = "request";
  event.rationale = "why";
  event.attributes = attributes;
  event.duration_ns = -2;
  event.timestamp_ns = 1;
  event.event_id = &id;
  event.severity = 3;
  const std::vector<std::byte> bytes = encoded(event);
  const RecordHeader& header = RecordView(bytes.data()).header();
  EXPECT_EQ(header.length, bytes.size());
  EXPECT_EQ(header.length % 8, 0U);
  EXPECT_EQ(header.checksum, 0U);
  EXPECT_EQ(header.recorded_at_ns, kRecordedAt);
  EXPECT_EQ(header.timestamp_ns, 1);
  EXPECT_EQ(header.duration_ns, -2);
  EXPECT_EQ(header.severity, 3);
  EXPECT_EQ(header.flags, kHasEventId);
  const std::string text(reinterpret_cast<const char*>(bytes.data()) + sizeof(RecordHeader),
                         bytes.size() - sizeof(RecordHeader));
  const std::string strings = "typecompmrequestwhy";
  EXPECT_EQ(text.substr(16, strings.size()), strings);
  EXPECT_EQ(text.substr(16 + strings.size(), 12), std::string("\3\0\5\0keyvalue", 12));
  const std::string padding = text.substr(16 + strings.size() + 12);
  EXPECT_LT(padding.size(), 8U);
  EXPECT_EQ(padding, std::string(padding.size(), '\0'));
}

TEST(Record, C4_gives_back_every_field) {
  const Uuid id = Uuid::random();
  const Pairs attributes = {{"", "empty key"}, {"a", ""}, {"b", std::string_view("\0x", 2)}};
  EventView event = minimal();
  event.event_type = std::string_view("type\0", 5);
  event.component = "\xff not UTF-8 \xc0\x80";
  event.model_id = "m";
  event.request_id = "\U0001F600";
  event.rationale = "why";
  event.attributes = attributes;
  event.duration_ns = INT64_MIN;
  event.timestamp_ns = INT64_MAX;
  event.event_id = &id;
  event.severity = 2;
  const TraceEvent expected{
      .event_id = id,
      .event_type = std::string("type\0", 5),
      .component = "\xff not UTF-8 \xc0\x80",
      .timestamp = Timestamp::from_nanos(INT64_MAX),
      .duration = Duration::from_nanos(INT64_MIN),
      .model_id = "m",
      .request_id = "\U0001F600",
      .rationale = "why",
      .severity = Severity::Error,
      .attributes = {{"", "empty key"}, {"a", ""}, {"b", std::string("\0x", 2)}}};
  EXPECT_EQ(round_trip(event), expected);
}

TEST(Record, of_every_length_is_padded_with_zeros) {
  for (std::size_t bytes = 0; bytes < 32; ++bytes) {
    const std::string rationale(bytes, 'r');
    EventView event = minimal();
    event.rationale = rationale;
    const std::vector<std::byte> record = encoded(event);
    EXPECT_EQ(record.size(), (sizeof(RecordHeader) + 2 + bytes + 7) / 8 * 8);
    EXPECT_TRUE(std::all_of(record.begin() + static_cast<std::ptrdiff_t>(sizeof(RecordHeader) + 2 + bytes),
                            record.end(), [](std::byte byte) { return byte == std::byte{0}; }));
    EXPECT_EQ(round_trip(event).rationale, rationale);
  }
}

TEST(Record, takes_a_nil_id_for_none) {
  const Uuid nil;
  EventView event = minimal();
  event.event_id = &nil;
  const std::vector<std::byte> bytes = encoded(event);
  EXPECT_EQ(RecordView(bytes.data()).header().flags, 0);
  const Uuid given = Uuid::random();
  EXPECT_EQ(round_trip(event, given).event_id, given);
}

TEST(Record, is_refused_without_type_or_component_or_with_an_unknown_severity) {
  EventView event = minimal();
  event.event_type = "";
  EXPECT_TRUE(encoded(event).empty());
  event = minimal();
  event.component = "";
  EXPECT_TRUE(encoded(event).empty());
  event = minimal();
  event.severity = 4;
  EXPECT_TRUE(encoded(event).empty());
  event.severity = 255;
  EXPECT_TRUE(encoded(event).empty());
}

TEST(Record, cuts_each_string_at_its_limit_and_says_so) {
  struct Field {
    std::string_view EventView::*view;
    std::string TraceEvent::*value;
    std::size_t limit;
    const char* name;
  };
  const Field fields[] = {
      {&EventView::event_type, &TraceEvent::event_type, limits::kIdentifierBytes, "event_type"},
      {&EventView::component, &TraceEvent::component, limits::kIdentifierBytes, "component"},
      {&EventView::model_id, &TraceEvent::model_id, limits::kIdentifierBytes, "model_id"},
      {&EventView::request_id, &TraceEvent::request_id, limits::kIdentifierBytes, "request_id"},
      {&EventView::rationale, &TraceEvent::rationale, limits::kRationaleBytes, "rationale"},
  };
  for (const Field& field : fields) {
    const std::string fits(field.limit, 'x');
    const std::string longer = fits + "y";
    // The euro sign has three bytes, of which two would fit.
    const std::string split = std::string(field.limit - 2, 'x') + "\u20ac";
    EventView event = minimal();
    event.*field.view = fits;
    EXPECT_EQ(truncated_bits(event), 0) << field.name;
    EXPECT_TRUE(round_trip(event).attributes.empty());
    event.*field.view = longer;
    EXPECT_EQ(round_trip(event).*field.value, fits);
    EXPECT_EQ(round_trip(event).attributes, (Attributes{{"aegis.truncated", field.name}}));
    event.*field.view = split;
    EXPECT_EQ(round_trip(event).*field.value, std::string(field.limit - 2, 'x'));
    EXPECT_EQ(round_trip(event).attributes, (Attributes{{"aegis.truncated", field.name}}));
  }
}

TEST(Record, names_every_truncated_field_also_those_the_caller_cut) {
  const std::string longest(limits::kRationaleBytes + 1, 'x');
  const Pairs attributes = {{longest, "v"}};
  EventView event = minimal();
  event.event_type = event.component = event.model_id = event.request_id = longest;
  event.attributes = attributes;
  event.truncated = kTruncatedRationale;
  EXPECT_EQ(round_trip(event).attributes,
            (Attributes{{"aegis.truncated",
                         "event_type,component,model_id,request_id,rationale,attributes"}}));
}

TEST(Record, keeps_as_many_attributes_as_the_limit_says) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i <= limits::kAttributes; ++i) keys.push_back("k" + std::to_string(i));
  Pairs attributes;
  for (const std::string& key : keys) attributes.emplace_back(key, "v");
  EventView event = minimal();
  event.attributes = {attributes.data(), limits::kAttributes};
  EXPECT_EQ(truncated_bits(event), 0);
  EXPECT_EQ(round_trip(event).attributes.size(), limits::kAttributes);
  event.attributes = attributes;
  EXPECT_EQ(truncated_bits(event), kTruncatedAttributes);
  const TraceEvent stored = round_trip(event);
  EXPECT_EQ(stored.attributes.size(), limits::kAttributes + 1);  // with the one that says so
  EXPECT_FALSE(stored.attributes.contains(keys.back()));
}

TEST(Record, cuts_an_attribute_value_and_leaves_out_an_attribute_with_a_long_key) {
  const std::string value(limits::kAttributeValueBytes - 1, 'v');
  const std::string longest_key(limits::kAttributeKeyBytes, 'k');
  const std::string too_long_key = longest_key + "k";
  const std::string long_value = value + "\u00e9";
  const Pairs attributes = {
      {"a", long_value}, {longest_key, "kept"}, {too_long_key, "lost"}, {"z", "kept too"}};
  EventView event = minimal();
  event.attributes = attributes;
  EXPECT_EQ(round_trip(event).attributes, (Attributes{{"a", value},
                                                      {longest_key, "kept"},
                                                      {"z", "kept too"},
                                                      {"aegis.truncated", "attributes"}}));
}

TEST(Record, keeps_each_key_once_with_its_last_value) {
  const Pairs attributes = {{"a", "1"}, {"b", "2"}, {"a", "3"}, {"", "4"}, {"", "5"}, {"b", "6"}};
  EventView event = minimal();
  event.attributes = attributes;
  const std::vector<std::byte> bytes = encoded(event);
  EXPECT_EQ(RecordView(bytes.data()).header().attribute_count, 3);
  EXPECT_EQ(RecordView(bytes.data()).header().truncated, 0);
  EXPECT_EQ(round_trip(event).attributes, (Attributes{{"a", "3"}, {"", "5"}, {"b", "6"}}));
}

TEST(Record, leaves_out_an_attribute_whose_key_is_not_utf8) {
  const Pairs attributes = {{"a\xff", "1"}, {"b", "\xff"}};
  EventView event = minimal();
  event.attributes = attributes;
  EXPECT_EQ(round_trip(event).attributes,
            (Attributes{{"b", "\xff"}, {"aegis.truncated", "attributes"}}));
}

TEST(Record, keeps_an_attribute_named_as_the_mark_of_truncation_only_where_nothing_was_cut) {
  const std::string longer(limits::kRationaleBytes + 1, 'x');
  const Pairs attributes = {{"aegis.truncated", "mine"}, {"b", "2"}};
  EventView event = minimal();
  event.attributes = attributes;
  EXPECT_EQ(round_trip(event).attributes, (Attributes{{"aegis.truncated", "mine"}, {"b", "2"}}));
  event.rationale = longer;
  EXPECT_EQ(round_trip(event).attributes,
            (Attributes{{"aegis.truncated", "rationale"}, {"b", "2"}}));
}

/// Distinct keys of `bytes` bytes.
std::vector<std::string> keys_of(std::size_t bytes, std::size_t count) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < count; ++i) {
    keys.emplace_back(bytes, 'k');
    keys.back()[0] = static_cast<char>('!' + i);
  }
  return keys;
}

TEST(Record, never_exceeds_its_largest_size_with_or_without_an_id) {
  const std::vector<std::string> keys = keys_of(limits::kAttributeKeyBytes, limits::kAttributes);
  const std::string value(limits::kAttributeValueBytes, 'v');
  const std::string identifier(limits::kIdentifierBytes, 'i');
  const std::string rationale(limits::kRationaleBytes, 'r');
  Pairs attributes;
  for (const std::string& key : keys) attributes.emplace_back(key, value);
  const Uuid id = Uuid::random();
  for (const Uuid* event_id : {static_cast<const Uuid*>(nullptr), &id}) {
    EventView event = minimal();
    event.event_type = event.component = event.model_id = event.request_id = identifier;
    event.rationale = rationale;
    event.attributes = attributes;
    event.event_id = event_id;
    const std::vector<std::byte> bytes = encoded(event);
    EXPECT_LE(bytes.size(), limits::kRecordBytes);
    EXPECT_GT(bytes.size(), limits::kRecordBytes - 2 * (limits::kAttributeKeyBytes + value.size()));
    std::vector<std::byte> out;
    append_for_output(out, RecordView(bytes.data()), id);
    EXPECT_LE(out.size(), limits::kRecordBytes);
    const TraceEvent stored = round_trip(event, id);
    EXPECT_EQ(stored.rationale, rationale);
    EXPECT_EQ(stored.attributes.at("aegis.truncated"), "attributes");
  }
}

TEST(Record, fits_to_the_byte) {
  // Fifteen equal attributes and one that fills what is left; one byte more is one too many.
  const std::size_t most = limits::kRecordBytes - Uuid::kBytes;
  const std::vector<std::string> keys = keys_of(40, 16);
  const std::string value(980, 'v');
  std::size_t rest = most - sizeof(RecordHeader) - 2;
  Pairs attributes;
  for (std::size_t i = 0; i < 15; ++i) {
    attributes.emplace_back(keys[i], value);
    rest -= sizeof(AttributeHeader) + keys[i].size() + value.size();
  }
  const std::string last(rest - sizeof(AttributeHeader) - keys[15].size(), 'l');
  ASSERT_LE(last.size(), limits::kAttributeValueBytes);
  attributes.emplace_back(keys[15], last);
  EventView event = minimal();
  event.attributes = attributes;
  EXPECT_EQ(truncated_bits(event), 0);
  EXPECT_EQ(encoded(event).size(), most);
  event.model_id = "m";
  EXPECT_EQ(truncated_bits(event), kTruncatedAttributes);
}

TEST(Record, marks_ascii_on_the_way_out_only_where_it_is_true) {
  const auto is_marked = [](std::string_view rationale) {
    EventView event = minimal();
    event.rationale = rationale;
    const std::vector<std::byte> bytes = encoded(event);
    std::vector<std::byte> out;
    append_for_output(out, RecordView(bytes.data()), Uuid{});
    return (RecordView(out.data()).header().flags & kAscii) != 0;
  };
  // At every offset from a word boundary.
  for (std::size_t bytes = 0; bytes < 24; ++bytes) {
    const std::string ascii(bytes, '\x7f');
    EXPECT_TRUE(is_marked(ascii));
    EXPECT_FALSE(is_marked(ascii + "\x80"));
    EXPECT_FALSE(is_marked("\xff" + ascii));
  }
}

TEST(Record, an_id_above_0x7f_does_not_make_it_less_than_ascii) {
  const Uuid id = *Uuid::parse("ffffffff-ffff-ffff-ffff-ffffffffffff");
  EventView event = minimal();
  event.event_id = &id;
  const std::vector<std::byte> bytes = encoded(event);
  std::vector<std::byte> out;
  append_for_output(out, RecordView(bytes.data()), id);
  EXPECT_EQ(RecordView(out.data()).header().flags, kHasEventId | kAscii);
}

TEST(RequestHash, depends_on_every_byte_and_on_the_length) {
  for (std::size_t bytes = 1; bytes <= 64; ++bytes) {
    const std::string id(bytes, 'a');
    const std::uint32_t hash = hash_request_id(id);
    EXPECT_EQ(hash, hash_request_id(std::string(id)));
    EXPECT_NE(hash, hash_request_id(id + 'a'));
    for (std::size_t at = 0; at < bytes; ++at) {
      std::string other = id;
      other[at] = 'b';
      EXPECT_NE(hash, hash_request_id(other)) << "byte " << at << " of " << bytes;
    }
  }
}

TEST(RequestHash, spreads_ids_that_differ_in_one_digit) {
  std::set<std::uint32_t> hashes;
  constexpr int kIds = 100'000;
  for (int i = 0; i < kIds; ++i) hashes.insert(hash_request_id("request-" + std::to_string(i)));
  // Birthday bound: about 1.2 collisions are expected among 100 000 of 2^32.
  EXPECT_GT(hashes.size(), static_cast<std::size_t>(kIds - 20));
}

}  // namespace
}  // namespace aegis::trace
