#pragma once

#include <cstddef>
#include <vector>

#include "aegis/trace/query.hpp"
#include "ring/ring.hpp"

namespace aegis::trace {

/// Records as append_for_output writes them, one after the other.
using EncodedEvents = std::vector<std::byte>;

/// The retained events that match, sorted by timestamp, then by order of recording.
/// @throws TraceError (kQuery) when start is after end; std::bad_alloc.
[[nodiscard]] EncodedEvents run_query(Ring& ring, const TraceQuery& query);

}  // namespace aegis::trace
