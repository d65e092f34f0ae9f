#pragma once

#include <memory>

#include "abi_recorder.hpp"
#include "napi_support.hpp"
#include "record_frame.hpp"

namespace aegis::trace::addon {

/// A collector as JavaScript holds it: one owner of the ring. Arguments are checked in
/// src/collector; what is not of the expected type throws a TypeError here.
class CollectorWrap : public Napi::ObjectWrap<CollectorWrap> {
 public:
  static Napi::Function define(Napi::Env env);

  /// (frame: ArrayBuffer, capacity: number, maxBytes: number, file?: string, keepFiles: number)
  /// makes a ring;
  /// (frame: ArrayBuffer, name: string) opens a shared one.
  explicit CollectorWrap(const Napi::CallbackInfo& info);

 private:
  Napi::Value recorder(const Napi::CallbackInfo& info);
  Napi::Value recording_word(const Napi::CallbackInfo& info);
  void set_recording(const Napi::CallbackInfo& info);
  void reject(const Napi::CallbackInfo& info);
  Napi::Value size(const Napi::CallbackInfo& info);
  void stats(const Napi::CallbackInfo& info);
  Napi::Value take_file_notice(const Napi::CallbackInfo& info);
  void clear(const Napi::CallbackInfo& info);
  Napi::Value query(const Napi::CallbackInfo& info);
  Napi::Value query_async(const Napi::CallbackInfo& info);
  Napi::Value export_json(const Napi::CallbackInfo& info);
  Napi::Value reader(const Napi::CallbackInfo& info);
  Napi::Value drain(const Napi::CallbackInfo& info);
  Napi::Value end_drain(const Napi::CallbackInfo& info);
  Napi::Value native_handle(const Napi::CallbackInfo& info);
  Napi::Value share(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  /// @throws Napi::Error (ERR_TRACE_CLOSED) after close().
  const std::shared_ptr<Ring>& ring(Napi::Env env) const;

  std::shared_ptr<Ring> ring_;
  std::shared_ptr<RecordFrame> frame_;
  std::unique_ptr<AbiRecorder> abi_recorder_;  ///< made when first asked for
};

}  // namespace aegis::trace::addon
