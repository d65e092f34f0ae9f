#include "ring_file/ring_file_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <tuple>

#include "record/chunk.hpp"
#include "record/record_check.hpp"
#include "record/record_checksum.hpp"

namespace aegis::trace {

namespace {

constexpr std::uint32_t kMinChunkBytes = 32 * 1024;
constexpr std::uint32_t kMaxChunkBytes = 1024 * 1024;
constexpr std::uint32_t kFreeLane = UINT32_MAX;
/// What JSON readers hold exactly; no ring counts further.
constexpr std::uint64_t kMaxCounter = (std::uint64_t{1} << 53) - 1;

bool is_power_of_two(std::uint32_t value) { return value != 0 && (value & (value - 1)) == 0; }

bool is_all_zero(const ChunkHeader& header) {
  const ChunkHeader zero{};
  return std::memcmp(&header, &zero, sizeof zero) == 0;
}

const std::byte* bytes_of(const std::vector<std::uint64_t>& words) {
  return reinterpret_cast<const std::byte*>(words.data());
}

}  // namespace

RingFileReader::RingFileReader(const std::filesystem::path& path) : path_(path) {
  // Without O_NONBLOCK, opening a pipe waits for its other end.
  descriptor_ = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) {
    fail(ErrorCode::kFile, "could not be opened: " + std::generic_category().message(errno));
  }
  try {
    read_identity();
    read_anchors();
    survey();
    count_events();
    rewind();
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

RingFileReader::~RingFileReader() { close(descriptor_); }

void RingFileReader::fail(ErrorCode code, const std::string& what) const {
  throw TraceError(code, path_.string() + " " + what);
}

std::size_t RingFileReader::read(void* out, std::size_t bytes, std::uint64_t offset) const {
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t count = pread(descriptor_, static_cast<std::byte*>(out) + done, bytes - done,
                                static_cast<off_t>(offset + done));
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      fail(ErrorCode::kFile, "could not be read: " + std::generic_category().message(errno));
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

void RingFileReader::read_identity() {
  struct stat status;
  if (fstat(descriptor_, &status) != 0) {
    fail(ErrorCode::kFile, "could not be read: " + std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) fail(ErrorCode::kFile, "must be a regular file");
  file_bytes_ = static_cast<std::uint64_t>(status.st_size);

  if (read(&identity_, sizeof identity_, 0) != sizeof identity_ ||
      identity_.magic != kRingFileMagic) {
    fail(ErrorCode::kFormat, "must be a ring file; it does not begin as one");
  }
  if (identity_.format_version != kRingFileVersion) {
    fail(ErrorCode::kFormat, "must be a ring file of format version " +
                                 std::to_string(kRingFileVersion) + "; got " +
                                 std::to_string(identity_.format_version));
  }
  const bool is_sound =
      identity_.checksum == identity_checksum(identity_) &&
      identity_.header_bytes == kRingFileHeaderBytes && identity_.lane_count == kRingFileLanes &&
      is_power_of_two(identity_.chunk_bytes) && identity_.chunk_bytes >= kMinChunkBytes &&
      identity_.chunk_bytes <= kMaxChunkBytes && identity_.chunk_count > 0 &&
      identity_.chunk_count <= limits::kMaxRingBytes / identity_.chunk_bytes &&
      identity_.capacity > 0 && identity_.capacity <= limits::kMaxCapacity &&
      identity_.pid <= INT32_MAX;
  if (!is_sound) fail(ErrorCode::kFormat, "is damaged: its header does not match its checksum");
  if (read(&state_, sizeof state_, kRingStateOffset) != sizeof state_) {
    fail(ErrorCode::kFormat, "is damaged: it ends within its header");
  }
}

void RingFileReader::read_anchors() {
  anchors_ = {{identity_.steady_ns, identity_.wall_ns}};
  std::array<RingAnchor, kRingAnchors> slots = {};
  read(slots.data(), sizeof slots, kRingAnchorsOffset);
  for (const RingAnchor& slot : slots) {
    const ClockAnchor anchor = {slot.steady_ns, slot.wall_ns};
    const bool is_sound = slot.checksum == anchor_checksum(anchor, identity_.seed);
    if (is_sound && anchor.steady_ns > identity_.steady_ns) anchors_.push_back(anchor);
  }
  const auto is_earlier = [](const ClockAnchor& a, const ClockAnchor& b) {
    return a.steady_ns < b.steady_ns;
  };
  std::sort(anchors_.begin(), anchors_.end(), is_earlier);
}

void RingFileReader::survey() {
  const std::uint32_t max_count =
      (identity_.chunk_bytes - static_cast<std::uint32_t>(sizeof(ChunkHeader))) /
      static_cast<std::uint32_t>(sizeof(RecordHeader) + sizeof(IndexEntry));
  for (std::uint64_t index = 0; index < identity_.chunk_count; ++index) {
    const std::uint64_t offset = kRingFileHeaderBytes + index * identity_.chunk_bytes;
    ChunkHeader header;
    if (offset + sizeof header > file_bytes_ ||
        read(&header, sizeof header, offset) != sizeof header) {
      skipped_chunks_ += identity_.chunk_count - index;
      break;
    }
    if (is_all_zero(header)) continue;  // never used
    const bool is_sound =
        header.magic == kChunkMagic && header.format_version == kChunkFormatVersion &&
        header.header_bytes == sizeof header && header.chunk_bytes == identity_.chunk_bytes &&
        header.count <= max_count;
    if (is_sound && (header.lane == kFreeLane || (header.lane < kRingFileLanes && header.count == 0)))
      continue;
    if (!is_sound || header.lane >= kRingFileLanes || header.first_sequence >= kMaxSequence) {
      ++skipped_chunks_;
      continue;
    }
    places_.push_back({header.lane, header.count, header.first_sequence, offset});
  }
  std::sort(places_.begin(), places_.end(), [](const ChunkLocation& a, const ChunkLocation& b) {
    return std::tie(a.lane, a.first_sequence, a.offset) <
           std::tie(b.lane, b.first_sequence, b.offset);
  });

  for (std::uint32_t lane = 0; lane < kRingFileLanes; ++lane) {
    // A mark beyond what any ring reaches is damage.
    const std::uint64_t sealed_end = state_.lanes[lane].sealed_end;
    ends_[lane] = sealed_end < kMaxSequence ? sealed_end : 0;
  }
  for (const ChunkLocation& place : places_) {
    ends_[place.lane] = std::max(ends_[place.lane], place.first_sequence + place.count);
  }
  for (std::uint32_t lane = 0; lane < kRingFileLanes; ++lane) {
    LaneMarks& marks = state_.lanes[lane];
    if (marks.live_begin > ends_[lane]) marks.live_begin = 0;  // damaged: better too much
    marks.cleared = std::min(marks.cleared, marks.live_begin);
  }
}

std::vector<RingFileReader::Window> RingFileReader::windows() const {
  std::vector<Window> windows;
  for (std::size_t place = 0; place < places_.size(); ++place) {
    if (windows.empty() || windows.back().lane != places_[place].lane) {
      windows.push_back({.lane = places_[place].lane,
                         .place = place,
                         .last_place = place,
                         .bytes = {},
                         .found = {}});
    }
    windows.back().last_place = place + 1;
  }
  return windows;
}

void RingFileReader::count_events() {
  is_counting_ = true;
  for (Window& window : windows()) {
    while (refill(window)) events_ += window.found.size();
  }
  is_counting_ = false;
  to_skip_ = events_ > identity_.capacity ? events_ - identity_.capacity : 0;
  events_ -= to_skip_;
}

void RingFileReader::rewind() {
  windows_ = windows();
  current_ = nullptr;
  for (Window& window : windows_) refill(window);
}

std::optional<RingFileReader::Item> RingFileReader::next() {
  for (;;) {
    if (current_ != nullptr && ++current_->at == current_->found.size()) refill(*current_);
    current_ = nullptr;
    std::int64_t earliest_ns = 0;
    for (Window& window : windows_) {
      if (window.at == window.found.size()) continue;
      const RecordView record(bytes_of(window.bytes) + window.found[window.at].first);
      // On equal times the lower lane goes first: windows stand by lane.
      if (current_ == nullptr || record.header().recorded_at_ns < earliest_ns) {
        current_ = &window;
        earliest_ns = record.header().recorded_at_ns;
      }
    }
    if (current_ == nullptr) return std::nullopt;
    if (to_skip_ > 0) {
      --to_skip_;
      continue;
    }
    const auto [offset, sequence] = current_->found[current_->at];
    const RecordView record(bytes_of(current_->bytes) + offset);
    return Item{record, (record.header().flags & kHasEventId) != 0
                            ? record.stored_event_id()
                            : generated_event_id(identity_.seed, current_->lane, sequence)};
  }
}

bool RingFileReader::refill(Window& window) {
  window.at = 0;
  window.found.clear();
  while (window.found.empty() && window.place < window.last_place) {
    find_records(window, places_[window.place++]);
  }
  return !window.found.empty();
}

void RingFileReader::find_records(Window& window, const ChunkLocation& place) {
  window.bytes.resize(identity_.chunk_bytes / sizeof(std::uint64_t));
  const std::size_t available = read(window.bytes.data(), identity_.chunk_bytes, place.offset);
  const std::byte* const chunk = bytes_of(window.bytes);
  // Beyond the end of a file that was cut off there is nothing, rather than the previous chunk.
  std::memset(reinterpret_cast<std::byte*>(window.bytes.data()) + available, 0,
              identity_.chunk_bytes - available);

  std::uint32_t expected = sizeof(ChunkHeader);
  for (std::uint32_t position = 0; position < place.count; ++position) {
    const std::uint64_t sequence = place.first_sequence + position;
    const std::uint32_t offset = find_record(chunk, place, position, expected);
    const bool is_wanted = sequence >= state_.lanes[place.lane].live_begin &&
                           sequence >= window.next_sequence;
    if (offset == 0) {
      if (is_counting_ && is_wanted) ++skipped_records_;
      continue;
    }
    const RecordHeader& header = *reinterpret_cast<const RecordHeader*>(chunk + offset);
    expected = offset + header.length;
    if (!is_wanted || is_below_floor(header.recorded_at_ns, place.lane, sequence)) continue;
    if (header.recorded_at_ns < window.recorded_at_ns) {
      // No ring writes this: a lane's times never go back.
      if (is_counting_) ++skipped_records_;
      continue;
    }
    window.recorded_at_ns = header.recorded_at_ns;
    window.next_sequence = sequence + 1;
    window.found.emplace_back(offset, sequence);
  }
}

std::uint32_t RingFileReader::find_record(const std::byte* chunk, const ChunkLocation& place,
                                          std::uint32_t position, std::uint32_t expected) const {
  const std::uint64_t seed = lane_checksum_seed(identity_.seed, place.lane);
  const std::uint64_t sequence = place.first_sequence + position;
  // The index of the chunk's records begins here; no record reaches into it.
  const auto records_end = static_cast<std::uint32_t>(
      identity_.chunk_bytes - place.count * static_cast<std::uint32_t>(sizeof(IndexEntry)));
  IndexEntry entry;
  std::memcpy(&entry, chunk + identity_.chunk_bytes - (position + 1) * sizeof entry, sizeof entry);
  // Where the index says; when that is damaged, where the record before it ends.
  for (const std::uint32_t offset : {entry.offset, expected}) {
    if (offset < sizeof(ChunkHeader) || offset % 8 != 0 || offset >= records_end) continue;
    if (!is_well_formed_record(chunk + offset, records_end - offset)) continue;
    const RecordHeader& header = *reinterpret_cast<const RecordHeader*>(chunk + offset);
    const std::uint64_t content = content_hash(RecordView(chunk + offset));
    if (header.checksum == record_checksum(content, header.recorded_at_ns, seed, sequence)) {
      return offset;
    }
  }
  return 0;
}

bool RingFileReader::is_below_floor(std::int64_t recorded_at_ns, std::uint32_t lane,
                                    std::uint64_t sequence) const noexcept {
  if (state_.floor_recorded_at_ns == 0) return false;  // nothing was given up for memory
  return std::make_tuple(recorded_at_ns, std::uint64_t{lane}, sequence) <=
         std::make_tuple(state_.floor_recorded_at_ns, state_.floor_lane, state_.floor_sequence);
}

RecoveryInfo RingFileReader::info(std::uint64_t returned) const {
  RecoveryInfo info;
  info.stats.capacity = identity_.capacity;
  info.stats.size = returned;
  for (std::uint32_t lane = 0; lane < kRingFileLanes; ++lane) {
    info.stats.recorded += ends_[lane];
    info.stats.cleared += state_.lanes[lane].cleared;
  }
  info.stats.dropped = info.stats.recorded - info.stats.cleared - returned;
  info.stats.rejected = std::min(state_.rejected, kMaxCounter);
  info.stats.truncated = std::min(state_.truncated, kMaxCounter);
  info.stats.bytes = file_bytes_;
  info.run_id = run_id_of(identity_.seed);
  info.pid = identity_.pid;
  info.process_start_wall_ns = identity_.process_start_wall_ns;
  info.anchors = anchors_;
  info.closed_wall_ns = state_.closed_wall_ns;
  const std::uint64_t kind = state_.end >> 32;
  if (kind <= static_cast<std::uint32_t>(RunEnd::Kind::kSignal)) {
    info.end = {.kind = static_cast<RunEnd::Kind>(kind),
                .code = static_cast<std::uint32_t>(state_.end)};
  }
  info.skipped_records = skipped_records_;
  info.skipped_chunks = skipped_chunks_;
  return info;
}

}  // namespace aegis::trace
