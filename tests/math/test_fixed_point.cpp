// Fixed-point terms and 128-bit sums.
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

Int128 integer_of(const FixedSum& sum) {
    __extension__ using Unsigned128 = unsigned __int128;
    return static_cast<Int128>((static_cast<Unsigned128>(static_cast<std::uint64_t>(sum.high)) << 64) | sum.low);
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
    EXPECT_EQ(to_fixed(1.0), std::int64_t(1) << 40);
    Random random(1);
    for (int k = 0; k < 10000; ++k) {
        const double x = random.uniform(-1e4, 1e4);
        EXPECT_EQ(to_fixed(-x), -to_fixed(x));
        EXPECT_NEAR(from_fixed(to_fixed(x)), x, 0.5 * quantum + 1e-12);  // values of 1e4 have a last place of 2e-12
    }
}

TEST(FixedPoint, TheRangeExcludesItsLimitNaNAndInfinity) {
    EXPECT_TRUE(fixed_in_range(std::nextafter(fixed_term_limit, 0.0), fixed_term_limit));
    for (const double x : {fixed_term_limit, -fixed_term_limit, 1e300, HUGE_VAL, -HUGE_VAL, std::nan("")})
        EXPECT_FALSE(fixed_in_range(x, fixed_term_limit)) << x;
}

TEST(FixedPoint, TheLargestTermsFitAndComeBack) {
    const double largest = std::nextafter(fixed_term_limit, 0.0);
    EXPECT_EQ(from_fixed(to_fixed(largest)), largest);
    EXPECT_EQ(from_fixed(to_fixed(-largest)), -largest);
    // 512 of the largest pair forces fit 64 bits, the remark beside the limit
    const double pair = std::nextafter(fixed_pair_limit, 0.0);
    EXPECT_LT(512.0L * to_fixed(pair), static_cast<long double>(std::numeric_limits<std::int64_t>::max()));
}

TEST(FixedSum, EqualsInt128OverRandomSequences) {
    Random random(2);
    for (int sequence = 0; sequence < 300; ++sequence) {
        FixedSum sum;
        Int128 expected = 0;
        const int bits = 1 + random.below(63);
        for (int k = 0; k < 300; ++k) {
            std::int64_t term = static_cast<std::int64_t>(random.word()) >> (64 - bits);
            if (random.below(50) == 0)
                term = random.below(2) ? std::numeric_limits<std::int64_t>::max()
                                       : std::numeric_limits<std::int64_t>::min();
            sum.add(term);
            expected += term;
            ASSERT_TRUE(integer_of(sum) == expected);
            const long double value = static_cast<long double>(expected) / static_cast<long double>(fixed_scale);
            ASSERT_LE(std::fabs(static_cast<long double>(sum.value()) - value), std::fabs(value) * 2.3e-16L);
        }
    }
}

TEST(FixedSum, AddsSumsAsTheirTerms) {
    Random random(3);
    for (int round = 0; round < 1000; ++round) {
        FixedSum a, b, all;
        for (int k = 0; k < 20; ++k) {
            const auto term = static_cast<std::int64_t>(random.word());
            (k % 3 == 0 ? a : b).add(term);
            all.add(term);
        }
        a.add(b);
        ASSERT_EQ(a.high, all.high);
        ASSERT_EQ(a.low, all.low);
    }
}

TEST(FixedSum, DoesNotDependOnTheOrder) {
    Random random(4);
    std::vector<std::int64_t> terms;
    for (int k = 0; k < 500; ++k) terms.push_back(to_fixed(random.uniform(-8e6, 8e6)));
    const auto sum_of = [&] {
        FixedSum sum;
        for (const std::int64_t term : terms) sum.add(term);
        return sum.value();
    };
    const double first = sum_of();
    for (int round = 0; round < 20; ++round) {
        const std::vector<int> order = random.permutation(int(terms.size()));
        std::vector<std::int64_t> moved;
        for (const int k : order) moved.push_back(terms[std::size_t(k)]);
        terms = moved;
        EXPECT_EQ(sum_of(), first);
    }
}

TEST(FixedSum, KeepsEveryDigitOfSmallNegativeSums) {
    for (const double x : {-1e-12, -0.1, -1.0, -123.456, -8e6, -1 / fixed_scale}) {
        FixedSum sum;
        sum.add(to_fixed(x));
        EXPECT_EQ(sum.value(), from_fixed(to_fixed(x))) << x;
    }
    FixedSum zero;
    zero.add(5);
    zero.add(-5);
    EXPECT_EQ(zero.value(), 0.0);
    EXPECT_FALSE(std::signbit(zero.value()));
    FixedSum minus_two_to_64;
    for (int k = 0; k < 2; ++k) minus_two_to_64.add(std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(minus_two_to_64.value(), -0x1p64 / fixed_scale);
}

}  // namespace
}  // namespace dpmd
