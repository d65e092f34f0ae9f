#pragma once

#include <stdexcept>
#include <string>

namespace aegis::trace {

/// What went wrong. `code_name` gives the string that TypeScript users see for the same failure.
enum class ErrorCode {
  kOption,     ///< a constructor option has a value it cannot have
  kEvent,      ///< a builder was asked for an event that no collector could store
  kQuery,      ///< a query asks for something that cannot be matched
  kOverflow,   ///< time arithmetic left int64 nanoseconds, or divided by zero
  kExport,     ///< an export could not be written; the target is as it was before
  kCancelled,  ///< an export was stopped by its progress callback; the target is as it was before
  kMemory,     ///< memory for a result could not be had
  kDrain,      ///< a collector cannot have a second drain
  kSpill,      ///< a spill file cannot be written, read or made sense of
};

/// The stable name of a code, such as "ERR_TRACE_OPTION".
[[nodiscard]] const char* code_name(ErrorCode code) noexcept;

/// The one exception type of this library. The message names the option or argument, what was
/// expected and what came.
class TraceError : public std::runtime_error {
 public:
  /// @param message names what was expected and what came.
  TraceError(ErrorCode code, const std::string& message)
      : std::runtime_error(message), code_(code) {}

  /// What went wrong, for programs.
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace aegis::trace
