#include "errors/error_lane.hpp"

#include <cstring>
#include <string>
#include <thread>

#include "aegis/trace/error.hpp"

namespace aegis::trace {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

void require_options(const ErrorLaneOptions& options) {
  if (options.spill_max_bytes < limits::kMinSpillBytes) {
    throw TraceError(ErrorCode::kOption, "spillMaxBytes must be at least " +
                                             std::to_string(limits::kMinSpillBytes) + "; got " +
                                             std::to_string(options.spill_max_bytes));
  }
  if (options.bytes >= limits::kMinErrorLaneBytes && options.bytes <= limits::kMaxErrorLaneBytes) {
    return;
  }
  throw TraceError(ErrorCode::kOption,
                   "errorLaneBytes must be from " + std::to_string(limits::kMinErrorLaneBytes) +
                       " to " + std::to_string(limits::kMaxErrorLaneBytes) + "; got " +
                       std::to_string(options.bytes));
}

}  // namespace

std::uint64_t ErrorLane::open(const ErrorLaneOptions& options, const SpillOwner& owner,
                              const RunClock& clock,
                              const std::function<std::vector<std::uint64_t>()>& read_ends) {
  require_options(options);
  const std::lock_guard consumer(consumer_mutex_);
  const std::lock_guard lock(mutex_);
  if (queue_ != nullptr) {
    throw TraceError(ErrorCode::kDrain, "the collector already has a pipeline: close that one first");
  }
  auto queue = std::make_unique<FrameQueue>(options.bytes);
  if (!options.spill_folder.empty()) {
    spill_ = std::make_unique<SpillFile>(options.spill_folder, owner, clock, spill_files_ + 1,
                                         options.spill_max_bytes);
    ++spill_files_;
  }
  for (auto* counter : {&events_, &bytes_, &offered_, &spilled_, &lost_}) {
    counter->store(0, kRelaxed);
  }
  last_error_.store(0, kRelaxed);
  // With the mutex held: who sees the lane open before its begin is known waits in offer().
  begins_.clear();
  queue_ = std::move(queue);
  open_.store(true);
  begins_ = read_ends();
  return ++ticket_;
}

std::size_t ErrorLane::close(std::uint64_t ticket) {
  const std::lock_guard consumer(consumer_mutex_);
  return is_of(ticket) ? close_locked(Sync::kYes) : 0;
}

std::optional<std::size_t> ErrorLane::close_for_owner(std::chrono::milliseconds wait) {
  const auto deadline = std::chrono::steady_clock::now() + wait;
  // Polled: the thread sanitizer does not know the timed lock of the C library.
  std::unique_lock consumer(consumer_mutex_, std::try_to_lock);
  while (!consumer.owns_lock()) {
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    static_cast<void>(consumer.try_lock());
  }
  return queue_ == nullptr ? 0 : close_locked(Sync::kNo);
}

std::size_t ErrorLane::close_locked(Sync sync) {
  open_.store(false);
  // What was announced before is waited for: for its copy, or one write.
  while (const std::uint32_t count = in_flight_.load()) in_flight_.wait(count);
  const std::lock_guard lock(mutex_);
  const std::unique_ptr<FrameQueue> queue = std::move(queue_);
  const std::uint64_t spilled_before = spilled_.load(kRelaxed);
  FrameQueue::Mark left = queue->mark();
  while (left.size() > 0) spill(left.next());
  // Nobody reads the file before the next start, which has to find it.
  if (spill_ != nullptr) {
    SpillFile::Outcome outcome = spill_->check();
    if (outcome.name_error != 0) outcome.lost += spill_->pending();
    note(outcome);
  }
  if (spill_ != nullptr && sync == Sync::kYes) spill_->sync();
  spill_.reset();
  events_.store(0, kRelaxed);
  bytes_.store(0, kRelaxed);
  peeked_ = 0;
  return spilled_.load(kRelaxed) - spilled_before;
}

bool ErrorLane::announce_to_open() noexcept {
  // Either this sees that the lane was closed, or close() sees that this is in flight: both orders
  // are the sequentially consistent default for that reason.
  in_flight_.fetch_add(1);
  if (open_.load()) {
    offered_.fetch_add(1, kRelaxed);
    return true;
  }
  finish();
  return false;
}

void ErrorLane::finish() noexcept {
  if (in_flight_.fetch_sub(1) == 1 && !open_.load()) in_flight_.notify_all();
}

void ErrorLane::renounce() noexcept {
  offered_.fetch_sub(1, kRelaxed);
  finish();
}

void ErrorLane::offer(std::span<std::byte> frame) noexcept {
  FrameHeader header;
  std::memcpy(&header, frame.data(), sizeof header);
  bool is_taken = false;
  {
    const std::lock_guard lock(mutex_);
    if (!covers({header.lane, header.sequence})) {
      // Recorded while the lane was being opened: the cursor, made before, finds it.
      offered_.fetch_sub(1, kRelaxed);
      is_taken = true;
    } else if (queue_->push(frame)) {
      events_.store(queue_->size(), kRelaxed);
      bytes_.store(queue_->bytes(), kRelaxed);
      is_taken = true;
    }
  }
  if (!is_taken) spill(frame);
  finish();
}

void ErrorLane::spill(std::span<std::byte> frame) noexcept {
  if (spill_ == nullptr) {
    lost_.fetch_add(1, kRelaxed);
    return;
  }
  const SpillFile::Outcome outcome = spill_->append(frame);
  note(outcome);
  // The next one tries again: it costs little, and heals by itself.
  (outcome.error == 0 ? spilled_ : lost_).fetch_add(1, kRelaxed);
}

void ErrorLane::note(const SpillFile::Outcome& outcome) noexcept {
  lost_.fetch_add(outcome.lost, kRelaxed);
  const int error = outcome.error != 0 ? outcome.error : outcome.name_error;
  if (error != 0) last_error_.store(error, kRelaxed);
}

RecordedEvents ErrorLane::peek(std::uint64_t ticket, const FrameParser::Limits& limits) {
  RecordedEvents out;
  const std::lock_guard consumer(consumer_mutex_);
  if (!is_of(ticket)) return out;
  FrameQueue::Mark mark = [this] {
    const std::lock_guard lock(mutex_);
    return queue_->mark();
  }();
  // Without the mutex: only acknowledge() frees what the mark has seen.
  while (mark.size() > 0 && out.places.size() < limits.events && out.events.size() < limits.bytes) {
    const std::span<const std::byte> frame = mark.next();
    FrameHeader header;
    std::memcpy(&header, frame.data(), sizeof header);
    out.events.insert(out.events.end(), frame.begin() + sizeof header, frame.end());
    out.places.push_back({header.lane, header.sequence});
  }
  peeked_ = out.places.size();
  const bool has_room = out.places.size() < limits.events && out.events.size() < limits.bytes;
  if (spill_ != nullptr) {
    const FrameParser::Limits none = {0, 0};
    note(spill_->peek(has_room ? limits : none, out));
  }
  return out;
}

void ErrorLane::acknowledge(std::uint64_t ticket) {
  const std::lock_guard consumer(consumer_mutex_);
  if (!is_of(ticket)) return;
  {
    const std::lock_guard lock(mutex_);
    queue_->pop(peeked_);
    events_.store(queue_->size(), kRelaxed);
    bytes_.store(queue_->bytes(), kRelaxed);
  }
  peeked_ = 0;
  if (spill_ != nullptr) spill_->release();
}

ErrorLaneStats ErrorLane::stats() const noexcept {
  const std::lock_guard consumer(consumer_mutex_);
  ErrorLaneStats stats{.events = events_.load(kRelaxed),
                       .bytes = bytes_.load(kRelaxed),
                       .offered = offered_.load(kRelaxed),
                       .spilled = spilled_.load(kRelaxed),
                       .lost = lost_.load(kRelaxed),
                       .last_error = last_error_.load(kRelaxed)};
  if (spill_ != nullptr) {
    stats.spill_pending = spill_->pending();
    stats.spill_bytes = spill_->pending_bytes();
  }
  return stats;
}

}  // namespace aegis::trace
