#include "export/export.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "export/json_writer.hpp"
#include "ring/scan.hpp"
#include "temporary_file.hpp"

namespace aegis::trace {

namespace {

namespace fs = std::filesystem;

/// Each write(2) is about this long: large enough for its cost not to count.
constexpr std::size_t kWriteBytes = std::size_t{256} * 1024;
constexpr std::uint64_t kEventsPerProgress = 512;
/// The metadata stands first but is known last: its line is reserved with spaces and filled in. Ten
/// counters and two times of 20 digits with their keys need less than 600 bytes, what a recovered
/// ring says of itself less than 300, the id of the run and the name of the list of anchors 70, and
/// each anchor 70.
constexpr std::size_t kMetadataBytes = 1'040;
constexpr std::size_t kAnchorBytes = 72;

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw TraceError(ErrorCode::kExport, "cannot export to " + path.string() + ": " + what);
}

[[noreturn]] void fail_with_errno(const fs::path& path, const std::string& what) {
  fail(path, what + ": " + std::generic_category().message(errno));
}

/// A new export never goes through a link nor replaces what is not a file that we could have
/// written; rename() alone would do both. @return the path.
const fs::path& replaceable(const fs::path& path) {
  if (path.filename().empty()) fail(path, "the path must name a file");
  if (path.native().find('\0') != std::string::npos) {
    // The system would take it for a path that ends there. Not named: the message would end there.
    throw TraceError(ErrorCode::kExport, "cannot export to a path that contains NUL");
  }
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return path;
    fail_with_errno(path, "lstat");
  }
  if (S_ISLNK(status.st_mode)) fail(path, "expected a regular file or nothing there; got a link");
  if (!S_ISREG(status.st_mode)) fail(path, "expected a regular file or nothing there");
  if ((status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0) fail(path, "the file is read-only");
  return path;
}

/// A file beside `path` that takes its name when it is complete, and vanishes otherwise.
class PendingFile {
 public:
  explicit PendingFile(const fs::path& path)
      : path_(replaceable(path)), temporary_(path.parent_path()) {
    if (temporary_.is_open()) return;
    errno = temporary_.error();
    fail_with_errno(path_, "open " + temporary_.path().filename().string());
  }

  void write(std::string_view text) { write_at(text, bytes_), bytes_ += text.size(); }

  void write_at(std::string_view text, std::uint64_t offset) {
    while (!text.empty()) {
      const ssize_t written =
          pwrite(temporary_.descriptor(), text.data(), text.size(), static_cast<off_t>(offset));
      if (written < 0) {
        if (errno == EINTR) continue;
        fail_with_errno(path_, "write");
      }
      text.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
  }

  void commit() {
    if (fsync(temporary_.descriptor()) != 0) fail_with_errno(path_, "fsync");
    if (rename(temporary_.path().c_str(), path_.c_str()) != 0) fail_with_errno(path_, "rename");
    close(temporary_.release());  // it is on the disk: nothing is left that could fail
    errno = sync_folder(path_.parent_path());
    if (errno != 0) fail_with_errno(path_, "fsync of its folder");
  }

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  fs::path path_;
  TemporaryFile temporary_;
  std::uint64_t bytes_ = 0;
};

/// What stands in the head of a document beside the counters.
struct Origin {
  std::uint64_t pid;
  Uuid run;
  std::vector<ClockAnchor> anchors;  ///< in order of steady time; one at least
};

Origin origin_of(Ring& ring) {
  const RunClock::Anchors anchors = ring.clock_anchors();
  const auto all = anchors.span();
  return {static_cast<std::uint64_t>(getpid()), ring.run_id(), {all.begin(), all.end()}};
}

Origin origin_of(const RecoveryInfo& info) { return {info.pid, info.run_id, info.anchors}; }

void append_anchor(JsonWriter& json, const ClockAnchor& anchor) {
  json.raw(R"({"steady_ns":)");
  json.integer(anchor.steady_ns);
  json.raw(R"(,"wall_ns":)");
  json.integer(anchor.wall_ns);
  json.raw("}");
}

void append_field(JsonWriter& json, std::string_view key, std::uint64_t value) {
  json.raw(",\"");
  json.raw(key);
  json.raw("\":");
  json.integer(value);
}

void append_end(JsonWriter& json, const RunEnd& end) {
  switch (end.kind) {
    case RunEnd::Kind::kUnknown:
      return;
    case RunEnd::Kind::kClosed:
      json.raw(R"(,"end":"closed")");
      return;
    case RunEnd::Kind::kExit:
      json.raw(R"(,"end":"exit )");
      break;
    case RunEnd::Kind::kSignal:
      json.raw(R"(,"end":"signal )");
      break;
  }
  json.integer(std::int64_t{end.code});
  json.raw("\"");
}

/// The metadata object. `written` events are in the file; what was recycled while it was being
/// written is not: to its reader it was dropped.
void append_metadata(JsonWriter& json, const CollectorStats& stats, std::uint64_t written,
                     const Origin& origin, const RecoveryInfo* recovered) {
  json.raw(R"({"format":"aegis-trace")");
  append_field(json, "format_version", kExportFormatVersion);
  append_field(json, "pid", origin.pid);
  append_field(json, "capacity", stats.capacity);
  append_field(json, "recorded", stats.recorded);
  append_field(json, "retained", written);
  append_field(json, "dropped", stats.recorded - stats.cleared - written);
  append_field(json, "cleared", stats.cleared);
  // Readers are cursors and take nothing out of the ring, so nothing is ever missing for them.
  append_field(json, "drained", 0);
  append_field(json, "rejected", stats.rejected);
  append_field(json, "truncated", stats.truncated);
  json.raw(R"(,"run_id":")");
  json.raw(origin.run.to_string());
  // For readers that know of one anchor: the newest is right for most events.
  json.raw(R"(","clock":)");
  append_anchor(json, origin.anchors.back());
  json.raw(R"(,"anchors":)");
  std::string_view separator = "[";
  for (const ClockAnchor& anchor : origin.anchors) {
    json.raw(separator);
    append_anchor(json, anchor);
    separator = ",";
  }
  json.raw("]");
  if (recovered != nullptr) {
    json.raw(R"(,"recovered":{"run_id":")");
    json.raw(recovered->run_id.to_string());
    json.raw(R"(","process_start_wall_ns":)");
    json.integer(recovered->process_start_wall_ns);
    json.raw(R"(,"closed_wall_ns":)");
    json.integer(recovered->closed_wall_ns);
    append_end(json, recovered->end);
    append_field(json, "skipped_records", recovered->skipped_records);
    append_field(json, "skipped_chunks", recovered->skipped_chunks);
    json.raw("}");
  }
  json.raw("}");
}

/// The first line of the document, padded to what it needs at most.
std::string metadata_line(const CollectorStats& stats, std::uint64_t written, const Origin& origin,
                          const RecoveryInfo* recovered) {
  JsonWriter json;
  json.raw(R"({"metadata": )");
  append_metadata(json, stats, written, origin, recovered);
  std::string line = json.text();
  line.resize(kMetadataBytes + kAnchorBytes * origin.anchors.size() - 2, ' ');
  return line + ",\n";
}

/// Writes a document. `next(json)` appends one event and says whether there was one; `head(written)`
/// makes the first line, which is known last. @return events and bytes.
template <typename Head, typename Next>
ExportResult write_document(const fs::path& path, const ExportOptions& options,
                            std::uint64_t events_total, Head&& head, Next&& next) {
  PendingFile file(path);
  ExportProgress progress{.events_written = 0, .events_total = events_total};
  const auto report = [&] {
    if (!options.on_progress || options.on_progress(progress)) return;
    throw TraceError(ErrorCode::kCancelled, "the export to " + path.string() + " was cancelled");
  };

  file.write(head(0));
  JsonWriter json;
  json.raw("\"events\": [");
  while (next(json, progress.events_written == 0 ? "\n" : ",\n")) {
    if (json.text().size() >= kWriteBytes) {
      file.write(json.text());
      json.reset();
    }
    if (++progress.events_written % kEventsPerProgress == 0) report();
  }
  json.raw("\n]}\n");
  file.write(json.text());
  file.write_at(head(progress.events_written), 0);
  report();
  file.commit();
  return {progress.events_written, file.bytes()};
}

}  // namespace

ExportResult export_ring(Ring& ring, const fs::path& path, const ExportOptions& options) {
  // First: a step that is noticed only now is an event of its own.
  const Origin origin = origin_of(ring);
  const Snapshot snapshot = ring.snapshot();
  Scan scan(snapshot);
  return write_document(
      path, options, snapshot.stats.size,
      [&](std::uint64_t written) {
        return metadata_line(snapshot.stats, written, origin, nullptr);
      },
      [&](JsonWriter& json, std::string_view separator) {
        const std::optional<Scan::Item> item = scan.next();
        if (!item) return false;
        json.raw(separator);
        json.event(item->record, ring.event_id(item->lane, item->sequence, item->record));
        return true;
      });
}

RecoveryInfo export_ring_file(RingFileReader& reader, const fs::path& path,
                              const ExportOptions& options) {
  const ExportResult result = write_document(
      path, options, reader.events(),
      [&](std::uint64_t written) {
        const RecoveryInfo info = reader.info(written);
        return metadata_line(info.stats, written, origin_of(info), &info);
      },
      [&](JsonWriter& json, std::string_view separator) {
        const std::optional<RingFileReader::Item> item = reader.next();
        if (!item) return false;
        json.raw(separator);
        json.event(item->record, item->event_id);
        return true;
      });
  return reader.info(result.events);
}

std::string recovery_metadata(const RecoveryInfo& info) {
  JsonWriter json;
  append_metadata(json, info.stats, info.stats.size, origin_of(info), &info);
  return std::string(json.text());
}

}  // namespace aegis::trace
