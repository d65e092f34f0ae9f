#include "json_reader.hpp"

#include <charconv>

namespace aegis::trace::test {

namespace {

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text), size_(text.size()) {}

  Json document() {
    Json json = value();
    space();
    if (!rest_.empty()) fail("more than one document");
    return json;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::runtime_error("not JSON at byte " + std::to_string(size_ - rest_.size()) + ": " +
                             why);
  }

  void space() {
    while (!rest_.empty() && std::string_view(" \n\r\t").find(rest_.front()) != std::string_view::npos) {
      rest_.remove_prefix(1);
    }
  }

  bool take(std::string_view token) {
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  void expect(std::string_view token) {
    space();
    if (!take(token)) fail("expected " + std::string(token));
  }

  char next() {
    if (rest_.empty()) fail("the text ends");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  Json value() {
    space();
    Json json;
    if (rest_.starts_with('"')) {
      json.kind = Json::Kind::kString;
      json.value = string();
    } else if (take("[")) {
      json.kind = Json::Kind::kArray;
      space();
      if (take("]")) return json;
      do json.items.push_back(value());
      while (comma());
      expect("]");
    } else if (take("{")) {
      json.kind = Json::Kind::kObject;
      space();
      if (take("}")) return json;
      do {
        space();
        std::string name = string();
        expect(":");
        json.members.emplace_back(std::move(name), value());
      } while (comma());
      expect("}");
    } else if (take("true") || take("false") || take("null")) {
      json.kind = Json::Kind::kWord;
    } else {
      json.kind = Json::Kind::kNumber;
      json.value = number();
    }
    return json;
  }

  bool comma() {
    space();
    return take(",");
  }

  std::string number() {
    const std::string_view start = rest_;
    const auto digits = [&] {
      std::size_t count = 0;
      for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; ++count) {
        rest_.remove_prefix(1);
      }
      if (count == 0) fail("expected a digit");
    };
    take("-");
    if (!take("0")) digits();
    if (take(".")) digits();
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      digits();
    }
    return std::string(start.substr(0, start.size() - rest_.size()));
  }

  std::string string() {
    expect("\"");
    std::string text;
    for (;;) {
      const char c = next();
      if (c == '"') return text;
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20) fail("a bare control character");
      if (byte >= 0x80) {
        utf8(byte, text);
      } else {
        text += c == '\\' ? escape() : c;
      }
    }
  }

  void utf8(unsigned char lead, std::string& text) {
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc2 || lead > 0xf4) fail("ill-formed UTF-8");
    std::uint32_t code = lead & (0x3fU >> more);
    text += static_cast<char>(lead);
    for (int i = 0; i < more; ++i) {
      const char c = next();
      if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) fail("ill-formed UTF-8");
      code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
      text += c;
    }
    const std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
      fail("ill-formed UTF-8");
    }
  }

  /// The writer escapes nothing above 0x7f, so that no more than that is read.
  char escape() {
    const char c = next();
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    if (const std::size_t at = kNames.find(c); at != std::string_view::npos) return kValues[at];
    if (c != 'u' || rest_.size() < 4) fail("an unknown escape");
    unsigned code = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + 4, code, 16);
    if (error != std::errc() || end != rest_.data() + 4 || code > 0x7f) fail("a bad \\u escape");
    rest_.remove_prefix(4);
    return static_cast<char>(code);
  }

  std::string_view rest_;
  std::size_t size_;
};

}  // namespace

std::int64_t Json::integer() const {
  const std::string& digits = of(Kind::kNumber).value;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw std::runtime_error("not an int64: " + digits);
  }
  return number;
}

const Json& Json::operator[](std::string_view name) const {
  for (const auto& [key, json] : of(Kind::kObject).members) {
    if (key == name) return json;
  }
  throw std::runtime_error("no member " + std::string(name));
}

std::vector<std::string> Json::names() const {
  std::vector<std::string> names;
  for (const auto& [key, json] : of(Kind::kObject).members) names.push_back(key);
  return names;
}

Json parse_json(std::string_view text) { return Parser(text).document(); }

}  // namespace aegis::trace::test
