#include "aegis/trace/uuid.hpp"

#include <cstring>
#include <random>

namespace aegis::trace {

namespace {

constexpr std::size_t kHyphens[] = {8, 13, 18, 23};

constexpr bool is_hyphen(std::size_t position) {
  for (const std::size_t hyphen : kHyphens) {
    if (position == hyphen) return true;
  }
  return false;
}

/// 0 to 15, or -1.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Both hex digits of every byte value: formatting is the larger part of exporting an id.
struct HexPairs {
  char digits[512] = {};

  constexpr HexPairs() {
    constexpr char kDigits[] = "0123456789abcdef";
    for (std::size_t byte = 0; byte < 256; ++byte) {
      digits[2 * byte] = kDigits[byte >> 4];
      digits[2 * byte + 1] = kDigits[byte & 15];
    }
  }
};
constexpr HexPairs kHexPairs;

}  // namespace

Uuid Uuid::random() {
  std::random_device entropy;
  std::array<std::uint8_t, kBytes> bytes{};
  for (std::size_t at = 0; at < kBytes; at += sizeof(std::uint32_t)) {
    const std::uint32_t word = entropy();
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);  // RFC 9562 variant
  return Uuid(bytes);
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != kTextLength) return std::nullopt;
  std::array<std::uint8_t, kBytes> bytes{};
  std::size_t digits = 0;
  for (std::size_t at = 0; at < kTextLength; ++at) {
    if (is_hyphen(at)) {
      if (text[at] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[at]);
    if (value < 0) return std::nullopt;
    bytes[digits / 2] = static_cast<std::uint8_t>((bytes[digits / 2] << 4) | value);
    ++digits;
  }
  return Uuid(bytes);
}

void Uuid::write(char* out) const noexcept {
  const auto group = [&](std::size_t first, std::size_t last) {
    for (std::size_t at = first; at < last; ++at) {
      std::memcpy(out, kHexPairs.digits + std::size_t{2} * bytes_[at], 2);
      out += 2;
    }
  };
  group(0, 4);
  *out++ = '-';
  group(4, 6);
  *out++ = '-';
  group(6, 8);
  *out++ = '-';
  group(8, 10);
  *out++ = '-';
  group(10, 16);
}

std::string Uuid::to_string() const {
  std::string text(kTextLength, '\0');
  write(text.data());
  return text;
}

}  // namespace aegis::trace
