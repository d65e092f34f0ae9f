#pragma once

// The one place that includes the Node-API: everything in addon/ goes through this header.
#include <napi.h>

#include <new>
#include <string>

#include "aegis/trace/error.hpp"

namespace aegis::trace::addon {

/// What one environment (the main thread or a worker) keeps for the addon. Freed with it.
struct EnvironmentData {
  Napi::FunctionReference reader_constructor;
  Napi::FunctionReference drain_constructor;
  /// The TraceError class of src/errors.ts: JavaScript owns it and hands it in at load.
  Napi::FunctionReference error_class;

  static EnvironmentData& of(Napi::Env env) { return *env.GetInstanceData<EnvironmentData>(); }
};

/// A JavaScript TraceError.
inline Napi::Value make_error(Napi::Env env, const char* code, const std::string& message) {
  return EnvironmentData::of(env).error_class.New(
      {Napi::String::New(env, code), Napi::String::New(env, message)});
}

[[noreturn]] inline void throw_error(Napi::Env env, const char* code, const std::string& message) {
  throw Napi::Error(env, make_error(env, code, message));
}

inline constexpr const char* kNoMemory = "no native memory for the result";

/// Runs `work`, turning the core's exceptions into JavaScript's.
template <typename Work>
auto translate_errors(Napi::Env env, Work&& work) {
  try {
    return work();
  } catch (const TraceError& error) {
    throw_error(env, code_name(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    throw_error(env, code_name(ErrorCode::kMemory), kNoMemory);
  }
}

/// An integer from JavaScript, whose caller (src/collector) has checked that it is one.
inline std::size_t to_size(const Napi::Value& value) {
  return static_cast<std::size_t>(value.As<Napi::Number>().Int64Value());
}

}  // namespace aegis::trace::addon
