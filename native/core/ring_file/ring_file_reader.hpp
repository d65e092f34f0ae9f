#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "aegis/trace/recover.hpp"
#include "record/record.hpp"
#include "ring_file/ring_file_format.hpp"

namespace aegis::trace {

/// Reads the events of a ring file in order of recording, without mapping it: a file that shrinks
/// meanwhile gives short reads, not signals. Memory is one chunk a lane.
///
/// The constructor goes through all chunks once to know how many events there are, for only the
/// newest `capacity` are returned; next() goes through them again. Nothing that is read is used as a
/// length or an offset before it has been compared with what there is; what is returned has passed
/// record_checksum() for its lane and sequence.
///
/// Threads: one at a time.
class RingFileReader {
 public:
  struct Item {
    RecordView record;  ///< valid until the next call of next()
    Uuid event_id;
  };

  /// @throws TraceError (kFile, kFormat), std::bad_alloc.
  explicit RingFileReader(const std::filesystem::path& path);
  ~RingFileReader();
  RingFileReader(const RingFileReader&) = delete;
  RingFileReader& operator=(const RingFileReader&) = delete;

  /// The next event, or nothing at the end. @throws TraceError (kFile), std::bad_alloc.
  [[nodiscard]] std::optional<Item> next();
  /// Begins again with the oldest. @throws as next().
  void rewind();

  /// How many events a pass returns, unless the file changes.
  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
  /// What the file says, with an account in which `returned` events are what is left.
  [[nodiscard]] RecoveryInfo info(std::uint64_t returned) const;

 private:
  struct ChunkLocation {
    std::uint32_t lane;
    std::uint32_t count;  ///< records that the header says are complete
    std::uint64_t first_sequence;
    std::uint64_t offset;  ///< in the file
  };
  /// One lane on its way through its chunks.
  struct Window {
    std::uint32_t lane;
    std::size_t place;       ///< of the next chunk to read
    std::size_t last_place;
    std::vector<std::uint64_t> bytes;  ///< of the chunk, aligned to 8
    std::vector<std::pair<std::uint32_t, std::uint64_t>> found;  ///< offset and sequence
    std::size_t at = 0;                ///< next one of `found` to return
    std::uint64_t next_sequence = 0;   ///< lower ones have been found
    std::int64_t recorded_at_ns = INT64_MIN;  ///< of the last one found
  };

  void read_identity();
  void read_anchors();
  void survey();
  void count_events();
  [[nodiscard]] std::vector<Window> windows() const;
  /// Reads chunks until one has a sound record that is still wanted. @return false at the end.
  bool refill(Window& window);
  void find_records(Window& window, const ChunkLocation& place);
  /// The offset of the record of that sequence, or 0.
  [[nodiscard]] std::uint32_t find_record(const std::byte* chunk, const ChunkLocation& place,
                                          std::uint32_t position, std::uint32_t expected) const;
  [[nodiscard]] bool is_below_floor(std::int64_t recorded_at_ns, std::uint32_t lane,
                                    std::uint64_t sequence) const noexcept;
  /// Reads up to `bytes`. @return how many there were. @throws TraceError (kFile).
  std::size_t read(void* out, std::size_t bytes, std::uint64_t offset) const;

  [[noreturn]] void fail(ErrorCode code, const std::string& what) const;

  const std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t file_bytes_ = 0;
  RingFileIdentity identity_ = {};
  RingState state_ = {};
  std::vector<ClockAnchor> anchors_;  ///< in order of steady time
  std::vector<ChunkLocation> places_;           ///< lane by lane, in order of sequence
  std::uint64_t ends_[kRingFileLanes] = {};  ///< per lane: sequence after the newest event
  std::uint64_t events_ = 0;
  std::uint64_t skipped_records_ = 0;
  std::uint64_t skipped_chunks_ = 0;
  bool is_counting_ = false;  ///< what is skipped is counted in the first pass only

  std::vector<Window> windows_;
  std::uint64_t to_skip_ = 0;  ///< of this pass: older than the newest `capacity`
  Window* current_ = nullptr;  ///< whose record was returned last
};

}  // namespace aegis::trace
