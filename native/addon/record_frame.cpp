#include "record_frame.hpp"

#include <cstring>
#include <optional>

namespace aegis::trace::addon {

namespace {

constexpr std::size_t kFirstUnits = 1024;
/// A UTF-16 unit becomes at most three bytes: a surrogate pair, two units, becomes four.
constexpr std::size_t kBytesPerUnit = 3;

constexpr bool is_high_surrogate(char16_t unit) { return (unit & 0xfc00) == 0xd800; }
constexpr bool is_low_surrogate(char16_t unit) { return (unit & 0xfc00) == 0xdc00; }

/// Units that narrow_ascii takes at a time, and after the text in utf16_ for its last step.
constexpr std::size_t kNarrowUnits = 16;
using UnitVector [[gnu::vector_size(kNarrowUnits * 2)]] = std::uint16_t;
using ByteVector [[gnu::vector_size(kNarrowUnits)]] = std::uint8_t;

/// Narrows the units. @return whether all of them were ASCII. In whole steps of a vector, which
/// compilers do not find by themselves here: the units after the text are overwritten with zeros,
/// and as many bytes after its end are written.
bool narrow_ascii(char16_t* units, std::size_t count, char* out) noexcept {
  std::memset(units + count, 0, kNarrowUnits * sizeof(char16_t));
  UnitVector seen = {};
  for (std::size_t at = 0; at < count; at += kNarrowUnits) {
    UnitVector wide;
    std::memcpy(&wide, units + at, sizeof wide);
    seen |= wide;
    const ByteVector narrow = __builtin_convertvector(wide, ByteVector);
    std::memcpy(out + at, &narrow, sizeof narrow);
  }
  std::uint64_t words[sizeof seen / sizeof(std::uint64_t)];
  std::memcpy(words, &seen, sizeof seen);
  const std::uint64_t all = words[0] | words[1] | words[2] | words[3];
  return (all & 0xff80ff80ff80ff80ULL) == 0;
}

/// Writes UTF-8; a lone surrogate becomes U+FFFD. @return the byte after the last written.
char* encode_utf8(const char16_t* units, std::size_t count, char* out) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    char32_t point = units[i];
    if (is_high_surrogate(units[i]) && i + 1 < count && is_low_surrogate(units[i + 1])) {
      point = 0x10000 + ((point - 0xd800) << 10) + (units[++i] - 0xdc00U);
    } else if (is_high_surrogate(units[i]) || is_low_surrogate(units[i])) {
      point = 0xfffd;
    }
    const auto put = [&out](char32_t byte) { *out++ = static_cast<char>(byte); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xc0 | (point >> 6));
      put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
      put(0xe0 | (point >> 12));
      put(0x80 | ((point >> 6) & 0x3f));
      put(0x80 | (point & 0x3f));
    } else {
      put(0xf0 | (point >> 18));
      put(0x80 | ((point >> 12) & 0x3f));
      put(0x80 | ((point >> 6) & 0x3f));
      put(0x80 | (point & 0x3f));
    }
  }
  return out;
}

}  // namespace

RecordFrame::RecordFrame(Napi::ArrayBuffer frame, std::shared_ptr<Ring> ring)
    : buffer_(Napi::Persistent(frame)),
      layout_(static_cast<const FrameLayout*>(frame.Data())),
      ring_(std::move(ring)),
      utf16_(kFirstUnits + kNarrowUnits),
      utf8_(utf16_.size() * kBytesPerUnit) {
  if (frame.ByteLength() < sizeof(FrameLayout)) {
    throw_error(frame.Env(), code_name(ErrorCode::kOption),
                "the record frame must have " + std::to_string(sizeof(FrameLayout)) +
                    " bytes; got " + std::to_string(frame.ByteLength()));
  }
}

Napi::Value RecordFrame::make_function(Napi::Env env, const std::shared_ptr<RecordFrame>& frame) {
  auto owner = std::make_unique<std::shared_ptr<RecordFrame>>(frame);
  napi_value function = nullptr;
  const auto require = [env](napi_status status) {
    if (status != napi_ok) throw Napi::Error::New(env);
  };
  require(napi_create_function(env, "record", NAPI_AUTO_LENGTH, call, frame.get(), &function));
  // The function may outlive the collector's object; what it points at must not go before it.
  const auto free_owner = [](napi_env, void* data, void*) {
    delete static_cast<std::shared_ptr<RecordFrame>*>(data);
  };
  require(napi_add_finalizer(env, function, owner.get(), free_owner, nullptr, nullptr));
  (void)owner.release();
  return {env, function};
}

napi_value RecordFrame::call(napi_env env, napi_callback_info info) {
  std::size_t count = kArguments;
  napi_value strings[kArguments];
  void* data = nullptr;
  if (napi_get_cb_info(env, info, &count, strings, nullptr, &data) != napi_ok) return nullptr;
  auto* frame = static_cast<RecordFrame*>(data);
  if (frame->ring_ == nullptr) return nullptr;
  try {
    frame->record(env, strings);
  } catch (const std::bad_alloc&) {
    frame->ring_->reject();
  }
  if (!frame->ring_->has_file_notice()) return nullptr;
  napi_value has_notice = nullptr;
  napi_get_boolean(env, true, &has_notice);
  return has_notice;
}

void RecordFrame::record(napi_env env, const napi_value (&strings)[kArguments]) {
  const FrameLayout& frame = *layout_;
  if (frame.attribute_count > limits::kAttributes || !read_strings(env, strings)) {
    ring_->reject();
    return;
  }
  // All of it in one go, in the order in which the strings lie: clearing the view first and filling
  // it then shows in the profile.
  EventView event{
      .event_type = take(frame.lengths[0]),
      .component = take(frame.lengths[1]),
      .model_id = take(frame.lengths[2]),
      .request_id = take(frame.lengths[3]),
      .rationale = take(frame.lengths[4]),
      .attributes = {},
      .duration_ns = (frame.flags & kFrameHasDuration) != 0 ? frame.duration_ns : 0,
      .timestamp_ns = frame.timestamp_ns,
      .event_id = nullptr,
      .has_timestamp = (frame.flags & kFrameHasTimestamp) != 0,
      .severity = static_cast<std::uint8_t>(frame.severity),
      .truncated = static_cast<std::uint16_t>(frame.truncated)};
  std::optional<Uuid> id;
  if (frame.lengths[5] != 0) {
    id = Uuid::parse(take(frame.lengths[5]));
    if (!id) {
      ring_->reject();
      return;
    }
    event.event_id = &*id;
  }
  for (std::uint32_t i = 0; i < frame.attribute_count; ++i) {
    const std::string_view key = take(frame.attribute_lengths[i][0]);
    attributes_[i] = {key, take(frame.attribute_lengths[i][1])};
  }
  event.attributes = {attributes_.data(), frame.attribute_count};
  ring_->record(event);
}

bool RecordFrame::read_strings(napi_env env, const napi_value (&strings)[kArguments]) {
  const FrameLayout& frame = *layout_;
  std::size_t at = 0;
  for (std::size_t i = 0; i < kArguments; ++i) {
    std::size_t expected = frame.lengths[i];
    for (std::uint32_t k = 0; i == kArguments - 1 && k < frame.attribute_count; ++k) {
      expected += std::size_t{frame.attribute_lengths[k][0]} + frame.attribute_lengths[k][1];
    }
    if (expected == 0) continue;
    if (at + expected + kNarrowUnits > utf16_.size()) {
      utf16_.resize(at + expected + kNarrowUnits);
      utf8_.resize(utf16_.size() * kBytesPerUnit);
    }
    // One more for the terminator, which the next string overwrites.
    std::size_t length = 0;
    const napi_status status =
        napi_get_value_string_utf16(env, strings[i], utf16_.data() + at, expected + 1, &length);
    if (status != napi_ok || length != expected) return false;
    at += length;
  }
  ascii_ = narrow_ascii(utf16_.data(), at, utf8_.data());
  read_at_ = 0;
  write_at_ = 0;
  return true;
}

std::string_view RecordFrame::convert(std::uint32_t units) {
  const char* start = utf8_.data() + write_at_;
  const char* end = encode_utf8(utf16_.data() + read_at_, units, utf8_.data() + write_at_);
  const auto bytes = static_cast<std::size_t>(end - start);
  read_at_ += units;
  write_at_ += bytes;
  return {start, bytes};
}

}  // namespace aegis::trace::addon
