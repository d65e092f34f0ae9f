#pragma once

#include <filesystem>

#include "ring.hpp"

namespace aegis::trace {

inline constexpr int kExportFormatVersion = 1;

/// TraceCollector::export_json of a ring. @throws TraceError (kExport, kCancelled), std::bad_alloc.
ExportResult export_ring(Ring& ring, const std::filesystem::path& path,
                         const ExportOptions& options);

}  // namespace aegis::trace
