#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "record/event_position.hpp"
#include "ring/query.hpp"
#include "ring/ring.hpp"

namespace aegis::trace {

/// A cursor on a ring, as described at the public Reader.
class RingReader {
 public:
  explicit RingReader(std::shared_ptr<Ring> ring);

  struct Result {
    EncodedEvents events;
    std::vector<EventPosition> places = {};  ///< of each event
    std::uint64_t missed = 0;
  };
  /// At most `max_events` of those recorded since, in order of recording.
  [[nodiscard]] Result read(std::size_t max_events);
  /// What lies after the cursor.
  struct Unread {
    std::uint64_t retained = 0;     ///< to be read
    std::uint64_t overwritten = 0;  ///< no longer there: the next read counts them as missed
  };
  [[nodiscard]] Unread unread() const;

 private:
  std::shared_ptr<Ring> ring_;
  std::vector<std::uint64_t> cursor_;  ///< per lane: the next sequence to read
};

}  // namespace aegis::trace
