#include "export.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>

#include "clock.hpp"
#include "json_writer.hpp"
#include "scan.hpp"

namespace aegis::trace {

namespace {

namespace fs = std::filesystem;

/// Each write(2) is about this long: large enough for its cost not to count.
constexpr std::size_t kWriteBytes = std::size_t{256} * 1024;
constexpr std::uint64_t kEventsPerProgress = 512;
/// The metadata stands first but is known last: its line is reserved with spaces and filled in. Ten
/// counters and two times of 20 digits with their keys need less than 600 bytes.
constexpr std::size_t kMetadataBytes = 640;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw TraceError(ErrorCode::kExport, "cannot export to " + path.string() + ": " + what);
}

[[noreturn]] void fail_with_errno(const fs::path& path, const std::string& what) {
  fail(path, what + ": " + std::generic_category().message(errno));
}

/// A new export never goes through a link nor replaces what is not a file that we could have
/// written; rename() alone would do both.
void require_replaceable(const fs::path& path) {
  if (path.filename().empty()) fail(path, "the path must name a file");
  if (path.native().find('\0') != std::string::npos) {
    // The system would take it for a path that ends there. Not named: the message would end there.
    throw TraceError(ErrorCode::kExport, "cannot export to a path that contains NUL");
  }
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    fail_with_errno(path, "lstat");
  }
  if (S_ISLNK(status.st_mode)) fail(path, "expected a regular file or nothing there; got a link");
  if (!S_ISREG(status.st_mode)) fail(path, "expected a regular file or nothing there");
  if ((status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0) fail(path, "the file is read-only");
}

/// A file beside `path` that takes its name when it is complete, and vanishes otherwise.
class PendingFile {
 public:
  explicit PendingFile(const fs::path& path) : path_(path) {
    static std::atomic<std::uint32_t> next = 0;
    require_replaceable(path);
    // Not made from the target's name, which may be as long as names can be.
    std::string name = ".aegis-trace-";
    name += std::to_string(getpid());
    name += "-";
    name += std::to_string(next.fetch_add(1, std::memory_order_relaxed));
    name += ".tmp";
    temporary_ = path.parent_path() / name;
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       S_IRUSR | S_IWUSR);
    if (descriptor_ < 0) fail_with_errno(path_, "open " + temporary_.filename().string());
  }
  PendingFile(const PendingFile&) = delete;
  PendingFile& operator=(const PendingFile&) = delete;
  ~PendingFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!committed_) unlink(temporary_.c_str());
  }

  void write(std::string_view text) { write_at(text, bytes_), bytes_ += text.size(); }

  void write_at(std::string_view text, std::uint64_t offset) {
    while (!text.empty()) {
      const ssize_t written =
          pwrite(descriptor_, text.data(), text.size(), static_cast<off_t>(offset));
      if (written < 0) {
        if (errno == EINTR) continue;
        fail_with_errno(path_, "write");
      }
      text.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
  }

  void commit() {
    if (fsync(descriptor_) != 0) fail_with_errno(path_, "fsync");
    const int closed = close(descriptor_);
    descriptor_ = -1;
    if (closed != 0) fail_with_errno(path_, "close");
    if (rename(temporary_.c_str(), path_.c_str()) != 0) fail_with_errno(path_, "rename");
    committed_ = true;
  }

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  fs::path path_;
  fs::path temporary_;
  int descriptor_ = -1;
  std::uint64_t bytes_ = 0;
  bool committed_ = false;
};

/// The first line of the document, padded to kMetadataBytes.
std::string metadata_line(const CollectorStats& stats, std::uint64_t written) {
  JsonWriter json;
  const auto field = [&](std::string_view key, std::uint64_t value) {
    json.raw(",\"");
    json.raw(key);
    json.raw("\":");
    json.integer(value);
  };
  json.raw(R"({"metadata": {"format":"aegis-trace")");
  field("format_version", kExportFormatVersion);
  field("pid", static_cast<std::uint64_t>(getpid()));
  field("capacity", stats.capacity);
  field("recorded", stats.recorded);
  // What was recycled while the file was being written is not in it: to its reader it was dropped.
  field("retained", written);
  field("dropped", stats.recorded - stats.cleared - written);
  field("cleared", stats.cleared);
  // Readers are cursors and take nothing out of the ring, so nothing is ever missing for them.
  field("drained", 0);
  field("rejected", stats.rejected);
  field("truncated", stats.truncated);
  const ClockAnchor clock = read_clocks();
  json.raw(R"(,"clock":{"steady_ns":)");
  json.integer(clock.steady_ns);
  json.raw(R"(,"wall_ns":)");
  json.integer(clock.wall_ns);
  json.raw("}}");
  std::string line = json.text();
  line.resize(kMetadataBytes - 2, ' ');
  return line + ",\n";
}

}  // namespace

ExportResult export_ring(Ring& ring, const fs::path& path, const ExportOptions& options) {
  PendingFile file(path);
  const Snapshot snapshot = ring.snapshot();
  ExportProgress progress{.events_written = 0, .events_total = snapshot.stats.size};
  const auto report = [&] {
    if (!options.on_progress || options.on_progress(progress)) return;
    throw TraceError(ErrorCode::kCancelled, "the export to " + path.string() + " was cancelled");
  };

  file.write(metadata_line(snapshot.stats, 0));
  JsonWriter json;
  json.raw("\"events\": [");
  Scan scan(snapshot);
  while (const std::optional<Scan::Item> item = scan.next()) {
    json.raw(progress.events_written == 0 ? "\n" : ",\n");
    json.event(item->record, ring.event_id(item->lane, item->sequence, item->record));
    if (json.text().size() >= kWriteBytes) {
      file.write(json.text());
      json.reset();
    }
    if (++progress.events_written % kEventsPerProgress == 0) report();
  }
  json.raw("\n]}\n");
  file.write(json.text());
  file.write_at(metadata_line(snapshot.stats, progress.events_written), 0);
  report();
  file.commit();
  return {progress.events_written, file.bytes()};
}

}  // namespace aegis::trace
