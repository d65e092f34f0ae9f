#include "aegis/trace/time.hpp"

#include <string>

namespace aegis::trace::detail {

void throw_overflow(const char* operation) {
  throw TraceError(ErrorCode::kOverflow, std::string(operation) +
                                             " must stay within int64 nanoseconds and must not "
                                             "divide by zero");
}

}  // namespace aegis::trace::detail
