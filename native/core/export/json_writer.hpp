#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "record/record.hpp"

namespace aegis::trace {

/// Appends JSON text to a string. Strings come out as valid UTF-8 whatever goes in: each maximal
/// ill-formed sequence becomes U+FFFD (Unicode 15, section 3.9, "substitution of maximal subparts").
class JsonWriter {
 public:
  void raw(std::string_view text) { out_.append(text); }
  void integer(std::int64_t value);
  void integer(std::uint64_t value);
  /// With quotes and escapes.
  void string(std::string_view text);
  void uuid(const Uuid& id);
  /// One event as a JSON object on one line, without a line end.
  void event(const RecordView& record, const Uuid& event_id);

  [[nodiscard]] const std::string& text() const noexcept { return out_; }
  void reset() noexcept { out_.clear(); }

 private:
  void escape_byte(unsigned char byte);

  std::string out_;
};

}  // namespace aegis::trace
