// What a fuzz target makes of its bytes.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <vector>

struct Input {
  const uint8_t* at;
  const uint8_t* end;
  Input(const uint8_t* data, size_t size) : at(data), end(data + size) {}
  bool empty() const { return at == end; }
  size_t left() const { return (size_t)(end - at); }
  uint8_t byte() { return empty() ? 0 : *at++; }
  // 0 .. limit - 1
  uint32_t below(uint32_t limit) { return byte() % limit; }
  template <class T> T raw() {
    T value{};
    const size_t count = left() < sizeof value ? left() : sizeof value;
    memcpy(&value, at, count);
    at += count;
    return value;
  }
};

// Exactly as long as it says, so that reading on is seen; never null, as arrays of JavaScript are not.
template <class T> struct Array {
  T* const data;
  const uint32_t count;
  explicit Array(uint32_t n) : data((T*)malloc(n * sizeof(T) + (n == 0))), count(n) {}
  explicit Array(const std::vector<T>& from) : Array((uint32_t)from.size()) {
    if (count) memcpy(data, from.data(), count * sizeof(T));
  }
  ~Array() { free(data); }
  Array(const Array&) = delete;
};

#define REQUIRE(condition)   \
  do {                       \
    if (!(condition)) abort(); \
  } while (0)
