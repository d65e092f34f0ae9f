#pragma once

#include <memory>
#include <string>

#include "napi_support.hpp"
#include "ring_file/ring_file_reader.hpp"

namespace aegis::trace::addon {

/// A ring file being read, one job at a time (src/collector/ring-file.ts sees to that).
class RingFileWrap : public Napi::ObjectWrap<RingFileWrap> {
 public:
  static Napi::Function define(Napi::Env env);

  /// (path: string): opens nothing yet.
  explicit RingFileWrap(const Napi::CallbackInfo& info);

  /// What the jobs share with this object, which may be collected before they end.
  struct State {
    std::string path;
    std::unique_ptr<RingFileReader> reader;
    std::uint64_t returned = 0;
  };

 private:
  /// (): Promise<string>, the metadata of all that can be recovered, as JSON.
  Napi::Value open(const Napi::CallbackInfo& info);
  /// (bytes: number): Promise<ArrayBuffer>, about so many bytes of the next records; empty at the end.
  Napi::Value read(const Napi::CallbackInfo& info);
  /// (): string, the metadata with an account of what has been read so far.
  Napi::Value metadata(const Napi::CallbackInfo& info);
  /// (path: string, control: Int32Array, see ExportControl): Promise<string>, the metadata.
  Napi::Value export_json(const Napi::CallbackInfo& info);

  std::shared_ptr<State> state_;
};

}  // namespace aegis::trace::addon
