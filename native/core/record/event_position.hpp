#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aegis::trace {

/// Where an event stands in the run that recorded it. (run, lane, sequence) identifies it for good.
struct Place {
  std::uint32_t lane;
  std::uint64_t sequence;

  friend auto operator<=>(const Place&, const Place&) = default;
};

/// Records as append_for_output writes them, one behind the other, and the place of each.
struct PlacedRecords {
  std::vector<std::byte> events;
  std::vector<Place> places;
};

}  // namespace aegis::trace
