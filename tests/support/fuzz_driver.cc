// SPDX-License-Identifier: Apache-2.0
// Runs a libFuzzer target without libFuzzer: seeded random inputs, mostly small, mutated from those
// before. It finds what is shallow; the fuzz preset, with coverage feedback, finds the rest.
// What makes the target abort is written to `TARGET-finding.bin` in the current folder.
// `target FILE...` runs the files given, to repeat a finding.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t length_max = 4096;
constexpr std::size_t pool_max = 64;

// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables): read by a signal handler
Bytes current;  // written out when the target aborts
std::string finding_path;

// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

void write_finding() {
  const char* path = finding_path.c_str();
  if (std::FILE* file = std::fopen(path, "wb"); file != nullptr) {
    std::fwrite(current.data(), 1, current.size(), file);
    std::fclose(file);
    std::fprintf(stderr,
                 "fuzz: input of %zu bytes written to %s; run the target with it to repeat\n",
                 current.size(), path);
  }
}

extern "C" void on_abort(int) {
  write_finding();
  std::_Exit(1);
}

void run_one(const Bytes& input) {
  current = input;
  LLVMFuzzerTestOneInput(current.data(), current.size());
}

Bytes random_bytes(std::mt19937_64& random) {
  const std::size_t limit = std::size_t{1} << (random() % 12);
  Bytes bytes(random() % limit);
  for (auto& byte : bytes) {
    byte = static_cast<std::uint8_t>(random());
  }
  return bytes;
}

void mutate(Bytes& bytes, std::mt19937_64& random) {
  constexpr std::uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};
  const std::size_t at = bytes.empty() ? 0 : random() % bytes.size();
  const auto position = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random() % 5) {
    case 0:
      if (!bytes.empty()) bytes[at] ^= static_cast<std::uint8_t>(1U << (random() % 8));
      break;
    case 1:
      if (!bytes.empty()) bytes[at] = edges[random() % std::size(edges)];
      break;
    case 2:
      bytes.insert(position, edges[random() % std::size(edges)]);
      break;
    case 3:
      if (!bytes.empty()) bytes.erase(position);
      break;
    default:
      bytes.resize(at);
  }
  bytes.resize(std::min(bytes.size(), length_max));
}

void run_for(int seconds, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Bytes> pool = {{}};
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  std::uint64_t runs = 0;
  do {
    Bytes input = random() % 4 == 0 ? random_bytes(random) : pool[random() % pool.size()];
    for (std::uint64_t count = random() % 4; count > 0; --count) {
      mutate(input, random);
    }
    run_one(input);
    if (pool.size() < pool_max) {
      pool.push_back(input);
    } else {
      pool[random() % pool.size()] = input;
    }
    ++runs;
  } while (std::chrono::steady_clock::now() < end);
  std::printf("fuzz: %llu inputs, seed %llu, no finding\n", static_cast<unsigned long long>(runs),
              static_cast<unsigned long long>(seed));
}

struct Options {
  int seconds = 1;
  std::uint64_t seed = 1;
  std::vector<std::string> files;
};

/// False when there is an option it does not know, which it has named then.
bool parse(const std::vector<std::string>& arguments, Options& options) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--seconds=")) {
      options.seconds = std::atoi(argument.c_str() + std::strlen("--seconds="));
    } else if (argument.starts_with("--seed=")) {
      options.seed = std::strtoull(argument.c_str() + std::strlen("--seed="), nullptr, 10);
    } else if (argument.starts_with("-")) {
      std::fprintf(stderr, "fuzz: unknown option %s; there are --seconds=N and --seed=N\n",
                   argument.c_str());
      return false;
    } else {
      options.files.push_back(argument);
    }
  }
  return true;
}

bool run_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "fuzz: cannot read %s\n", path.c_str());
    return false;
  }
  run_one(Bytes(std::istreambuf_iterator<char>(file), {}));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv, argv + argc);
  const std::string program = arguments.empty() ? "fuzz" : arguments.front();
  finding_path = program.substr(program.rfind('/') + 1) + "-finding.bin";
  std::signal(SIGABRT, on_abort);
  Options options;
  if (!parse({arguments.begin() + std::min(argc, 1), arguments.end()}, options)) {
    return 2;
  }
  if (!std::ranges::all_of(options.files, run_file)) {
    return 2;
  }
  if (options.files.empty()) {
    run_for(options.seconds, options.seed);
  }
  return 0;
}
