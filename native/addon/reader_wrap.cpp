#include "reader_wrap.hpp"

#include "jobs.hpp"

namespace aegis::trace::addon {

Napi::Function ReaderWrap::define(Napi::Env env) {
  return DefineClass(env, "NativeReader",
                     {InstanceMethod<&ReaderWrap::read>("read"),
                      InstanceMethod<&ReaderWrap::close>("close")});
}

ReaderWrap::ReaderWrap(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  reader_.emplace(*info[0].As<Napi::External<std::shared_ptr<Ring>>>().Data());
}

Napi::Value ReaderWrap::read(const Napi::CallbackInfo& info) {
  return translate_errors(info.Env(), [&] {
    if (!reader_) throw_error(info.Env(), "ERR_TRACE_CLOSED", "the reader is closed");
    const RingReader::Result result = reader_->read(to_size(info[0]));
    info[1].As<Napi::Float64Array>()[0] = static_cast<double>(result.missed);
    return to_array_buffer(info.Env(), result.events);
  });
}

void ReaderWrap::close(const Napi::CallbackInfo& /*info*/) { reader_.reset(); }

}  // namespace aegis::trace::addon
