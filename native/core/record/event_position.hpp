#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace aegis::trace {

/// Where an event stands in the run that recorded it. (run, lane, sequence) identifies it for good.
struct EventPosition {
  std::uint32_t lane;
  std::uint64_t sequence;

  friend auto operator<=>(const EventPosition&, const EventPosition&) = default;
};

/// Records as append_for_output writes them, one after the other, and the place of each.
struct RecordedEvents {
  std::vector<std::byte> events;
  std::vector<EventPosition> places;
};

}  // namespace aegis::trace
