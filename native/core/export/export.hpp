#pragma once

#include <filesystem>
#include <string>

#include "ring/ring.hpp"
#include "ring_file/ring_file_reader.hpp"

namespace aegis::trace {

inline constexpr int kExportFormatVersion = 1;

/// TraceCollector::export_json of a ring. @throws TraceError (kExport, kCancelled), std::bad_alloc.
ExportResult export_ring(Ring& ring, const std::filesystem::path& path,
                         const ExportOptions& options);

/// recover_ring_to_json of a reader that has not returned anything yet.
/// @throws TraceError (kExport, kCancelled, kFile), std::bad_alloc.
RecoveryInfo export_ring_file(RingFileReader& reader, const std::filesystem::path& path,
                              const ExportOptions& options);

/// The metadata object of an export of what was recovered, as JSON.
[[nodiscard]] std::string recovery_metadata(const RecoveryInfo& info);

}  // namespace aegis::trace
