#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace aegis::trace {

/// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), as in iSCSI and ext4. Give what an
/// earlier call returned to go on from there.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes,
                                   std::uint32_t previous = 0) noexcept;

}  // namespace aegis::trace
