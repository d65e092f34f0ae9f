#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aegis::trace {

/// A 64-bit hash of numbers and texts in their order: a sum, rotated by an odd number of bits with
/// each word. Any one word that differs makes a difference, as do words out of place; multiplying,
/// which would mix better, was twice the cost, and record_checksum() does it once at the end. It tells
/// damage from data; it does not keep out somebody who wants to forge.
///
/// Texts are hashed where they are: reading back what was only just stored would wait for the stores.
/// The lengths of texts are not in it, so they must be among the numbers.
class ContentHash {
 public:
  void number(std::uint64_t word) noexcept { sum_ = std::rotl(sum_, 23) + word; }

  void text(std::string_view text) noexcept {
    const char* at = text.data();
    const std::size_t bytes = text.size();
    if (bytes >= 8) {
      std::uint64_t sum = 0;
      // The last word overlaps the one before: taking an odd number of bytes is slower than that.
      for (const char* last = at + bytes - 8; at < last; at += 8) {
        sum = std::rotl(sum, 13) + load<8>(at);
      }
      number(std::rotl(sum, 13) + load<8>(text.data() + bytes - 8));
    } else if (bytes >= 4) {
      number(load<4>(at) | load<4>(at + bytes - 4) << 32);
    } else if (bytes > 0) {
      number(load<1>(at) | load<1>(at + bytes / 2) << 8 | load<1>(at + bytes - 1) << 16);
    }
  }

  [[nodiscard]] std::uint64_t value() const noexcept { return sum_; }

  /// The high and the low half of a product, folded into each other.
  [[nodiscard]] static std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide{a} * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }

 private:
  template <std::size_t kBytes>
  [[nodiscard]] static std::uint64_t load(const char* at) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, kBytes);
    return word;
  }

  std::uint64_t sum_ = 0;
};

/// The checksum of a record with this content (RecordEncoder::content_hash, or content_hash of what was
/// read). `lane_seed` is of its lane (lane_checksum_seed): a record of another ring, of another lane,
/// or that lay here before the chunk was recycled does not pass as this one.
[[nodiscard]] inline std::uint32_t record_checksum(std::uint64_t content,
                                                   std::int64_t recorded_at_ns,
                                                   std::uint64_t lane_seed,
                                                   std::uint64_t sequence) noexcept {
  const std::uint64_t place = lane_seed + sequence * 0xd1342543de82ef95ULL;
  const std::uint64_t hash =
      ContentHash::fold(content ^ place,
                        static_cast<std::uint64_t>(recorded_at_ns) ^ 0x8ebc6af09c88c6e3ULL ^
                            (place << 1 | 1));
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

}  // namespace aegis::trace
