// The Node-API binding: every function of kernel.h under its own name. The parameter list of the C function is the
// conversion: int32 and double from numbers, (pointer, length) pairs from typed arrays of the element's type; the result
// is a number. What does not fit gives INVALID_ARGUMENT, and the caller's own checks (src/kernel/border.ts) say why.
#include <node_api.h>
#include "functions.h"
#include "kernel.h"

namespace {

// The arguments of one call, read from left to right.
struct Reader {
  napi_env env;
  napi_value* values;
  size_t count, at = 0;
  bool ok = true;
  napi_value next() {
    if (at < count) return values[at++];
    ok = false;
    return nullptr;
  }
};

template <class T> struct Element;
template <> struct Element<int32_t> { static constexpr napi_typedarray_type type = napi_int32_array; };
template <> struct Element<double> { static constexpr napi_typedarray_type type = napi_float64_array; };
template <> struct Element<uint8_t> { static constexpr napi_typedarray_type type = napi_uint8_array; };

template <class T> struct Plain { typedef T Type; };
template <class T> struct Plain<const T> { typedef T Type; };

// A pointer remembers the length that the next parameter takes.
template <class T> struct Argument;
template <> struct Argument<int32_t> {
  static int32_t read(Reader& r, uint32_t&) {
    int32_t x = 0;
    const napi_value v = r.next();
    if (!r.ok || napi_get_value_int32(r.env, v, &x) != napi_ok) r.ok = false;
    return x;
  }
};
template <> struct Argument<double> {
  static double read(Reader& r, uint32_t&) {
    double x = 0;
    const napi_value v = r.next();
    if (!r.ok || napi_get_value_double(r.env, v, &x) != napi_ok) r.ok = false;
    return x;
  }
};
template <> struct Argument<uint32_t> {
  static uint32_t read(Reader&, uint32_t& length) { return length; }
};
template <class T> struct Argument<T*> {
  static T* read(Reader& r, uint32_t& length) {
    typedef typename Plain<T>::Type E;
    void* data = nullptr;
    size_t n = 0;
    napi_typedarray_type type = napi_int8_array;
    const napi_value v = r.next();
    length = 0;
    if (!r.ok || napi_get_typedarray_info(r.env, v, &type, &n, &data, nullptr, nullptr) != napi_ok ||
        type != Element<E>::type || n > 0xffffffffu) {
      r.ok = false;
      return nullptr;
    }
    length = (uint32_t)n;
    return (T*)data;
  }
};

template <class... T> struct Values;
template <> struct Values<> {
  Values(Reader&, uint32_t&) {}
  template <class F, class... Done> auto call(F f, Done... done) { return f(done...); }
};
template <class T, class... Rest> struct Values<T, Rest...> {
  T first;
  Values<Rest...> rest;
  Values(Reader& r, uint32_t& length) : first(Argument<T>::read(r, length)), rest(r, length) {}
  template <class F, class... Done> auto call(F f, Done... done) { return rest.call(f, done..., first); }
};

template <auto F> struct Bound;
template <class R, class... P, R (*F)(P...)> struct Bound<F> {
  static napi_value call(napi_env env, napi_callback_info info) {
    napi_value values[16], result = nullptr;
    size_t count = 16;
    double answer = hesper::INVALID_ARGUMENT;
    if (napi_get_cb_info(env, info, &count, values, nullptr, nullptr) == napi_ok && count <= 16) {
      Reader reader{env, values, count};
      uint32_t length = 0;
      Values<P...> arguments(reader, length);
      if (reader.ok) answer = (double)arguments.call(F);
    }
    napi_create_double(env, answer, &result);
    return result;
  }
};

// What an environment opened is closed with it, so that its threads end before the library goes.
void close_instance(void* data) { hesper_close((int32_t)(intptr_t)data); }
napi_value open(napi_env env, napi_callback_info info) {
  napi_value result = Bound<hesper_open>::call(env, info);
  double id = -1;
  if (napi_get_value_double(env, result, &id) == napi_ok && id > 0)
    napi_add_env_cleanup_hook(env, close_instance, (void*)(intptr_t)id);
  return result;
}
napi_value close(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  int32_t id = 0;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) == napi_ok && count == 1 &&
      napi_get_value_int32(env, argument, &id) == napi_ok && hesper_close(id) >= 0)
    napi_remove_env_cleanup_hook(env, close_instance, (void*)(intptr_t)id);
  napi_value result = nullptr;
  napi_create_double(env, 0, &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {
      {"hesper_open", open},
      {"hesper_close", close},
#define HESPER_BIND(NAME) {#NAME, Bound<NAME>::call},
      HESPER_FUNCTIONS(HESPER_BIND)
  };
  for (const auto& f : functions) {
    napi_value v;
    if (napi_create_function(env, f.name, NAPI_AUTO_LENGTH, f.call, nullptr, &v) != napi_ok ||
        napi_set_named_property(env, exports, f.name, v) != napi_ok)
      return nullptr;
  }
  return exports;
}
