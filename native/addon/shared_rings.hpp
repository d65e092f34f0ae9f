#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace aegis::trace {
class Ring;
}

namespace aegis::trace::addon {

/// The rings of this process that have been shared, by an unguessable name. Holds none of them
/// alive: a ring goes with its last owner. Threads: any.
/// @throws std::bad_alloc.
[[nodiscard]] std::string share_ring(const std::shared_ptr<Ring>& ring);

/// The ring of that name, or null when there is none, or none any more.
[[nodiscard]] std::shared_ptr<Ring> find_shared_ring(std::string_view name);

}  // namespace aegis::trace::addon
