#pragma once

#include <optional>

#include "errors/orphan_spill.hpp"
#include "napi_support.hpp"

namespace aegis::trace::addon {

/// The spill file of a process that has ended, as JavaScript holds it. Arguments are checked in src/collector/orphan-spill.ts.
class OrphanSpillWrap : public Napi::ObjectWrap<OrphanSpillWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  /// (path: string). Closed from the start when a living process has the file.
  explicit OrphanSpillWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value owner(const Napi::CallbackInfo& info);
  Napi::Value peek(const Napi::CallbackInfo& info);
  void acknowledge(const Napi::CallbackInfo& info);
  Napi::Value skipped(const Napi::CallbackInfo& info);
  void remove(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  /// @throws Napi::Error (ERR_TRACE_CLOSED) after close().
  OrphanSpill& spill(Napi::Env env);

  std::optional<OrphanSpill> spill_;
};

/// (folder: string): string[]
[[nodiscard]] Napi::Value list_orphan_spills(const Napi::CallbackInfo& info);

}  // namespace aegis::trace::addon
