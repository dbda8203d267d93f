// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.h"

#include <cstdint>

#include <gtest/gtest.h>

#include "tests/support/bytes.h"

namespace cairn {
namespace {

/// Input is 0, 1, … 250, 0, 1 … of the length given. The lengths meet each branch of XXH3. Values
/// from the reference implementation, version 0.8.4.
struct Vector {
  std::size_t size;
  std::uint64_t seed;
  std::uint64_t sum64;
  Checksum128 sum128;
};

constexpr std::uint64_t seed = 0x9e3779b97f4a7c15U;
// NOLINTBEGIN(modernize-use-designated-initializers): a table, whose columns are named above
constexpr Vector vectors[] = {
    {0, 0, 0x2d06800538d394c2U, {0x6001c324468d497fU, 0x99aa06d3014798d8U}},
    {0, seed, 0x602b0e2cd6662c8bU, {0x4ca5176998171787U, 0xd142977a2cca554bU}},
    {1, 0, 0xc44bdff4074eecdbU, {0xc44bdff4074eecdbU, 0xa6cd5e9392000f6aU}},
    {1, seed, 0x062b185e4e01441aU, {0x062b185e4e01441aU, 0xe366b8c99a31df50U}},
    {3, 0, 0x5f4299fc161c9cbbU, {0x5f4299fc161c9cbbU, 0xe3b55f57945a17cfU}},
    {3, seed, 0xbe1fd1f503b5d59eU, {0xbe1fd1f503b5d59eU, 0xbf2a55a01a4ef588U}},
    {4, 0, 0x60dab036a58211f2U, {0xa6111d53e80a3db5U, 0xeb70bf5fc779e9e6U}},
    {4, seed, 0x89878861fce0da55U, {0x55d8df42be2c2082U, 0x2a8b9789cf496defU}},
    {8, 0, 0x3a1c2d7c85af88f8U, {0xcfd50c61c8bb98c1U, 0xe1e4432a62217fe4U}},
    {8, seed, 0xb82d9ef5fd6b3172U, {0x549c1de02797ab53U, 0x59d3dcef02ca1563U}},
    {9, 0, 0xe9612598145bb9dcU, {0x907931979dca3746U, 0x16c769d83e4aebceU}},
    {9, seed, 0xfe11eeff350b91efU, {0x97967290810c979cU, 0xd8398d01b57318a6U}},
    {16, 0, 0x8355e3a6f61770dbU, {0x842812cc870dcae2U, 0x72950631827607e2U}},
    {16, seed, 0x3d392960bfd9df8aU, {0xe463c7e2458d78d5U, 0x5071618c2d2c17b4U}},
    {17, 0, 0x9ef341a99de37328U, {0xc06e233df7729217U, 0x685bc458b37d057fU}},
    {17, seed, 0x89e5f063c641de9fU, {0xcba03fc2363de8bcU, 0x4edfa847c1b8df88U}},
    {128, 0, 0x85c6174c7ff4c46bU, {0x05321a0b64d67b41U, 0x14792fc3af88dc6cU}},
    {128, seed, 0x77bf966868f4b200U, {0x1ea8c8dcd452ca0dU, 0x04d3d3bfc357ddefU}},
    {129, 0, 0xec7642b431ba3e5aU, {0xbc30b63382b09a3bU, 0xdd5e74ac6b45f54eU}},
    {129, seed, 0x747f159fdd2d2177U, {0x952bac83a81876aeU, 0x47a798bb1fd7483fU}},
    {240, 0, 0x375a384d957fe865U, {0xc92b68e16f83bbb6U, 0x65b5be86da5540e7U}},
    {240, seed, 0xe6e766db0868c372U, {0x5bd854a1231155f7U, 0xf0bc4cae6b4ab7ebU}},
    {241, 0, 0x02e8cd95421c6d02U, {0x02e8cd95421c6d02U, 0x1da1cb61bcb8a2a1U}},
    {241, seed, 0x172114de208c5a80U, {0x172114de208c5a80U, 0xaa071ba293e7f7d8U}},
    {1024, 0, 0xe5d78bafa45b2aa5U, {0xe5d78bafa45b2aa5U, 0xd0ac1f7b93bf57b9U}},
    {1024, seed, 0x19244dd37041be92U, {0x19244dd37041be92U, 0xdad6f2892d333411U}},
    {4096, 0, 0x7135ffa504f1bc71U, {0x7135ffa504f1bc71U, 0xe12cd72144990fe5U}},
    {4096, seed, 0xb4bae170d699109cU, {0xb4bae170d699109cU, 0x66e9edf347e88f4dU}},
};

// NOLINTEND(modernize-use-designated-initializers)

test::Bytes vector_input(std::size_t size) {
  test::Bytes input(size);
  for (std::size_t i = 0; i < size; ++i) {
    input[i] = static_cast<std::byte>(i % 251);
  }
  return input;
}

TEST(Checksum, KeepsTheValuesThatAreOnDisks) {
  // Pinned values at every size class of the algorithm, with and without a seed.
  for (const Vector& vector : vectors) {
    const test::Bytes input = vector_input(vector.size);
    EXPECT_EQ(checksum64(input, vector.seed), vector.sum64) << vector.size;
    EXPECT_EQ(checksum128(input, vector.seed), vector.sum128) << vector.size;
  }
}

TEST(Checksum, SeesEverySingleBitFlip) {
  // Each bit of a 512-byte sector, flipped alone, changes both sums.
  test::Bytes sector = vector_input(512);
  const std::uint64_t sum64 = checksum64(sector);
  const Checksum128 sum128 = checksum128(sector);
  for (std::size_t bit = 0; bit < 8 * sector.size(); ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    sector[bit / 8] ^= mask;
    EXPECT_NE(checksum64(sector), sum64) << bit;
    EXPECT_NE(checksum128(sector), sum128) << bit;
    sector[bit / 8] ^= mask;
  }
}

}  // namespace
}  // namespace cairn
