#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "record/event_position.hpp"
#include "ring/query.hpp"
#include "ring/request_gate.hpp"
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
    std::uint64_t held_back = 0;  ///< passed over, as the gate says
  };
  /// At most `max_events` of those recorded since, in order of recording.
  [[nodiscard]] Result read(std::size_t max_events);
  /// At most `max_events` of those recorded since: errors, and what passes the gate, lane by lane, each in order of
  /// recording. Fewer are all.
  [[nodiscard]] Result read(std::size_t max_events, const RequestGate& gate);
  /// What the cursor has passed and the ring still has.
  struct Past {
    EncodedEvents events;
    std::vector<EventPosition> places = {};
    std::uint64_t overwritten = 0;  ///< that the ring has no longer, of whatever requests
    /// When the oldest event that the ring has was recorded, steady; nothing when it has none.
    std::optional<std::int64_t> oldest_ns = {};
  };
  /// Of that what is of the requests of the gate, at most `max_events`, lane by lane.
  [[nodiscard]] Past past(std::size_t max_events, const RequestGate& gate) const;
  /// What lies after the cursor.
  struct Unread {
    std::uint64_t retained = 0;     ///< to be read
    std::uint64_t overwritten = 0;  ///< no longer there: the next read counts them as missed
  };
  [[nodiscard]] Unread unread() const;

 private:
  /// Moves the cursor past what the ring has given up.
  void pass_missed(const Snapshot& snapshot, Result& result);

  std::shared_ptr<Ring> ring_;
  std::vector<std::uint64_t> cursor_;  ///< per lane: the next sequence to read
};

}  // namespace aegis::trace
