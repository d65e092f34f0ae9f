#include "aegis/trace/recover.hpp"

#include <new>

#include "export/export.hpp"
#include "ring_file/ring_file_reader.hpp"

namespace aegis::trace {

RecoveredRing recover_ring(const std::filesystem::path& file) {
  try {
    RingFileReader reader(file);
    RecoveredRing recovered;
    while (const auto item = reader.next()) {
      recovered.events.push_back(decode_event(item->record, item->event_id));
    }
    recovered.info = reader.info(recovered.events.size());
    return recovered;
  } catch (const std::bad_alloc&) {
    throw TraceError(ErrorCode::kMemory, "no memory for the events of " + file.string());
  }
}

RecoveryInfo recover_ring_to_json(const std::filesystem::path& file,
                                  const std::filesystem::path& json,
                                  const ExportOptions& options) {
  try {
    RingFileReader reader(file);
    return export_ring_file(reader, json, options);
  } catch (const std::bad_alloc&) {
    throw TraceError(ErrorCode::kMemory, "no memory to recover " + file.string());
  }
}

}  // namespace aegis::trace
