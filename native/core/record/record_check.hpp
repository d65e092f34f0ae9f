#pragma once

#include <cstddef>

namespace aegis::trace {

/// Whether the `available` bytes at `record` begin with a record that the encoder could have written:
/// its length within them and within the limits, every part inside it, the parts adding up. Reads no
/// byte beyond `available`. `record` must be aligned to 8.
[[nodiscard]] bool is_well_formed_record(const std::byte* record, std::size_t available) noexcept;

}  // namespace aegis::trace
