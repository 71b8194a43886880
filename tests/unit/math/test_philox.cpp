// Philox 4x32-10 compared with the known answers of the Random123 distribution (kat_vectors), and numbers made from it.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <tuple>

#include "math/philox.hpp"

namespace dpmd {
namespace {

std::array<std::uint32_t, 4> words(const Philox& x) { return {x.words[0], x.words[1], x.words[2], x.words[3]}; }

TEST(Philox, GivesTheKnownAnswers) {
    using Answer = std::array<std::uint32_t, 4>;
    EXPECT_EQ(words(philox(0, 0, 0, 0, 0, 0)), (Answer{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(words(philox(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)),
              (Answer{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(words(philox(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0)),
              (Answer{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, EverySeedStreamStepAndAtomHasNumbersOfItsOwn) {
    std::set<std::array<std::uint32_t, 4>> seen;
    int n = 0;
    const std::uint64_t big[] = {0, 1, 2, 0xffffffff, 0x100000000, 0x100000001, 0xffffffffffff};
    for (const std::uint64_t seed : {std::uint64_t(0), std::uint64_t(1), std::uint64_t(1) << 32, ~std::uint64_t(0)})
        for (const RandomStream stream : {RandomStream::velocity, RandomStream::langevin, RandomStream::rescale})
            for (const std::uint64_t step : big)
                for (const std::uint64_t item : big) {
                    seen.insert(words(random_words({seed, stream, step}, item)));
                    ++n;
                }
    EXPECT_EQ(int(seen.size()), n);
}

TEST(Philox, UniformsLieStrictlyBetweenZeroAndOne) {
    EXPECT_GT(uniform_open(0), 0.0);
    EXPECT_LT(uniform_open(0xffffffff), 1.0);
    EXPECT_EQ(uniform_open(0x7fffffff) + uniform_open(0x80000000), 1.0);
}

TEST(Philox, NormalsHaveTheMomentsOfAStandardNormal) {
    constexpr int n = 250000;
    const RandomKey key{20240607, RandomStream::langevin, 17};
    double moments[5] = {}, products[3] = {}, largest = 0;
    for (int item = 0; item < n; ++item) {
        double x[4];
        random_normals(key, std::uint64_t(item), x);
        for (const double v : x) {
            double power = 1;
            for (double& moment : moments) {
                moment += power / (4.0 * n);
                power *= v;
            }
            largest = std::max(largest, std::fabs(v));
        }
        for (int k = 0; k < 3; ++k) products[k] += x[0] * x[k + 1] / n;
    }
    // five standard errors: 1/sqrt(1e6) for a mean, sqrt(m_2k - m_k^2)/1e3 for the k-th moment
    EXPECT_NEAR(moments[1], 0.0, 5e-3);
    EXPECT_NEAR(moments[2], 1.0, 5 * 1.42e-3);
    EXPECT_NEAR(moments[3], 0.0, 5 * 3.9e-3);
    EXPECT_NEAR(moments[4], 3.0, 5 * 9.8e-3);
    for (const double product : products) EXPECT_NEAR(product, 0.0, 5 * 2e-3) << "the four are not independent";
    EXPECT_GT(largest, 4.0);
    EXPECT_LT(largest, 6.8);  // sqrt(-2 log(2^-33))
}

TEST(Philox, NormalsOfNeighbouringStepsAndAtomsAreUncorrelated) {
    constexpr int n = 100000;
    double along_steps = 0, along_atoms = 0, along_seeds = 0;
    for (int k = 0; k < n; ++k) {
        double here[4], next_step[4], next_atom[4], next_seed[4];
        const auto step = std::uint64_t(k);
        random_normals({7, RandomStream::langevin, step}, 3, here);
        random_normals({7, RandomStream::langevin, step + 1}, 3, next_step);
        random_normals({7, RandomStream::langevin, step}, 4, next_atom);
        random_normals({8, RandomStream::langevin, step}, 3, next_seed);
        along_steps += here[0] * next_step[0] / n;
        along_atoms += here[0] * next_atom[0] / n;
        along_seeds += here[0] * next_seed[0] / n;
    }
    for (const double correlation : {along_steps, along_atoms, along_seeds})
        EXPECT_NEAR(correlation, 0.0, 5 / std::sqrt(n));
}

}  // namespace
}  // namespace dpmd
