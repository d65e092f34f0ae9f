#pragma once

#include <cstddef>
#include <cstdint>

/// Every limit of the recorder, in one place. Strings above theirs are cut at a character boundary
/// when they are recorded; the event is flagged and counted as truncated.
namespace aegis::trace::limits {

/// event_type, component, model_id and request_id: names and ids, not texts.
inline constexpr std::size_t kIdentifierBytes = 256;
/// A rationale is a sentence or a few; beyond this it would push out other events.
inline constexpr std::size_t kRationaleBytes = 4096;
/// Attributes of one event.
inline constexpr std::size_t kAttributes = 64;
/// An attribute whose key is longer is left out.
inline constexpr std::size_t kAttributeKeyBytes = 128;
/// A longer value is cut.
inline constexpr std::size_t kAttributeValueBytes = 1024;
/// One event in all; attributes that do not fit are left out. A quarter of the largest chunk, so
/// that a chunk's unusable tail stays small.
inline constexpr std::size_t kRecordBytes = std::size_t{16} * 1024;

/// Events that a collector keeps when it is not told.
inline constexpr std::size_t kDefaultCapacity = 10'000;
/// 2^28 events; more is taken for a mistake (a byte count, a time) rather than a wish.
inline constexpr std::size_t kMaxCapacity = std::size_t{1} << 28;
/// The default memory bound is this times the capacity, but no less than kMinRingBytes.
inline constexpr std::size_t kDefaultBytesPerEvent = 512;
/// Four of the smallest chunks: one to record into and three to keep.
inline constexpr std::size_t kMinRingBytes = std::size_t{128} * 1024;
/// The largest memory bound that can be asked for: 1 TiB.
inline constexpr std::size_t kMaxRingBytes = std::size_t{1} << 40;


/// Memory of the lane that errors have to themselves while a pipeline drains the collector: some
/// 20 000 errors of 200 bytes, a burst longer than any pause of the sink is meant to be.
inline constexpr std::size_t kDefaultErrorLaneBytes = std::size_t{4} << 20;
/// Room for a few errors of the largest size.
inline constexpr std::size_t kMinErrorLaneBytes = std::size_t{64} * 1024;
/// 1 GiB.
inline constexpr std::size_t kMaxErrorLaneBytes = std::size_t{1} << 30;
/// Size of a spill file, so that a sink that is down for days does not fill the disk.
inline constexpr std::size_t kDefaultSpillBytes = std::size_t{256} << 20;
inline constexpr std::size_t kMinSpillBytes = std::size_t{1} << 20;

}  // namespace aegis::trace::limits
