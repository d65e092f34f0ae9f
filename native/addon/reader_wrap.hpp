#pragma once

#include <optional>

#include "napi_support.hpp"
#include "ring/ring_reader.hpp"

namespace aegis::trace::addon {

/// A reader as JavaScript holds it; made by CollectorWrap::reader.
class ReaderWrap : public Napi::ObjectWrap<ReaderWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit ReaderWrap(const Napi::CallbackInfo& info);

 private:
  /// (maxEvents: number, missed: Float64Array of 1): ArrayBuffer of records
  Napi::Value read(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  std::optional<RingReader> reader_;
};

}  // namespace aegis::trace::addon
