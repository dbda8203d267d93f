// SPDX-License-Identifier: Apache-2.0
// One of everything that the lint looks for. Never run.
#include <chrono>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cairn/plugin.h"

namespace dirty {

int plain_global = 1;
static int zeroed_global;
const char* pointer_to_text = "changeable";
thread_local int per_thread = 3;

struct Noisy {
  Noisy();
  ~Noisy();
  int value;
};

Noisy::Noisy() : value(std::rand()) {}

Noisy::~Noisy() {
  std::puts("gone");
}

Noisy object;

int remember() {
  static const int first =
      static_cast<int>(std::chrono::system_clock::now().time_since_epoch().count());
  return first + ++zeroed_global;
}

double compute(double x) {
  return std::sin(x) + static_cast<double>(std::clock());
}

void reach_out() {
  std::random_device device;
  std::cout << device() << std::getenv("HOME") << std::setlocale(LC_ALL, nullptr);
  std::mutex mutex;
  const std::lock_guard lock(mutex);
  std::thread([] { ++per_thread; }).join();
  std::unordered_map<std::string, int> map;
  map["x"] = ::open("/dev/null", O_RDONLY) + ::socket(AF_INET, SOCK_STREAM, 0);
  if (::dlopen("x", RTLD_NOW) == nullptr || map.size() > 7) {
    std::abort();
  }
  ::getpid();
  ::getdtablesize();
}

}  // namespace dirty

extern "C" const cairn_domain* cairn_domain_entry() {
  dirty::reach_out();
  return reinterpret_cast<const cairn_domain*>(static_cast<std::intptr_t>(
      dirty::remember() + dirty::object.value +
      static_cast<int>(dirty::compute(dirty::plain_global)) + (dirty::pointer_to_text != nullptr)));
}
