#include "aegis/trace/error.hpp"

namespace aegis::trace {

const char* code_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kOption:
      return "ERR_TRACE_OPTION";
    case ErrorCode::kEvent:
      return "ERR_TRACE_EVENT";
    case ErrorCode::kQuery:
      return "ERR_TRACE_QUERY";
    case ErrorCode::kOverflow:
      return "ERR_TRACE_OVERFLOW";
    case ErrorCode::kExport:
      return "ERR_TRACE_EXPORT";
    case ErrorCode::kCancelled:
      return "ERR_TRACE_CANCELLED";
    case ErrorCode::kMemory:
      return "ERR_TRACE_MEMORY";
    case ErrorCode::kDrain:
      return "ERR_TRACE_DRAIN";
    case ErrorCode::kSpill:
      return "ERR_TRACE_SPILL";
  }
  return "ERR_TRACE_UNKNOWN";
}

}  // namespace aegis::trace
