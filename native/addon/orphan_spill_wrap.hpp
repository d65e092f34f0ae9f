#pragma once

#include <optional>

#include "errors/orphan_spill.hpp"
#include "napi_support.hpp"

namespace aegis::trace::addon {

/// A left spill file as JavaScript holds it. Arguments are checked in src/collector/left-spill.ts.
class LeftSpillWrap : public Napi::ObjectWrap<LeftSpillWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  /// (path: string). Closed from the start when a living process has the file.
  explicit LeftSpillWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value owner(const Napi::CallbackInfo& info);
  Napi::Value peek(const Napi::CallbackInfo& info);
  void acknowledge(const Napi::CallbackInfo& info);
  Napi::Value skipped(const Napi::CallbackInfo& info);
  void remove(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  /// @throws Napi::Error (ERR_TRACE_CLOSED) after close().
  LeftSpill& spill(Napi::Env env);

  std::optional<LeftSpill> spill_;
};

/// (folder: string): string[]
[[nodiscard]] Napi::Value list_left_spills(const Napi::CallbackInfo& info);

}  // namespace aegis::trace::addon
