#include "export/json_writer.hpp"

#include <gtest/gtest.h>

#include "json_reader.hpp"

namespace aegis::trace {
namespace {

std::string written(std::string_view text) {
  JsonWriter json;
  json.string(text);
  return json.text();
}

/// What is between the quotes, for text that does not change its neighbours: the same must come out
/// wherever the text stands relative to the eight bytes the writer looks at together.
std::string escaped(std::string_view text) {
  const std::string alone = written(text);
  const std::string inner = alone.substr(1, alone.size() - 2);
  for (std::size_t before = 0; before < 18; ++before) {
    for (const std::size_t after : {0U, 1U, 8U, 17U}) {
      const std::string left(before, 'x');
      const std::string right(after, 'y');
      EXPECT_EQ(written(left + std::string(text) + right), '"' + left + inner + right + '"');
    }
  }
  return inner;
}

constexpr std::string_view kReplaced = "\xEF\xBF\xBD";

std::string replaced(int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += kReplaced;
  return result;
}

TEST(JsonWriter, writes_integers_at_the_edges) {
  JsonWriter json;
  json.integer(std::int64_t{INT64_MIN});
  json.raw(" ");
  json.integer(std::int64_t{INT64_MAX});
  json.raw(" ");
  json.integer(std::uint64_t{UINT64_MAX});
  json.raw(" ");
  json.integer(std::int64_t{0});
  EXPECT_EQ(json.text(), "-9223372036854775808 9223372036854775807 18446744073709551615 0");
}

TEST(JsonWriter, copies_plain_text) {
  EXPECT_EQ(written(""), R"("")");
  std::string printable;
  for (char c = ' '; c < '\x7f'; ++c) {
    if (c != '"' && c != '\\') printable += c;
  }
  EXPECT_EQ(escaped(printable), printable);
}

TEST(JsonWriter, escapes_every_byte_that_needs_it) {
  EXPECT_EQ(escaped("\""), R"(\")");
  EXPECT_EQ(escaped("\\"), R"(\\)");
  EXPECT_EQ(escaped("\n"), R"(\n)");
  EXPECT_EQ(escaped("\r"), R"(\r)");
  EXPECT_EQ(escaped("\t"), R"(\t)");
  EXPECT_EQ(escaped(std::string_view("\0", 1)), R"(\u0000)");
  EXPECT_EQ(escaped("\x1b"), R"(\u001b)");
  EXPECT_EQ(escaped("\x7f"), R"(\u007f)");
  for (int byte = 0; byte <= 0x7f; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const std::string inner = escaped(text);
    EXPECT_EQ(inner.size() > 1, byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f)
        << byte;
    EXPECT_EQ(test::parse_json(written(text)).text(), text) << byte;
  }
}

TEST(JsonWriter, copies_well_formed_characters_up_to_each_edge) {
  for (const std::string_view text :
       {"\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff", "\U00010000",
        "\U0010ffff", "\u2028\u2029", "caf\u00e9 \u20ac \U0001F600"}) {
    EXPECT_EQ(escaped(text), text);
  }
}

TEST(JsonWriter, replaces_each_class_of_ill_formed_utf8) {
  EXPECT_EQ(escaped("\x80"), replaced(1));                  // a continuation without a lead
  EXPECT_EQ(escaped("\xbf\xbf"), replaced(2));
  EXPECT_EQ(escaped("\xc0\xaf"), replaced(2));              // overlong, two bytes
  EXPECT_EQ(escaped("\xc1\xbf"), replaced(2));
  EXPECT_EQ(escaped("\xe0\x9f\xbf"), replaced(3));          // overlong, three bytes
  EXPECT_EQ(escaped("\xf0\x8f\xbf\xbf"), replaced(4));      // overlong, four bytes
  EXPECT_EQ(escaped("\xed\xa0\x80"), replaced(3));          // a surrogate, U+D800
  EXPECT_EQ(escaped("\xed\xbf\xbf"), replaced(3));          // U+DFFF
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), replaced(4));      // beyond U+10FFFF
  EXPECT_EQ(escaped("\xf5\x80\x80\x80"), replaced(4));
  EXPECT_EQ(escaped("\xfe\xff"), replaced(2));              // bytes that never occur
}

TEST(JsonWriter, replaces_a_cut_off_character_once_and_keeps_what_follows) {
  EXPECT_EQ(escaped("\xc3"), replaced(1));
  EXPECT_EQ(escaped("\xe2\x82"), replaced(1));
  EXPECT_EQ(escaped("\xf0\x9f\x98"), replaced(1));
  EXPECT_EQ(escaped("\xf0\x9f"), replaced(1));
  EXPECT_EQ(escaped("\xe2\x82\xc3\xa9"), replaced(1) + "\u00e9");
  EXPECT_EQ(escaped("\xf0\x9f\x98\""), replaced(1) + "\\\"");
  EXPECT_EQ(escaped("\xc3\n"), replaced(1) + "\\n");
  // Unicode 15, table 3-11.
  EXPECT_EQ(escaped("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), replaced(4) + "A");
}

/// As read_utf8, but by decoding: the code point decides what is well formed.
bool is_well_formed(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
  if (byte(0) >= 0xf8 || (byte(0) >= 0x80 && byte(0) < 0xc0) || text.size() != length) return false;
  std::uint32_t code = length == 1 ? byte(0) : byte(0) & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return false;
    code = code << 6 | (byte(i) & 0x3fU);
  }
  const std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  return code >= least[length] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

TEST(JsonWriter, agrees_with_the_definition_on_every_two_and_three_bytes) {
  std::string text;
  const auto check = [&] {
    JsonWriter json;
    json.string(text);
    const bool copied = json.text().size() == text.size() + 2 &&
                        json.text().find(kReplaced) == std::string::npos;
    return copied == is_well_formed(text) || text == kReplaced;
  };
  for (int a = 0x80; a < 0x100; ++a) {
    for (int b = 0; b < 0x100; ++b) {
      text = {static_cast<char>(a), static_cast<char>(b)};
      // A lone lead in front of a copied byte also has its length, so look at non-ASCII only.
      if (b >= 0x80) {
        ASSERT_TRUE(check()) << a << ' ' << b;
      }
      for (const int c : {0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff}) {
        text = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
        if (a >= 0xe0 && b >= 0x80) {
          ASSERT_TRUE(check()) << a << ' ' << b << ' ' << c;
        }
      }
    }
  }
}

}  // namespace
}  // namespace aegis::trace
