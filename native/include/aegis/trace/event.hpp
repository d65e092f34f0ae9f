#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "aegis/trace/time.hpp"
#include "aegis/trace/uuid.hpp"

namespace aegis::trace {

/// How much an event matters, in rising order.
enum class Severity : std::uint8_t { Info = 0, Warning = 1, Error = 2, Critical = 3 };

/// "Info", "Warning", "Error" or "Critical".
[[nodiscard]] std::string_view to_string(Severity severity) noexcept;
/// The severity of that name, or nothing.
[[nodiscard]] std::optional<Severity> severity_from_string(std::string_view name) noexcept;

/// String to string, in key order.
using Attributes = std::map<std::string, std::string, std::less<>>;

/// One recorded decision, as it is given to and returned by a collector. Strings are UTF-8; bytes
/// that are not are replaced by U+FFFD when exported. Lengths: see limits.hpp.
struct TraceEvent {
  Uuid event_id = {};           ///< nil: the collector gives one
  std::string event_type = {};  ///< what happened; never empty
  std::string component = {};   ///< who did it; never empty
  Timestamp timestamp = Timestamp::now();
  Duration duration = {};       ///< 0: an instant
  std::string model_id = {};    ///< empty: not about one model
  std::string request_id = {};  ///< links a decision chain; empty: none
  std::string rationale = {};   ///< why, for a human reader
  Severity severity = Severity::Info;
  Attributes attributes = {};

  /// Whether every field is equal.
  friend bool operator==(const TraceEvent&, const TraceEvent&) = default;
};

/// The parts of an event that `record_now` may leave out. Holds views: it is meant to be written in
/// the call itself, so that recording allocates nothing.
struct EventDetails {
  std::string_view model_id = {};
  std::string_view request_id = {};
  Severity severity = Severity::Info;
  Duration duration = {};
  std::initializer_list<std::pair<std::string_view, std::string_view>> attributes = {};
};

/// Builds an event step by step. Not thread-safe. `build` may be called again: each event gets an
/// id and a time of its own unless they were given.
class TraceEventBuilder {
 public:
  /// The id; nil again asks for a new one with each build.
  TraceEventBuilder& with_event_id(const Uuid& id);
  /// What happened.
  TraceEventBuilder& with_type(std::string_view type);
  /// Who did it.
  TraceEventBuilder& with_component(std::string_view component);
  /// When; otherwise the time of build().
  TraceEventBuilder& with_timestamp(Timestamp timestamp);
  /// How long it took; otherwise an instant.
  TraceEventBuilder& with_duration(Duration duration);
  /// The model concerned.
  TraceEventBuilder& with_model_id(std::string_view model_id);
  /// The decision chain it belongs to.
  TraceEventBuilder& with_request_id(std::string_view request_id);
  /// Why, for a human reader.
  TraceEventBuilder& with_rationale(std::string_view rationale);
  /// How much it matters; otherwise Info.
  TraceEventBuilder& with_severity(Severity severity);
  /// A further fact; a key given again replaces the earlier value.
  TraceEventBuilder& with_attribute(std::string_view key, std::string_view value);

  /// @throws TraceError (kEvent) when the type or the component is missing or empty.
  [[nodiscard]] TraceEvent build() const;

 private:
  TraceEvent event_;
  std::optional<Timestamp> timestamp_;
};

}  // namespace aegis::trace
