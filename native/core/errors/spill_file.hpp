#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <span>

#include "ring/run_clock.hpp"
#include "errors/spill_format.hpp"

namespace aegis::trace {

/// Reads frames out of a spill file from one offset on. Holds no file.
class SpillReader {
 public:
  SpillReader(const Uuid& run, std::uint64_t offset) : parser_(run), offset_(offset) {}

  /// Appends what lies before `end` to `out`, up to `limits`. @return 0, or the errno of a failed
  /// read: what was read until then is in `out`.
  int read(int descriptor, std::uint64_t end, const FrameParser::Limits& limits,
           RecordedEvents& out);

  [[nodiscard]] const std::vector<ClockAnchor>& anchors() const noexcept {
    return parser_.anchors();
  }
  /// Behind what was read.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t gaps() const noexcept { return parser_.gaps(); }

 private:
  FrameParser parser_;
  std::uint64_t offset_;
};

/// The spill file of a living process, locked (flock) while it is open. It appears in its folder
/// complete with its header when the first frame is written, and vanishes with its last one.
///
/// Other programs may cut, rename and delete it: each call looks first. What was cut off is counted; where
/// the path names the file no more, a copy takes the name.
/// Threads: append() any; the rest one at a time.
class SpillFile {
 public:
  /// `number` tells the files of one run apart; `clock` is the run's, and outlives this.
  /// @throws TraceError (kSpill) when `folder` is none, or no file can be made in it.
  SpillFile(const std::filesystem::path& folder, const SpillOwner& owner, const RunClock& clock,
            std::uint32_t number, std::uint64_t max_bytes);
  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;
  /// Removes the file unless frames are left that were not released.
  ~SpillFile();

  struct Outcome {
    int error = 0;           ///< an errno: what was asked was not done
    int name_error = 0;      ///< an errno: the file has no name, and goes with the process
    std::uint64_t lost = 0;  ///< frames that another program has taken away, found just now
  };

  /// Writes a frame, filling in its checksum, in one write(2): without an error the frame
  /// survives the process. With one nothing was added; EFBIG: there is no more room.
  [[nodiscard]] Outcome append(std::span<std::byte> frame) noexcept;

  /// The oldest that were not released; the same again until they are. The error is SpillReader's.
  [[nodiscard]] Outcome peek(const FrameParser::Limits& limits, RecordedEvents& out);
  /// Looks what has become of the file.
  [[nodiscard]] Outcome check() noexcept;
  /// Gives up what the last peek returned. The file is emptied when none is left.
  void release();
  /// Waits until what was written is on the disk.
  void sync() const noexcept;

  /// Frames written and not released, and their bytes. Any thread, without waiting.
  [[nodiscard]] std::uint64_t pending() const noexcept { return pending_.load(kRelaxed); }
  [[nodiscard]] std::uint64_t pending_bytes() const noexcept { return pending_bytes_.load(kRelaxed); }

 private:
  // Relaxed: figures to show, which order nothing.
  static constexpr auto kRelaxed = std::memory_order_relaxed;

  /// Makes the file under its unfinished name, and locks it. @return its descriptor, or -errno.
  [[nodiscard]] int create_unfinished() const noexcept;
  [[nodiscard]] int create() noexcept;
  [[nodiscard]] Outcome check_locked() noexcept;
  /// Counts what is left of a file that is shorter than it was. @return how many frames are not.
  [[nodiscard]] std::uint64_t take_stock(std::uint64_t size) noexcept;
  /// Puts a copy of the open file in its place. @return an errno.
  [[nodiscard]] int restore_name() noexcept;
  [[nodiscard]] int write_all(std::span<const std::byte> bytes) noexcept;
  /// Writes the anchors that are not in the file yet.
  [[nodiscard]] int write_anchors() noexcept;

  const SpillOwner owner_;
  const RunClock& clock_;
  const std::uint64_t max_bytes_;
  std::filesystem::path path_;
  std::filesystem::path unfinished_path_;

  std::mutex mutex_;       ///< guards the members below but for peeked_
  int descriptor_ = -1;    ///< set once
  std::uint64_t end_ = 0;  ///< after the last complete frame
  std::uint64_t begin_ = sizeof(SpillHeader);  ///< of the oldest not released
  std::uint64_t cuts_ = 0;                     ///< how often the file was cut
  std::uint64_t anchors_version_ = 0;          ///< of the clock, when its anchors were last written
  std::int64_t last_anchor_ns_ = INT64_MIN;    ///< of the last one in the file
  std::atomic<std::uint64_t> pending_ = 0;
  std::atomic<std::uint64_t> pending_bytes_ = 0;

  // Of the last peek.
  std::uint64_t peeked_end_ = sizeof(SpillHeader);
  std::uint64_t peeked_ = 0;
  std::uint64_t peeked_cuts_ = 0;  ///< cuts_ then
};

/// Takes the lock of an open spill file. @return whether no living process has it.
[[nodiscard]] bool lock_spill(int descriptor) noexcept;

/// "cannot spill to PATH: WHAT: MESSAGE OF ERRNO".
[[noreturn]] void throw_spill_error(const std::filesystem::path& path, const char* what, int error);

}  // namespace aegis::trace
