#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "errors/error_lane.hpp"
#include "ring/ring_reader.hpp"
#include "ring/ring.hpp"

namespace aegis::trace {

/// Counters of a drain.
struct DrainStats {
  std::uint64_t backlog = 0;  ///< retained events that were not read yet
  /// Events after the cursor that were overwritten or cleared; the next read counts them as missed.
  std::uint64_t overwritten = 0;
  std::uint64_t missed = 0;   ///< events overwritten or cleared before they were read
  /// Of these the ones that no error lane took either. Never too many, never decreasing, and exact
  /// whenever the backlog is 0.
  std::uint64_t lost = 0;
  ErrorLaneStats errors;
};

/// Through which a pipeline reads a collector: errors first, from their own lane, until they are
/// acknowledged; then everything, errors too, by a cursor. While a drain is open, record() puts every
/// error into the lane.
///
/// Over its life every event recorded since the oldest one retained when it was opened is returned
/// once by read_events(), held back by its gate or counted once as missed; every error recorded since then is returned by
/// peek_errors() until it is acknowledged, or is counted in errors.lost.
///
/// Threads: one at a time. One drain a ring. Lifetime: keeps the ring alive. When somebody else has
/// ended the lane, ErrorLane::close_for_owner(), it has no errors any more and goes on with the rest.
class Drain {
 public:
  /// @throws TraceError (kDrain) when the ring has one; (kOption, kMemory, kSpill).
  Drain(std::shared_ptr<Ring> ring, const ErrorLaneOptions& options);
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;
  /// As close().
  ~Drain();

  /// At most `max_events` and, but for one event, about `max_bytes`. @throws std::bad_alloc.
  [[nodiscard]] RecordedEvents peek_errors(std::size_t max_events, std::size_t max_bytes);
  /// Gives up exactly what the last peek_errors() returned.
  void acknowledge_errors();
  /// At most `max_events` in order of recording. @throws std::bad_alloc.
  [[nodiscard]] RingReader::Result read_events(std::size_t max_events);
  /// From now on read_events() passes over what does not pass the gate; nothing: everything passes.
  void set_gate(std::optional<RequestGate> gate) { gate_ = std::move(gate); }
  /// What read_events() has been past, see RingReader::past(). @throws std::bad_alloc.
  [[nodiscard]] RingReader::Past past(std::size_t max_events, const RequestGate& gate) const {
    return reader_.past(max_events, gate);
  }

  [[nodiscard]] DrainStats stats();
  /// Whose events these are.
  [[nodiscard]] SpillOwner owner() const;

  /// Moves the errors that were not acknowledged into the spill file, where the next start finds
  /// them. The other members must not be called any more. @return how many were moved.
  std::size_t close();

 private:
  std::shared_ptr<Ring> ring_;
  RingReader reader_;
  std::optional<RequestGate> gate_;
  std::uint64_t ticket_ = 0;  ///< of the lane of errors
  std::uint64_t missed_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t errors_read_ = 0;  ///< by the reader, of those that were offered to the lane
};

}  // namespace aegis::trace
