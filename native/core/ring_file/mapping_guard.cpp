#include "ring_file/mapping_guard.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <mutex>
#include <string>
#include <system_error>

#include "aegis/trace/error.hpp"

namespace aegis::trace {

/// Never freed, but used again: the handler may be looking at it.
struct MappingGuard::Range {
  std::atomic<std::uintptr_t> begin = 0;  ///< 0: not in use
  std::atomic<std::uintptr_t> end = 0;
  std::atomic<std::atomic<std::int64_t>*> wake = nullptr;
  std::atomic<bool> is_broken = false;
  Range* next = nullptr;
};

namespace {

using Range = MappingGuard::Range;

std::mutex ranges_mutex;
/// All that were ever made. Only grows, so that the handler walks it without a lock.
std::atomic<Range*> ranges = nullptr;
struct sigaction earlier_action;
std::uintptr_t page_bytes;

static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

bool map_zeros(std::uintptr_t begin, std::size_t bytes) noexcept {
  void* wanted = reinterpret_cast<void*>(begin);  // NOLINT(performance-no-int-to-ptr): the address of a fault
  return mmap(wanted, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
         MAP_FAILED;
}

Range* range_around(std::uintptr_t address) noexcept {
  for (Range* range = ranges.load(std::memory_order_acquire); range != nullptr; range = range->next) {
    const std::uintptr_t begin = range->begin.load(std::memory_order_acquire);
    if (begin != 0 && address >= begin && address < range->end.load(std::memory_order_acquire)) {
      return range;
    }
  }
  return nullptr;
}

/// What would have happened without us.
void call_earlier(int signal, siginfo_t* info, void* context) {
  if ((earlier_action.sa_flags & SA_SIGINFO) != 0) {
    earlier_action.sa_sigaction(signal, info, context);
  } else if (earlier_action.sa_handler == SIG_IGN && info->si_code <= 0) {
    // Somebody sent it, and it was to be ignored. A fault cannot be: the kernel ends the process.
  } else if (earlier_action.sa_handler == SIG_DFL || earlier_action.sa_handler == SIG_IGN) {
    (void)std::signal(signal, SIG_DFL);
    (void)std::raise(signal);  // when this handler returns
  } else {
    earlier_action.sa_handler(signal);
  }
}

void on_sigbus(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  Range* range = info->si_code > 0 ? range_around(address) : nullptr;
  if (range == nullptr) return call_earlier(signal, info, context);
  // First: whoever reads the zeros then finds this.
  range->is_broken.store(true, std::memory_order_seq_cst);
  if (!map_zeros(address & ~(page_bytes - 1), page_bytes)) {
    return call_earlier(signal, info, context);
  }
  if (auto* wake = range->wake.load(std::memory_order_acquire); wake != nullptr) {
    wake->store(INT64_MIN, std::memory_order_relaxed);
  }
  errno = saved_errno;
}

/// Once a process, and for good: a handler that came after ours may call on it.
void install() {
  static bool is_installed = false;  // guarded by ranges_mutex
  if (is_installed) return;
  page_bytes = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  struct sigaction action = {};
  action.sa_sigaction = on_sigbus;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGBUS, nullptr, &earlier_action) != 0 || sigaction(SIGBUS, &action, nullptr) != 0) {
    throw TraceError(ErrorCode::kFile, "cannot handle SIGBUS, which a file that is cut raises: " +
                                           std::generic_category().message(errno));
  }
  is_installed = true;
}

Range* free_range() {
  for (Range* range = ranges.load(std::memory_order_relaxed); range != nullptr; range = range->next) {
    if (range->begin.load(std::memory_order_relaxed) == 0) return range;
  }
  auto* range = new Range;
  range->next = ranges.load(std::memory_order_relaxed);
  ranges.store(range, std::memory_order_release);
  return range;
}

}  // namespace

MappingGuard::MappingGuard(std::byte* begin, std::size_t bytes, std::atomic<std::int64_t>& wake) {
  const std::lock_guard lock(ranges_mutex);
  install();
  range_ = free_range();
  range_->is_broken.store(false, std::memory_order_relaxed);
  range_->wake.store(&wake, std::memory_order_relaxed);
  const auto address = reinterpret_cast<std::uintptr_t>(begin);
  range_->end.store(address + bytes, std::memory_order_release);
  range_->begin.store(address, std::memory_order_release);
}

MappingGuard::~MappingGuard() {
  const std::lock_guard lock(ranges_mutex);
  range_->begin.store(0, std::memory_order_release);
  range_->wake.store(nullptr, std::memory_order_release);
}

bool MappingGuard::is_broken() const noexcept {
  return range_->is_broken.load(std::memory_order_acquire);
}

bool MappingGuard::replace() noexcept {
  const std::uintptr_t begin = range_->begin.load(std::memory_order_relaxed);
  if (!map_zeros(begin, range_->end.load(std::memory_order_relaxed) - begin)) return false;
  range_->is_broken.store(false, std::memory_order_release);
  return true;
}

}  // namespace aegis::trace
