// What the fuzzer of spill files starts from, a sound one, and how it goes on: after most of its changes the
// checksums are put right, so that it gets past them.

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "aegis/trace/collector.hpp"
#include "crc32c.hpp"
#include "errors/drain.hpp"
#include "errors/orphan_spill.hpp"

using namespace aegis::trace;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed);

namespace {

std::string sound_file() {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("aegis-fuzz-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  {
    TraceCollector collector(10);
    Drain drain(collector.ring(), {.spill_folder = folder});
    for (int i = 0; i < 4; ++i) {
      collector.record({.event_type = "type",
                        .component = "component",
                        .request_id = "request",
                        .rationale = std::string(static_cast<std::size_t>(9 * i), 'r'),
                        .severity = Severity::Error,
                        .attributes = {{"key", "value"}}});
    }
    drain.close();
  }
  std::ostringstream bytes;
  bytes << std::ifstream(OrphanSpill::list(folder).at(0), std::ios::binary).rdbuf();
  std::filesystem::remove_all(folder);
  return bytes.str();
}

template <typename T>
T read_at(const std::uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

void put_checksums_right(std::span<std::uint8_t> file) {
  auto header = read_at<SpillHeader>(file.data());
  header.checksum = crc32c(std::as_bytes(file.first(offsetof(SpillHeader, checksum))));
  std::memcpy(file.data(), &header, sizeof header);
  for (std::size_t at = sizeof header; at + sizeof(FrameHeader) <= file.size();) {
    auto frame = read_at<FrameHeader>(file.data() + at);
    if (frame.magic != kFrameMagic || frame.length < sizeof frame ||
        frame.length > file.size() - at) {
      ++at;
      continue;
    }
    frame.checksum =
        frame_checksum(Uuid(header.run), std::as_bytes(file.subspan(at, frame.length)));
    std::memcpy(file.data() + at, &frame, sizeof frame);
    at += frame.length;
  }
}

}  // namespace

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                    unsigned int seed) {
  static const std::string sound = sound_file();
  if (size < sizeof(SpillHeader)) {
    size = std::min(sound.size(), max_size);
    std::memcpy(data, sound.data(), size);
  }
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 != 0 && size >= sizeof(SpillHeader)) put_checksums_right({data, size});
  return size;
}
