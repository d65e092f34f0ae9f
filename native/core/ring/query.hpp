#pragma once

#include <cstddef>
#include <vector>

#include "aegis/trace/query.hpp"
#include "record/event_position.hpp"
#include "ring/ring.hpp"

namespace aegis::trace {

/// Records as append_for_output writes them, one behind the other.
using EncodedEvents = std::vector<std::byte>;

/// The retained events that match, sorted by timestamp, then by order of recording.
/// @throws TraceError (kQuery) when start is after end; std::bad_alloc.
[[nodiscard]] EncodedEvents run_query(Ring& ring, const TraceQuery& query);

/// A cursor on a ring, as described at the public Reader.
class RingReader {
 public:
  explicit RingReader(std::shared_ptr<Ring> ring);

  struct Result {
    EncodedEvents events;
    std::vector<Place> places = {};  ///< of each event
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
