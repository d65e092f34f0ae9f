#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "aegis/trace/uuid.hpp"

/// The event that every contender records: the same one as in scripts/bench/payload.mjs.
namespace aegis::bench {

inline constexpr std::string_view kEventType = "scheduling_decision";
inline constexpr std::string_view kComponent = "Scheduler";
inline constexpr std::string_view kModelId = "model_a";
inline constexpr std::string_view kRationale = "Selected model_a: earliest deadline 14:23:45.200";
static_assert(kRationale.size() == 48);
inline constexpr std::int64_t kDurationNs = 45'000;

/// What a caller already holds when it records: ids of 36 characters, made beforehand.
class RequestIds {
 public:
  RequestIds() {
    for (std::string& id : ids_) id = trace::Uuid::random().to_string();
  }
  [[nodiscard]] const std::string& operator[](std::size_t event) const {
    return ids_[event % ids_.size()];
  }

 private:
  std::array<std::string, 1000> ids_;
};

}  // namespace aegis::bench
