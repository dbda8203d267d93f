// SPDX-License-Identifier: Apache-2.0
#include "journal/tree.h"

#include <vector>

#include <openssl/evp.h>

#include "base/check.h"
#include "bench/harness.h"
#include "journal/proof.h"
#include "journal/tree_sample.h"

namespace {

using cairn::Digest;
using cairn::bench::Better;
using cairn::bench::keep;
using cairn::bench::Options;
using cairn::bench::Report;
using cairn::bench::Run;
namespace journal = cairn::journal;

constexpr std::size_t batch = 4096;

/// The messages that a tree over `batch` leaves hashes: 33 bytes for each leaf, 65 for each node.
/// Their digests by the library itself, one call for each message, with everything prepared.
class RawSha256 final {
 public:
  RawSha256() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {}

  ~RawSha256() {
    EVP_MD_CTX_free(context_);
    EVP_MD_free(algorithm_);
  }

  RawSha256(const RawSha256&) = delete;
  RawSha256& operator=(const RawSha256&) = delete;

  void tree() {
    for (std::size_t i = 0; i < batch; ++i) {
      hash(33);
      hash(65);
    }
  }

  /// The same bytes as one message: no padding, no start, no end.
  void stream() {
    std::vector<unsigned char> bytes(batch * (33 + 65));
    unsigned size = 0;
    EVP_DigestInit_ex2(context_, algorithm_, nullptr);
    EVP_DigestUpdate(context_, bytes.data(), bytes.size());
    EVP_DigestFinal_ex(context_, out_, &size);
    keep(out_[0]);
  }

 private:
  void hash(std::size_t size) {
    unsigned written = 0;
    EVP_DigestInit_ex2(context_, algorithm_, nullptr);
    EVP_DigestUpdate(context_, message_, size);
    EVP_DigestFinal_ex(context_, out_, &written);
    keep(out_[0]);
  }

  EVP_MD* algorithm_;
  EVP_MD_CTX* context_;
  unsigned char message_[65] = {};
  unsigned char out_[32] = {};
};

/// Millions of transactions per second.
Run rate(const Options& options, const std::function<void()>& call, std::size_t transactions) {
  return [&options, call, transactions] {
    return static_cast<double>(transactions) * 1e3 /
           cairn::bench::nanoseconds_per_call(options, call);
  };
}

void compare_growth(Report& report, const Options& options) {
  const std::vector<Digest> hashes = journal::sample::transaction_hashes(batch);
  journal::MemoryHashStore store;
  journal::sample::Source source({});
  const auto grow = [&] {
    CAIRN_CHECK(store.cut(0).has_value());
    auto tree = journal::Tree::open(store, source, 0);
    CAIRN_CHECK(tree.has_value());
    CAIRN_CHECK(tree->append(hashes).has_value());
    keep(tree->head());
  };
  RawSha256 raw;
  const auto each = measure_against(options, rate(options, grow, batch),
                                    rate(options, [&] { raw.tree(); }, batch));
  report.add({.name = "growing the tree",
              .unit = "M tx/s",
              .better = Better::Higher,
              .value = each.value,
              .rival = "OpenSSL, the same messages",
              .rival_value = each.rival,
              .bar = 0.8});
  const auto stream = measure_against(options, rate(options, grow, batch),
                                      rate(options, [&] { raw.stream(); }, batch));
  report.add({.name = "growing the tree",
              .unit = "M tx/s",
              .better = Better::Higher,
              .value = stream.value,
              .rival = "OpenSSL, the same bytes as one message",
              .rival_value = stream.rival});
}

void measure_proofs(Report& report, const Options& options) {
  const std::uint64_t size = options.smoke ? 10'000 : 1'000'000;
  journal::MemoryHashStore store;
  journal::sample::Source source(journal::sample::transaction_hashes(size));
  auto tree = journal::Tree::open(store, source, size);
  CAIRN_CHECK(tree.has_value());
  std::uint64_t index = 0;
  const auto prove = [&] {
    index = (index * 31 + 7) % size;
    keep(tree->inclusion(index, size).value().size());
  };
  const journal::Proof proof = tree->inclusion(7, size).value();
  const Digest leaf = journal::leaf_hash(source.hashes()[7].bytes);
  const journal::TreePoint head = tree->head();
  const auto verify = [&] { CAIRN_CHECK(verify_inclusion(leaf, 7, head, proof)); };
  for (const auto& [name, call] :
       {std::pair<std::string, std::function<void()>>{"inclusion proof, 1 M leaves", prove},
        {"verifying it", verify}}) {
    report.add({.name = name, .unit = "ns", .better = Better::Lower, .value = measure(options, [&] {
                                                                       return nanoseconds_per_call(
                                                                           options, call);
                                                                     })});
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = cairn::bench::parse_options(
      argc, argv, "the transparency tree: growing it, proving from it, verifying");
  Report report("tree", options);
  compare_growth(report, options);
  measure_proofs(report, options);
  return report.finish();
}
