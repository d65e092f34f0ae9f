#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aegis::trace {

/// 128 bits written as a UUID (RFC 9562). Default-constructed it is nil, which as an event's id
/// means "the collector gives one".
class Uuid {
 public:
  /// Bytes of a UUID.
  static constexpr std::size_t kBytes = 16;
  /// Characters of its text.
  static constexpr std::size_t kTextLength = 36;

  /// The nil UUID.
  constexpr Uuid() noexcept = default;
  /// Of these bytes, first digit first.
  explicit constexpr Uuid(const std::array<std::uint8_t, kBytes>& bytes) noexcept
      : bytes_(bytes) {}

  /// A random version 4 UUID.
  [[nodiscard]] static Uuid random();
  /// Reads `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` in either case; any version and variant.
  [[nodiscard]] static std::optional<Uuid> parse(std::string_view text) noexcept;

  /// Whether all bits are zero.
  [[nodiscard]] constexpr bool is_nil() const noexcept {
    return bytes_ == std::array<std::uint8_t, kBytes>{};
  }
  /// The bytes, first digit first.
  [[nodiscard]] constexpr const std::array<std::uint8_t, kBytes>& bytes() const noexcept {
    return bytes_;
  }
  /// Lower case, with hyphens.
  [[nodiscard]] std::string to_string() const;
  /// Writes kTextLength characters to `out`, without a terminator.
  void write(char* out) const noexcept;

  /// All six comparisons, by bytes.
  friend constexpr auto operator<=>(const Uuid&, const Uuid&) noexcept = default;

 private:
  std::array<std::uint8_t, kBytes> bytes_{};
};

}  // namespace aegis::trace
