#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "record/chunk.hpp"

namespace aegis::trace {

/// A number of a request id that is spread evenly over 32 bits, the same in every process and in
/// TypeScript (src/gate/sample-hash.ts): FNV-1a of its bytes, then the finaliser of MurmurHash3 (Austin
/// Appleby, public domain), without which ids that differ in their last digit alone lie side by side.
[[nodiscard]] std::uint32_t sample_hash(std::string_view id) noexcept;

/// Of which requests a cursor gives back the events. What is of others is passed over without being copied or
/// decoded.
class RequestGate {
 public:
  /// @param requests ids, cut here as record() cuts them.
  /// @param threshold of all other ids those pass whose sample_hash() is below it: 0 for none.
  RequestGate(const std::vector<std::string>& requests, std::uint32_t threshold);

  /// Whether nothing passes.
  [[nodiscard]] bool is_closed() const noexcept { return requests_.empty() && threshold_ == 0; }
  /// Whether the record must be looked at.
  [[nodiscard]] bool may_pass(const IndexEntry& entry) const {
    return threshold_ != 0 || hashes_.contains(entry.request_hash);
  }
  [[nodiscard]] bool passes(const RecordView& record) const;

 private:
  std::unordered_set<std::uint32_t> hashes_;
  std::unordered_set<std::string> requests_;
  std::uint32_t threshold_;
};

}  // namespace aegis::trace
