#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "aegis/trace/event.hpp"

namespace aegis::trace {

/// Which events to return. Every field that is set must match; an empty query matches everything.
struct TraceQuery {
  std::optional<Timestamp> start = {};  ///< inclusive, on the event's own timestamp
  std::optional<Timestamp> end = {};    ///< inclusive, on the event's own timestamp
  std::optional<std::string> event_type = {};
  std::optional<std::string> model_id = {};
  std::optional<std::string> component = {};
  std::optional<std::string> request_id = {};
  std::optional<Severity> min_severity = {};
  std::optional<std::size_t> limit = {};  ///< the first so many in time order; 0 gives none
};

}  // namespace aegis::trace
