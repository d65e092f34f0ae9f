#include "layout.hpp"

#include <cstddef>

#include "record/record.hpp"
#include "record_frame.hpp"

namespace aegis::trace::addon {

Napi::Object make_layout(Napi::Env env) {
  Napi::Object layout = Napi::Object::New(env);
  const auto number = [&](const char* name, std::size_t value) {
    layout[name] = Napi::Number::New(env, static_cast<double>(value));
  };
  number("recordLength", offsetof(RecordHeader, length));
  number("recordTimestampNs", offsetof(RecordHeader, timestamp_ns));
  number("recordDurationNs", offsetof(RecordHeader, duration_ns));
  number("recordStringLengths", offsetof(RecordHeader, type_bytes));
  number("recordAttributeCount", offsetof(RecordHeader, attribute_count));
  number("recordTruncated", offsetof(RecordHeader, truncated));
  number("recordSeverity", offsetof(RecordHeader, severity));
  number("recordFlags", offsetof(RecordHeader, flags));
  number("recordEventId", sizeof(RecordHeader));
  number("attributeHeaderBytes", sizeof(AttributeHeader));
  number("recordIsAscii", kAscii);
  number("truncatedAttributes", kTruncatedAttributes);

  constexpr std::size_t kTimesBytes = offsetof(FrameLayout, flags);
  const auto word = [&](const char* name, std::size_t offset) {
    number(name, (offset - kTimesBytes) / sizeof(std::uint32_t));
  };
  number("frameTimestamp", offsetof(FrameLayout, timestamp_ns) / sizeof(std::int64_t));
  number("frameDuration", offsetof(FrameLayout, duration_ns) / sizeof(std::int64_t));
  number("frameTimesBytes", kTimesBytes);
  word("frameFlags", offsetof(FrameLayout, flags));
  word("frameSeverity", offsetof(FrameLayout, severity));
  word("frameTruncated", offsetof(FrameLayout, truncated));
  word("frameAttributeCount", offsetof(FrameLayout, attribute_count));
  word("frameLengths", offsetof(FrameLayout, lengths));
  word("frameAttributeLengths", offsetof(FrameLayout, attribute_lengths));
  number("frameHasTimestamp", kFrameHasTimestamp);
  number("frameHasDuration", kFrameHasDuration);

  layout["collectorCounters"] = Napi::String::New(env, kCollectorCounters);
  layout["drainCounters"] = Napi::String::New(env, kDrainCounters);
  return layout;
}

}  // namespace aegis::trace::addon
