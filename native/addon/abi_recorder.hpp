#pragma once

#include <memory>

#include "aegis/trace/abi.h"
#include "ring/ring.hpp"

namespace aegis::trace::addon {

/// The ring behind an aegis_trace_recorder.
class AbiRecorder : public aegis_trace_recorder {
 public:
  explicit AbiRecorder(std::shared_ptr<Ring> ring);

 private:
  static int record_event(const aegis_trace_recorder* self, const aegis_trace_event* event);
  static int is_recording(const aegis_trace_recorder* self);
  static aegis_trace_recorder* retain_ring(const aegis_trace_recorder* self);
  static void release_ring(aegis_trace_recorder* self);

  std::shared_ptr<Ring> ring_;
};

}  // namespace aegis::trace::addon
