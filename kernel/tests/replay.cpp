// Replays a file of calls (test/replay/case-file.ts) on one variant of this build and compares every answer, bit for bit:
//   replay FILE VARIANT [THREADS]
// Its last line says how many calls and values were equal, or where the first was not.
#include "functions.h"
#include "internal.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

enum Compare : uint8_t { NOT = 0, EXACT = 1, ORDER_OF_ROOTS = 2, AGREED = 3 };
constexpr uint8_t ARRANGE = 255;

const uint8_t *at, *end;
int variant, threads, lanes;
uint64_t calls, values;
const char* name;

[[noreturn]] void stop(const char* what) {
  printf("call %llu, %s: %s\n", (unsigned long long)calls, name ? name : "?", what);
  exit(1);
}
void take(void* to, size_t bytes) {
  if (bytes > (size_t)(end - at)) stop("the file ends here");
  memcpy(to, at, bytes);
  at += bytes;
}
template <class T> T take() {
  T x;
  take(&x, sizeof x);
  return x;
}

// Where this variant keeps the value at root^(2j+1) of a row in NTT form: block b, vector k, lane l (ntt.h).
uint32_t reversed(uint32_t x, int bits) {
  uint32_t r = 0;
  for (int i = 0; i < bits; i++) r = r << 1 | (x >> i & 1);
  return r;
}
uint32_t place(uint32_t j, uint32_t n, uint32_t w) {
  const int log_w = __builtin_ctz(w), log_blocks = __builtin_ctz(n / (w * w));
  const uint32_t m = j >> log_blocks;
  return reversed(j & (n / (w * w) - 1), log_blocks) * w * w + reversed(m / w, log_w) * w + reversed(m % w, log_w);
}

// A written array: what the call leaves in it, and what it should.
struct Written {
  uint8_t* got;
  uint32_t count, size, n;
  Compare compare;
  const uint8_t *in_order, *wanted;
};
Written written[4];
int written_count;
void* taken[16];
int taken_count;

void* memory(size_t bytes) { return taken[taken_count++] = aligned_alloc(64, (bytes + 127) / 64 * 64); }

template <class T> struct Element { typedef T Type; static constexpr bool in = false; };
template <class T> struct Element<const T> { typedef T Type; static constexpr bool in = true; };

// The arguments of a call, read in order as napi.cpp reads them: a length follows its pointer.
template <class T> struct Argument {
  static T read(uint32_t&) { return take<T>(); }
};
template <> struct Argument<uint32_t> {
  static uint32_t read(uint32_t& length) { return length; }
};
template <class T> struct Argument<T*> {
  static T* read(uint32_t& length) {
    typedef typename Element<T>::Type E;
    length = take<uint32_t>();
    uint8_t* const data = (uint8_t*)memory(length * sizeof(E));
    if (Element<T>::in) take(data, length * sizeof(E));
    else expect(data, length, sizeof(E));
    return (T*)data;
  }
  static void expect(uint8_t* data, uint32_t length, uint32_t size) {
    Written& w = written[written_count++];
    w = {data, length, size, 0, (Compare)take<uint8_t>(), nullptr, nullptr};
    memset(data, 0xee, (size_t)length * size);
    if (w.compare == ORDER_OF_ROOTS) {
      w.n = take<uint32_t>();
      w.in_order = at;
      at += length / w.n;
    }
    if (w.compare != NOT) w.wanted = at, at += (size_t)length * size;
    if (at > end) stop("the file ends here");
  }
};

template <class... T> struct Values;
template <> struct Values<> {
  explicit Values(uint32_t&) {}
  template <class F, class... Done> double call(F f, Done... done) { return (double)f(done...); }
};
template <class T, class... Rest> struct Values<T, Rest...> {
  T first;
  Values<Rest...> rest;
  explicit Values(uint32_t& length) : first(Argument<T>::read(length)), rest(length) {}
  template <class F, class... Done> double call(F f, Done... done) { return rest.call(f, done..., first); }
};
template <auto F> struct Bound;
template <class R, class... P, R (*F)(P...)> struct Bound<F> {
  static double call() {
    uint32_t length = 0;
    Values<P...> arguments(length);
    return arguments.call(F);
  }
};
// The variant and the number of threads are those of this run.
double open() {
  take<int32_t>(), take<int32_t>();
  return hesper_open(variant, threads);
}

const struct {
  const char* name;
  double (*call)();
} functions[] = {{"hesper_open", open},
                 {"hesper_close", Bound<hesper_close>::call},
#define HESPER_REPLAY(NAME) {#NAME, Bound<NAME>::call},
                 HESPER_FUNCTIONS(HESPER_REPLAY)};

void arrange() {
  const int32_t handle = take<int32_t>(), n = take<int32_t>(), rows = take<int32_t>();
  const size_t bytes = (size_t)n * 8;
  double* const from = (double*)memory(bytes);
  double* const to = (double*)memory(bytes);
  for (int r = 0; r < rows; r++) {
    if (hesper_read(handle, (double)r * n, from, (uint32_t)n) < 0) stop("not a buffer");
    for (uint32_t j = 0; j < (uint32_t)n; j++) to[place(j, (uint32_t)n, (uint32_t)lanes)] = from[place(j, (uint32_t)n, 2)];
    hesper_write(handle, (double)r * n, to, (uint32_t)n);
  }
}

void compare(const Written& w) {
  for (uint32_t i = 0; i < w.count; i++) {
    const bool turned = w.compare == ORDER_OF_ROOTS && w.in_order[i / w.n];
    const uint32_t from = turned ? i / w.n * w.n + place(i % w.n, w.n, (uint32_t)lanes) : i;
    if (memcmp(w.got + (size_t)from * w.size, w.wanted + (size_t)i * w.size, w.size) == 0) continue;
    double got = 0, wanted = 0;
    if (w.size == 8) memcpy(&got, w.got + (size_t)from * 8, 8), memcpy(&wanted, w.wanted + (size_t)i * 8, 8);
    else got = w.got[from], wanted = w.wanted[i];
    printf("call %llu, %s: value %u is %.17g, not %.17g\n", (unsigned long long)calls, name, i, got, wanted);
    exit(1);
  }
  values += w.count;
}

const uint8_t* open_file(const char* path, size_t* bytes) {
  const int file = ::open(path, O_RDONLY);
  struct stat facts;
  if (file < 0 || fstat(file, &facts) < 0) return nullptr;
  *bytes = (size_t)facts.st_size;
  void* const data = mmap(nullptr, *bytes, PROT_READ, MAP_PRIVATE, file, 0);
  return data == MAP_FAILED ? nullptr : (const uint8_t*)data;
}

int variant_named(const char* wanted) {
  const bool plain = strcmp(wanted, "avx512vnni") != 0;
  for (int i = 0; i < hesper::VARIANT_COUNT; i++) {
    const hesper::Variant* const v = hesper::variant_of(i);
    if (v && (hesper_runnable() >> i & 1) && (plain ? strcmp(v->name, wanted) == 0 : i == hesper::AVX512VNNI)) return i;
  }
  return -1;
}

}  // namespace

int main(int count, char** arguments) {
  size_t bytes = 0;
  if (count < 3 || !(at = open_file(arguments[1], &bytes))) return printf("replay FILE VARIANT [THREADS]\n"), 2;
  if ((variant = variant_named(arguments[2])) < 0) return printf("%s does not run here\n", arguments[2]), 2;
  threads = count > 3 ? atoi(arguments[3]) : 1;
  lanes = hesper::variant_of(variant)->lanes;
  end = at + bytes;

  char magic[16];
  take(magic, 16);
  if (memcmp(magic, "HESPER CASES 1\n", 16) != 0) stop("not a file of cases");
  double (*called[256])() = {};
  char names[256][64] = {};
  const uint32_t names_count = take<uint32_t>();
  for (uint32_t i = 0; i < names_count && i < ARRANGE; i++) {
    const uint32_t length = take<uint32_t>();
    if (length > 63) stop("not a file of cases");
    take(names[i], length);
    for (const auto& f : functions)
      if (strcmp(f.name, names[i]) == 0) called[i] = f.call;
  }

  while (at < end) {
    const uint8_t which = take<uint8_t>();
    name = which == ARRANGE ? "arrange" : names[which];
    written_count = taken_count = 0;
    if (which == ARRANGE) arrange();
    else {
      if (!called[which]) stop("this build has no such function");
      const double status = called[which]();
      const int32_t wanted = take<int32_t>();
      if (status != wanted) {
        printf("call %llu, %s: the status is %.0f, not %d\n", (unsigned long long)calls, name, status, wanted);
        return 1;
      }
      for (int i = 0; i < written_count && status >= 0; i++)
        if (written[i].compare != NOT) compare(written[i]);
      calls++;
    }
    for (int i = 0; i < taken_count; i++) free(taken[i]);
  }
  printf("%s: %llu calls and %llu values equal\n", arguments[2], (unsigned long long)calls, (unsigned long long)values);
  return 0;
}
