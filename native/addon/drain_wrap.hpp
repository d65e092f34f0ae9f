#pragma once

#include <memory>

#include "errors/drain.hpp"
#include "napi_support.hpp"

namespace aegis::trace::addon {

/// A drain as JavaScript holds it; made by CollectorWrap::drain. Arguments are checked in
/// src/collector/drain.ts. When its environment ends first, it is closed then.
class DrainWrap : public Napi::ObjectWrap<DrainWrap> {
 public:
  static Napi::Function define(Napi::Env env);
  static Napi::Value make(Napi::Env env, std::unique_ptr<Drain> drain);
  explicit DrainWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value owner(const Napi::CallbackInfo& info);
  Napi::Value peek_errors(const Napi::CallbackInfo& info);
  void acknowledge_errors(const Napi::CallbackInfo& info);
  Napi::Value read_events(const Napi::CallbackInfo& info);
  void set_gate(const Napi::CallbackInfo& info);
  Napi::Value past(const Napi::CallbackInfo& info);
  void stats(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  /// @throws Napi::Error (ERR_TRACE_CLOSED) after close().
  Drain& drain(Napi::Env env);

  std::unique_ptr<Drain> drain_;
};

}  // namespace aegis::trace::addon
