#include "shared_rings.hpp"

#include <map>
#include <mutex>

#include "aegis/trace/uuid.hpp"
#include "ring/ring.hpp"

namespace aegis::trace::addon {

namespace {

struct SharedRings {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<Ring>, std::less<>> by_name;
};

SharedRings& shared_rings() {
  // Never destroyed: workers may still look rings up while the process runs its exit handlers.
  static auto* const rings = new SharedRings;
  return *rings;
}

}  // namespace

std::string share_ring(const std::shared_ptr<Ring>& ring) {
  SharedRings& rings = shared_rings();
  const std::lock_guard lock(rings.mutex);
  std::erase_if(rings.by_name, [](const auto& entry) { return entry.second.expired(); });
  for (const auto& [name, shared] : rings.by_name) {
    if (shared.lock() == ring) return name;
  }
  return rings.by_name.emplace(Uuid::random().to_string(), ring).first->first;
}

std::shared_ptr<Ring> find_shared_ring(std::string_view name) {
  SharedRings& rings = shared_rings();
  const std::lock_guard lock(rings.mutex);
  const auto found = rings.by_name.find(name);
  return found == rings.by_name.end() ? nullptr : found->second.lock();
}

}  // namespace aegis::trace::addon
