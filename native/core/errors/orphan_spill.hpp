#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "errors/spill_file.hpp"

namespace aegis::trace {

/// The spill file of a process that is dead, or of a drain that is closed, locked while this is open.
/// Threads: one at a time.
class OrphanSpill {
 public:
  /// The spill files in `folder` that nobody has open, sorted by name. A folder that does not exist
  /// has none. @throws TraceError (kSpill) when it cannot be read.
  [[nodiscard]] static std::vector<std::string> list(const std::filesystem::path& folder);
  /// @return nothing when somebody has it open, or it is no more.
  /// @throws TraceError (kSpill) when it cannot be read, or is no spill file, or a damaged one.
  [[nodiscard]] static std::optional<OrphanSpill> open(const std::filesystem::path& path);

  OrphanSpill(OrphanSpill&& other) noexcept;
  OrphanSpill& operator=(OrphanSpill&&) = delete;
  ~OrphanSpill();

  /// With the anchors that were read so far: those of the events that were peeked at are among them.
  [[nodiscard]] SpillOwner owner() const;

  /// The oldest that were not acknowledged. @throws TraceError (kSpill) when reading fails.
  [[nodiscard]] RecordedEvents peek(std::size_t max_events, std::size_t max_bytes);
  /// Goes on after what the last peek returned. The file stays as it is.
  void acknowledge() { acknowledged_ = peeked_; }
  /// Stretches of the file, so far, that hold no frame: torn at the end, or damaged.
  [[nodiscard]] std::uint64_t gaps() const noexcept { return peeked_.gaps(); }
  /// Deletes the file. @throws TraceError (kSpill).
  void remove();

 private:
  OrphanSpill(int descriptor, std::filesystem::path path, const SpillOwner& owner);

  int descriptor_;
  std::filesystem::path path_;
  SpillOwner owner_;
  SpillReader acknowledged_;
  SpillReader peeked_;
};

}  // namespace aegis::trace
