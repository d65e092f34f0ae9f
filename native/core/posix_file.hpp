#pragma once

#include <filesystem>

namespace aegis::trace {

/// Whether the path names the open file, and does not only lead there by a link: other programs may have
/// renamed, removed or replaced it.
[[nodiscard]] bool is_same_file(int descriptor, const std::filesystem::path& path) noexcept;

}  // namespace aegis::trace
