#include "ring/request_gate.hpp"

namespace aegis::trace {

std::uint32_t sample_hash(std::string_view id) noexcept {
  std::uint32_t hash = 0x811c9dc5U;
  for (const char byte : id) {
    hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x01000193U;
  }
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bU;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35U;
  return hash ^ (hash >> 16);
}

RequestGate::RequestGate(const std::vector<std::string>& requests, std::uint32_t threshold)
    : threshold_(threshold) {
  for (const std::string& request : requests) {
    const std::string_view id = cut_utf8(request, limits::kIdentifierBytes);
    hashes_.insert(hash_request_id(id));
    requests_.emplace(id);
  }
}

bool RequestGate::passes(const RecordView& record) const {
  const std::string_view id = record.request_id();
  if (!requests_.empty() && requests_.contains(std::string(id))) return true;
  // Without an id there is no chain that could be whole.
  return threshold_ != 0 && !id.empty() && sample_hash(id) < threshold_;
}

}  // namespace aegis::trace
