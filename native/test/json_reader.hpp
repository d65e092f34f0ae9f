#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aegis::trace::test {

/// A JSON value as the tests want it: numbers stay text, so that none loses a digit, and objects
/// keep their members' order and duplicates. Accessors throw when the kind is another.
class Json {
 public:
  using Member = std::pair<std::string, Json>;
  enum class Kind { kString, kNumber, kArray, kObject, kWord };

  Kind kind = Kind::kWord;
  std::string value;          ///< of a string, decoded; of a number or word, as written
  std::vector<Json> items;    ///< of an array
  std::vector<Member> members;

  [[nodiscard]] const std::string& text() const { return of(Kind::kString).value; }
  /// The value of an integer: a fraction or an exponent is refused.
  [[nodiscard]] std::int64_t integer() const;
  [[nodiscard]] const std::vector<Json>& array() const { return of(Kind::kArray).items; }
  [[nodiscard]] const Json& operator[](std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  [[nodiscard]] const Json& of(Kind expected) const {
    if (kind != expected) throw std::runtime_error("JSON value of another kind: " + value);
    return *this;
  }
};

/// Reads one document strictly by RFC 8259, ill-formed UTF-8 and anything after it refused.
/// @throws std::runtime_error.
[[nodiscard]] Json parse_json(std::string_view text);

}  // namespace aegis::trace::test
