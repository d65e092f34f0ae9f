#pragma once

#include <span>

#include "napi_support.hpp"
#include "record/event_position.hpp"
#include "errors/spill_format.hpp"

namespace aegis::trace::addon {

/// Records and their places in one ArrayBuffer: the number of records, then lane and sequence of
/// each, all as doubles (exact up to 2^53), then the records, then the text of their ids, 36
/// characters each: written here in a tenth of the time. Read by src/collector/decode.ts.
[[nodiscard]] Napi::Value to_recorded_buffer(Napi::Env env, std::span<const std::byte> events,
                                           std::span<const EventPosition> places);

/// [run: string, pid: number, then of each anchor steadyNs: bigint, wallNs: bigint]
[[nodiscard]] Napi::Value to_owner(Napi::Env env, const SpillOwner& owner);

}  // namespace aegis::trace::addon
