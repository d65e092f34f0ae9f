// libFuzzer target for the reader of ring files. The input is laid over a small file that is sound, and
// the identity's checksum is put right, so that the fuzzer gets past it:
//   byte 0: whether to; then pieces of (offset: 2 bytes, length: 1 byte, bytes).

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

#include "aegis/trace/recover.hpp"
#include "ring_file/ring_file_format.hpp"

namespace {

using namespace aegis::trace;

constexpr std::size_t kFileBytes = kRingFileHeaderBytes + 2 * 32 * 1024;

struct Sound {
  std::string bytes;
  std::set<Uuid> written;

  Sound() {
    const std::string path = std::string("/tmp/aegis-fuzz-") + std::to_string(getpid());
    {
      TraceCollector collector({.capacity = 50, .file = path, .keep_files = 0});
      for (int i = 0; i < 8; ++i) {
        collector.record_now("type", "component", std::string(static_cast<std::size_t>(9 * i), 'r'),
                             {.request_id = "request", .attributes = {{"key", "value"}}});
      }
      for (const TraceEvent& event : collector.query({})) written.insert(event.event_id);
    }
    std::FILE* const file = std::fopen(path.c_str(), "rb");
    bytes.resize(kFileBytes);
    if (file == nullptr || std::fread(bytes.data(), 1, kFileBytes, file) != kFileBytes) std::abort();
    std::fclose(file);
    unlink(path.c_str());
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Sound sound;
  static const int descriptor = memfd_create("aegis-fuzz", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  if (size == 0) return 0;
  std::string bytes = sound.bytes;
  const std::uint8_t* at = data + 1;
  const std::uint8_t* const end = data + size;
  while (end - at > 3) {
    const std::size_t offset = (std::size_t{at[0]} | std::size_t{at[1]} << 8) % bytes.size();
    std::size_t length = std::min<std::size_t>(at[2], static_cast<std::size_t>(end - at - 3));
    length = std::min(length, bytes.size() - offset);
    std::memcpy(bytes.data() + offset, at + 3, length);
    at += 3 + length;
  }
  if ((data[0] & 1) != 0) {
    RingFileIdentity identity;
    std::memcpy(&identity, bytes.data(), sizeof identity);
    identity.checksum = identity_checksum(identity);
    std::memcpy(bytes.data(), &identity, sizeof identity);
  }
  if (ftruncate(descriptor, 0) != 0 ||
      pwrite(descriptor, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    std::abort();
  }
  try {
    const RecoveredRing recovered = recover_ring(path);
    const CollectorStats& stats = recovered.info.stats;
    if (stats.recorded != stats.size + stats.dropped + stats.cleared) std::abort();
    // With the seed as it was, no event comes out that did not go in.
    const bool same_seed = std::memcmp(bytes.data() + offsetof(RingFileIdentity, seed),
                                       sound.bytes.data() + offsetof(RingFileIdentity, seed),
                                       sizeof(RingSeed)) == 0;
    for (const TraceEvent& event : recovered.events) {
      if (same_seed && !sound.written.contains(event.event_id)) std::abort();
    }
  } catch (const TraceError& error) {
    if (error.code() != ErrorCode::kFormat) std::abort();
  }
  return 0;
}
