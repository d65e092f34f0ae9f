#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace aegis::trace {

/// Keeps the process alive when the file under a mapping is cut, emptied, or cannot be read any more:
/// the kernel then answers an access with SIGBUS, and the default of that is the end of the process.
///
/// A handler of SIGBUS gives the page that was touched memory of our own, which reads as zeros, and the
/// access goes on. Faults elsewhere, and signals that somebody sends, go to the handler that was there
/// before. systemd-journald protects its maps in the same way (src/basic/sigbus.c).
///
/// Threads: any. Invariant: when a read has seen zeros in place of what was written, is_broken() is true.
class MappingGuard {
 public:
  struct Range;

  /// Guards `bytes` bytes from `begin` on, which is a page's. A fault stores INT64_MIN into `wake`.
  /// @throws TraceError (kFile) when the handler cannot be installed, std::bad_alloc.
  MappingGuard(std::byte* begin, std::size_t bytes, std::atomic<std::int64_t>& wake);
  /// Before the mapping ends.
  ~MappingGuard();
  MappingGuard(const MappingGuard&) = delete;
  MappingGuard& operator=(const MappingGuard&) = delete;

  /// Whether an access has found nothing since replace().
  [[nodiscard]] bool is_broken() const noexcept;
  /// Puts memory in place of all of the mapping, zeroed. Nobody may use it meanwhile, but for writing
  /// what nobody reads. @return whether there was memory; if not, the pages are replaced as they are touched.
  bool replace() noexcept;

 private:
  Range* range_;
};

}  // namespace aegis::trace
