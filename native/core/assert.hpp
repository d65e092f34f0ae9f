#pragma once

// AEGIS_ASSERT(condition): what the code around it promises. Where AEGIS_ASSERTIONS is defined (presets dev, tsan,
// asan, fuzz) a condition that does not hold ends the process and says where; a release has nothing of it.

#ifdef AEGIS_ASSERTIONS

#include <cstdio>
#include <cstdlib>

namespace aegis::trace {

[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "%s:%d: AEGIS_ASSERT(%s) does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace aegis::trace

#define AEGIS_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) \
               : ::aegis::trace::assertion_failed(#condition, __FILE__, __LINE__))

#else

#define AEGIS_ASSERT(condition) static_cast<void>(0)

#endif
