// Fixed-point terms of pairs, and sums over atoms.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "math/fixed_point.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using testing::Random;
__extension__ using Int128 = __int128;

/// The sum in units of 2^-64.
Int128 integer_of(const FixedSum& sum) {
    constexpr Int128 limb = Int128(1) << 32;
    return (sum.limbs[0] * limb + sum.limbs[1]) * limb + sum.limbs[2];
}

Int128 integer_of(double term) { return static_cast<Int128>(std::ldexp(term, 64)); }

/// A term of any size that is a multiple of 2^-64.
double random_term(Random& random) {
    const double largest = std::ldexp(1.0, random.below(36) - 12);
    return std::ldexp(std::rint(std::ldexp(random.uniform(-largest, largest), 64)), -64);
}

TEST(FixedPoint, RoundsToTheNearestMultipleAndTiesToEven) {
    constexpr double quantum = 1 / fixed_scale;
    EXPECT_EQ(to_fixed(0.0), 0);
    EXPECT_EQ(to_fixed(quantum), 1);
    EXPECT_EQ(to_fixed(0.49 * quantum), 0);
    EXPECT_EQ(to_fixed(0.5 * quantum), 0);
    EXPECT_EQ(to_fixed(1.5 * quantum), 2);
    EXPECT_EQ(to_fixed(2.5 * quantum), 2);
    EXPECT_EQ(to_fixed(-0.51 * quantum), -1);
    EXPECT_EQ(to_fixed(1.0), std::int64_t(1) << 43);
    Random random(1);
    for (int k = 0; k < 10000; ++k) {
        const double x = random.uniform(-1e3, 1e3);
        EXPECT_EQ(to_fixed(-x), -to_fixed(x));
        EXPECT_NEAR(from_fixed(to_fixed(x)), x, 0.5 * quantum + 1.2e-13);  // values of 1e3 have a last place of 1.1e-13
    }
}

TEST(FixedPoint, TheRangeExcludesItsLimitNaNAndInfinity) {
    EXPECT_TRUE(fixed_in_range(std::nextafter(fixed_term_limit, 0.0), fixed_term_limit));
    for (const double x : {fixed_term_limit, -fixed_term_limit, 1e300, HUGE_VAL, -HUGE_VAL, std::nan("")})
        EXPECT_FALSE(fixed_in_range(x, fixed_term_limit)) << x;
}

TEST(FixedPoint, TheLargestTermsFitAndComeBack) {
    const double pair = std::nextafter(fixed_pair_limit, 0.0);
    EXPECT_EQ(from_fixed(to_fixed(pair)), pair);
    // 512 of the largest pair forces fit 64 bits, as the comment on the limit says
    EXPECT_LT(512.0L * to_fixed(pair), static_cast<long double>(std::numeric_limits<std::int64_t>::max()));
    const double atom = std::nextafter(fixed_term_limit, 0.0);
    EXPECT_EQ(FixedSum::of(atom).value(), atom);
    EXPECT_EQ(FixedSum::of(-atom).value(), -atom);
}

TEST(FixedSum, TakesWhatADoubleHoldsFromTwoToTheMinusTwelfthOn) {
    Random random(5);
    for (int k = 0; k < 10000; ++k) {
        const double x = random.uniform(-1, 1) < 0 ? random.uniform(-1e6, 1e6) : 0x1p-12 * random.uniform(1, 2);
        EXPECT_EQ(FixedSum::of(x).value(), x);
        EXPECT_TRUE(integer_of(FixedSum::of(x)) == integer_of(x));
    }
    EXPECT_NEAR(FixedSum::of(1e-9).value(), 1e-9, 0x1p-65);
}

TEST(FixedSum, EqualsInt128OverRandomSequences) {
    Random random(2);
    for (int sequence = 0; sequence < 300; ++sequence) {
        FixedSum sum;
        Int128 expected = 0;
        for (int k = 0; k < 300; ++k) {
            const double term = random_term(random);
            sum.add(term);
            expected += integer_of(term);
            ASSERT_TRUE(integer_of(sum) == expected);
            ASSERT_TRUE(integer_of(sum.carried()) == expected);
            const long double value = static_cast<long double>(expected) * 0x1p-64L;
            ASSERT_LE(std::fabs(static_cast<long double>(sum.value()) - value), std::fabs(value) * 2.3e-16L);
        }
    }
}

TEST(FixedSum, AddsSumsAsTheirTerms) {
    Random random(3);
    for (int round = 0; round < 1000; ++round) {
        FixedSum a, b, all;
        for (int k = 0; k < 20; ++k) {
            const double term = random_term(random);
            (k % 3 == 0 ? a : b).add(term);
            all.add(term);
        }
        FixedSum carried = a.carried();
        a.add(b);
        ASSERT_TRUE(std::ranges::equal(a.limbs, all.limbs));
        carried.add(b.carried());
        ASSERT_EQ(carried.value(), all.value());
    }
}

TEST(FixedSum, DoesNotDependOnTheOrder) {
    Random random(4);
    std::vector<double> terms;
    for (int k = 0; k < 500; ++k) terms.push_back(random.uniform(-8e6, 8e6));
    const auto sum_of = [&] {
        FixedSum sum;
        for (const double term : terms) sum.add(term);
        return sum.value();
    };
    const double first = sum_of();
    for (int round = 0; round < 20; ++round) {
        const std::vector<int> order = random.permutation(int(terms.size()));
        std::vector<double> moved;
        for (const int k : order) moved.push_back(terms[std::size_t(k)]);
        terms = moved;
        EXPECT_EQ(sum_of(), first);
    }
}

TEST(FixedSum, HasRoomForTheLargestTermsOfTwoToThe31Atoms) {
    const double largest = fixed_term_limit - 0.5 - 0x1p-30;  // its lower limbs are as large as possible
    FixedSum sum = FixedSum::of(largest);
    for (int doubling = 0; doubling < 31; ++doubling) sum.add(FixedSum(sum));
    EXPECT_EQ(sum.value(), std::ldexp(largest, 31));
}

TEST(FixedSum, KeepsEveryDigitOfSmallNegativeSums) {
    for (const double x : {-0.1, -1.0, -123.456, -8e6, -0x1p-64, -0x1.8p-40}) EXPECT_EQ(FixedSum::of(x).value(), x);
    FixedSum zero;
    zero.add(5.25);
    zero.add(-5.25);
    EXPECT_EQ(zero.value(), 0.0);
    EXPECT_FALSE(std::signbit(zero.value()));
}

}  // namespace
}  // namespace dpmd
