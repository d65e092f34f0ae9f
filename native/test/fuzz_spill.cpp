// Reads any bytes as a spill file, as OrphanSpill does. Links into a libFuzzer binary; spill_test.cpp
// calls it too.

#include <cstdlib>

#include "export/json_writer.hpp"
#include "errors/spill_format.hpp"

using namespace aegis::trace;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

/// All of it in pieces of `window` bytes, as a reader that sees the end late would.
RecordedEvents parse(const Uuid& run, std::span<const std::byte> bytes, std::size_t window,
                    std::size_t most) {
  RecordedEvents all;
  FrameParser parser(run);
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto piece = bytes.subspan(at, std::min(window, bytes.size() - at));
    const bool is_end = at + piece.size() == bytes.size();
    const std::size_t before = all.places.size();
    const std::size_t done = parser.parse(piece, is_end, {before + most, SIZE_MAX}, all);
    require(done <= piece.size() && all.places.size() <= before + most);
    require(done > 0);
    at += done;
  }
  return all;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  const std::optional<SpillOwner> owner = read_spill_header(file);
  // Behind a damaged header the frames are looked at all the same: as those of no run.
  const Uuid run = owner ? owner->run : Uuid();
  const auto frames = file.subspan(std::min(size, sizeof(SpillHeader)));
  const RecordedEvents whole = parse(run, frames, SIZE_MAX, SIZE_MAX);
  const RecordedEvents pieces = parse(run, frames, kMaxFrameBytes, 3);
  require(whole.events == pieces.events && whole.places == pieces.places);
  require(decode_events(whole.events).size() == whole.places.size());
  JsonWriter json;
  for (const std::byte* at = whole.events.data(); at != whole.events.data() + whole.events.size();) {
    const RecordView record(at);
    json.event(record, record.stored_event_id());
    at += record.header().length;
  }
  return 0;
}
