#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "aegis/trace/uuid.hpp"

namespace aegis::trace {

/// What a ring draws once from the machine's entropy. The ids of its events and the checksums of its
/// records follow from it, so that a ring read from a file gives the same ids again.
using RingSeed = std::array<std::uint64_t, 2>;

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that looks random.
[[nodiscard]] inline std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// The id of an event that came without one: a function of the seed and of the event's place, so
/// that it costs nothing to record. mix() is a bijection: within one ring two places differ in both
/// halves, before six bits are overwritten by version and variant.
[[nodiscard]] inline Uuid generated_event_id(const RingSeed& seed, std::uint32_t lane,
                                             std::uint64_t sequence) noexcept {
  const std::uint64_t place = (std::uint64_t{lane} << 48) ^ sequence;
  const std::uint64_t high = mix(place + seed[0]);
  const std::uint64_t low = mix(place ^ seed[1]);
  std::array<std::uint8_t, Uuid::kBytes> bytes;
  std::memcpy(bytes.data(), &high, sizeof high);
  std::memcpy(bytes.data() + sizeof high, &low, sizeof low);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return Uuid(bytes);
}

/// Names the ring and its run for good, in the form of a version 4 UUID.
[[nodiscard]] inline Uuid run_id_of(const RingSeed& seed) noexcept {
  std::array<std::uint8_t, Uuid::kBytes> bytes;
  static_assert(sizeof seed == sizeof bytes);
  std::memcpy(bytes.data(), seed.data(), sizeof bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return Uuid(bytes);
}

/// What the checksums of one lane's records begin with. Never 0, which stands for "no checksum".
[[nodiscard]] inline std::uint64_t lane_checksum_seed(const RingSeed& seed,
                                                      std::uint32_t lane) noexcept {
  return mix(seed[0] ^ mix(seed[1] + lane)) | 1;
}

}  // namespace aegis::trace
