#pragma once

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "napi_support.hpp"
#include "ring/ring.hpp"

namespace aegis::trace::addon {

/// The memory through which TypeScript hands over an event's numbers, and the lengths of its
/// strings, which cross as arguments. Written by src/collector/record-frame.ts into an ArrayBuffer of
/// this layout: reading properties of an object from here would cost several times as much.
struct FrameLayout {
  std::int64_t timestamp_ns;
  std::int64_t duration_ns;
  std::uint32_t flags;      ///< FrameFlag
  std::uint32_t severity;   ///< rank, 0 to 3
  std::uint32_t truncated;  ///< TruncatedField bits: what TypeScript left out
  std::uint32_t attribute_count;
  /// UTF-16 units of: type, component, model, request, rationale, event id.
  std::uint32_t lengths[6];
  /// UTF-16 units of each key and its value.
  std::uint32_t attribute_lengths[limits::kAttributes][2];
};
static_assert(sizeof(FrameLayout) == 16 + 4 * 4 + 6 * 4 + limits::kAttributes * 8);

enum FrameFlag : std::uint32_t { kFrameHasTimestamp = 1U << 0, kFrameHasDuration = 1U << 1 };

/// Turns what lies in a frame into a record. Belongs to one environment.
class RecordFrame {
 public:
  RecordFrame(Napi::ArrayBuffer frame, std::shared_ptr<Ring> ring);

  /// A JavaScript function `record(type, component, model, request, rationale, rest)` for the hot
  /// path, where `rest` is the event id and all keys and values joined. It throws nothing and
  /// returns nothing; after release() it does nothing.
  static Napi::Value make_function(Napi::Env env, const std::shared_ptr<RecordFrame>& frame);

  void release() noexcept { ring_.reset(); }

 private:
  static napi_value call(napi_env env, napi_callback_info info);

  static constexpr std::size_t kArguments = 6;

  void record(napi_env env, const napi_value (&strings)[kArguments]);
  /// Reads all strings into utf16_, and into utf8_ when they are ASCII. @return false when one is
  /// not as long as the frame says.
  bool read_strings(napi_env env, const napi_value (&strings)[kArguments]);
  /// The next `units` of what was read, as UTF-8 in utf8_.
  std::string_view take(std::uint32_t units) {
    if (!ascii_) return convert(units);
    const char* start = utf8_.data() + write_at_;
    write_at_ += units;
    return {start, units};
  }
  std::string_view convert(std::uint32_t units);

  Napi::Reference<Napi::ArrayBuffer> buffer_;
  const FrameLayout* layout_;
  std::shared_ptr<Ring> ring_;
  std::vector<char16_t> utf16_;
  std::vector<char> utf8_;
  /// Kept here because clearing it for each event would cost more than recording one.
  std::array<std::pair<std::string_view, std::string_view>, limits::kAttributes> attributes_;
  bool ascii_ = false;       ///< utf8_ already holds all strings, one byte a unit
  std::size_t read_at_ = 0;  ///< in utf16_
  std::size_t write_at_ = 0;  ///< in utf8_
};

}  // namespace aegis::trace::addon
