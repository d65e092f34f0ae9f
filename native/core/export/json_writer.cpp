#include "export/json_writer.hpp"

#include <array>
#include <charconv>
#include <cstring>

#include "utf8.hpp"

namespace aegis::trace {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Bytes that cannot be copied as they are: controls, quote, backslash, DEL and beyond ASCII.
constexpr std::array<bool, 256> special_bytes() {
  std::array<bool, 256> special{};
  for (std::size_t byte = 0; byte < special.size(); ++byte) {
    special[byte] = byte < 0x20 || byte == '"' || byte == '\\' || byte >= 0x7f;
  }
  return special;
}
constexpr std::array<bool, 256> kSpecial = special_bytes();

/// How many bytes at the start of `text` can be copied. Looks at eight at a time: a byte below 0x20
/// borrows when 0x20 is subtracted, and a byte equal to c is zero after xor with c ("Determine if a
/// word has a byte ...", S. E. Anderson, Bit Twiddling Hacks).
std::size_t plain_prefix(std::string_view text) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHighs = 0x8080808080808080ULL;
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t quote = word ^ (kOnes * '"');
    const std::uint64_t backslash = word ^ (kOnes * '\\');
    const std::uint64_t del = word ^ (kOnes * 0x7f);
    const std::uint64_t found = (word - kOnes * 0x20) | (quote - kOnes) | (backslash - kOnes) |
                                (del - kOnes) | word;
    if ((found & kHighs) != 0) break;
  }
  while (at < text.size() && !kSpecial[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

}  // namespace

void JsonWriter::integer(std::int64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.append(digits.data(), end);
}

void JsonWriter::integer(std::uint64_t value) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.append(digits.data(), end);
}

void JsonWriter::uuid(const Uuid& id) {
  std::array<char, Uuid::kTextLength> text;
  id.write(text.data());
  out_.append(text.data(), text.size());
}

void JsonWriter::string(std::string_view text) {
  out_ += '"';
  while (!text.empty()) {
    const std::size_t plain = plain_prefix(text);
    out_.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto byte = static_cast<unsigned char>(text.front());
    if (byte <= 0x7f) {
      escape_byte(byte);
      text.remove_prefix(1);
    } else {
      const Utf8Sequence sequence = read_utf8(text);
      out_.append(sequence.valid ? text.substr(0, sequence.bytes) : kReplacement);
      text.remove_prefix(sequence.bytes);
    }
  }
  out_ += '"';
}

void JsonWriter::escape_byte(unsigned char byte) {
  switch (byte) {
    case '"':
      out_ += "\\\"";
      return;
    case '\\':
      out_ += "\\\\";
      return;
    case '\n':
      out_ += "\\n";
      return;
    case '\r':
      out_ += "\\r";
      return;
    case '\t':
      out_ += "\\t";
      return;
    default: {
      constexpr char kDigits[] = "0123456789abcdef";
      const char escaped[] = {'\\', 'u', '0', '0', kDigits[byte >> 4], kDigits[byte & 15]};
      out_.append(escaped, sizeof escaped);
    }
  }
}

void JsonWriter::event(const RecordView& record, const Uuid& event_id) {
  const RecordHeader& header = record.header();
  raw(R"({"event_id":")");
  uuid(event_id);
  raw(R"(","event_type":)");
  string(record.event_type());
  raw(R"(,"component":)");
  string(record.component());
  raw(R"(,"timestamp_ns":)");
  integer(header.timestamp_ns);
  raw(R"(,"duration_ns":)");
  integer(header.duration_ns);
  raw(R"(,"model_id":)");
  string(record.model_id());
  raw(R"(,"request_id":)");
  string(record.request_id());
  raw(R"(,"rationale":)");
  string(record.rationale());
  raw(R"(,"severity":")");
  raw(to_string(static_cast<Severity>(header.severity)));
  raw(R"(","attributes":{)");
  bool first = true;
  record.for_each_attribute([&](std::string_view key, std::string_view value) {
    if (!first) raw(",");
    first = false;
    string(key);
    raw(":");
    string(value);
  });
  raw("}}");
}

}  // namespace aegis::trace
