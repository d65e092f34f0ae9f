#include "ring/query.hpp"

#include <algorithm>
#include <tuple>

namespace aegis::trace {

namespace {

struct Match {
  std::int64_t timestamp_ns;
  RecordingOrder order;
  std::size_t offset;  ///< in the collected bytes

  bool operator<(const Match& other) const noexcept {
    return std::tie(timestamp_ns, order) < std::tie(other.timestamp_ns, other.order);
  }
};

/// A query taken apart once, to be asked of many records.
class Matcher {
 public:
  explicit Matcher(const TraceQuery& query) : query_(query) {
    if (query.request_id) request_hash_ = hash_request_id(*query.request_id);
    if (query.start) start_ns_ = query.start->to_nanos();
    if (query.end) end_ns_ = query.end->to_nanos();
    if (query.min_severity) min_severity_ = static_cast<std::uint8_t>(*query.min_severity);
  }

  [[nodiscard]] bool may_match(const IndexEntry& entry) const noexcept {
    return !query_.request_id || entry.request_hash == request_hash_;
  }

  [[nodiscard]] bool matches(const RecordView& record) const noexcept {
    const RecordHeader& header = record.header();
    const auto is = [](const std::optional<std::string>& wanted, std::string_view value) {
      return !wanted || *wanted == value;
    };
    return header.timestamp_ns >= start_ns_ && header.timestamp_ns <= end_ns_ &&
           header.severity >= min_severity_ && is(query_.event_type, record.event_type()) &&
           is(query_.component, record.component()) && is(query_.model_id, record.model_id()) &&
           is(query_.request_id, record.request_id());
  }

 private:
  const TraceQuery& query_;
  std::int64_t start_ns_ = INT64_MIN;
  std::int64_t end_ns_ = INT64_MAX;
  std::uint32_t request_hash_ = 0;
  std::uint8_t min_severity_ = 0;
};

/// The matching records of a snapshot in the order in which the chunks were visited.
class Matches {
 public:
  void collect(Ring& ring, const Snapshot& snapshot, const Matcher& matcher) {
    for (const ChunkSpan& span : snapshot.spans) {
      make_room(span);
      span.visit([&](const Chunk& chunk) {
        for (std::uint32_t i = span.begin; i < span.end; ++i) {
          if (!matcher.may_match(chunk.entry(i)) || !chunk.has_record(i)) continue;
          const RecordView record(chunk.record(i));
          if (!matcher.matches(record)) continue;
          const std::uint64_t sequence = span.chunk_sequence + i;
          matches_.push_back({record.header().timestamp_ns,
                              {record.header().recorded_at_ns, span.lane, sequence},
                              bytes_.size()});
          append_for_output(bytes_, record, ring.event_id(span.lane, sequence, record));
        }
      });
    }
  }

  [[nodiscard]] EncodedEvents take_sorted(std::size_t limit) {
    const bool all = limit >= matches_.size();
    if (all && std::is_sorted(matches_.begin(), matches_.end())) return std::move(bytes_);
    const auto last = matches_.begin() + static_cast<std::ptrdiff_t>(all ? matches_.size() : limit);
    if (all) {
      std::sort(matches_.begin(), last);
    } else {
      std::partial_sort(matches_.begin(), last, matches_.end());
    }
    EncodedEvents sorted;
    if (all) sorted.reserve(bytes_.size());
    for (auto match = matches_.begin(); match != last; ++match) {
      const auto record = bytes_.begin() + static_cast<std::ptrdiff_t>(match->offset);
      const std::uint32_t length = RecordView(&*record).header().length;
      sorted.insert(sorted.end(), record, record + length);
    }
    return sorted;
  }

 private:
  /// Room for all of a chunk, taken before it is locked: growing the result under its lock would
  /// make a producer wait while all that was found so far is copied.
  void make_room(const ChunkSpan& span) {
    const std::size_t records = span.end - span.begin;
    const std::size_t bytes = span.chunk->bytes() + records * Uuid::kBytes;
    if (bytes_.capacity() - bytes_.size() < bytes) {
      bytes_.reserve(std::max(2 * bytes_.capacity(), bytes_.size() + bytes));
    }
    if (matches_.capacity() - matches_.size() < records) {
      matches_.reserve(std::max(2 * matches_.capacity(), matches_.size() + records));
    }
  }

  EncodedEvents bytes_;
  std::vector<Match> matches_;
};

}  // namespace

EncodedEvents run_query(Ring& ring, const TraceQuery& query) {
  if (query.start && query.end && *query.start > *query.end) {
    throw TraceError(ErrorCode::kQuery,
                     "start must not be after end; got " +
                         std::to_string(query.start->to_nanos()) + " and " +
                         std::to_string(query.end->to_nanos()));
  }
  if (query.limit && *query.limit == 0) return {};
  // Stored strings were cut when they were recorded: a longer one finds what is left of it.
  TraceQuery stored = query;
  for (auto* text : {&stored.event_type, &stored.model_id, &stored.component, &stored.request_id}) {
    if (*text) (*text)->resize(cut_utf8(**text, limits::kIdentifierBytes).size());
  }
  Matches matches;
  matches.collect(ring, ring.snapshot(), Matcher(stored));
  return matches.take_sorted(query.limit.value_or(SIZE_MAX));
}

}  // namespace aegis::trace
