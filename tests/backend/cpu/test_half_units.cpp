// Products of bfloat16 matrices against plain loops.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cpu/instruction_set.hpp"
#include "cpu/nets/half_unit.hpp"
#include "math/bfloat16.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using testing::Random;

TEST(Bfloat16, RoundsToTheNearestAndTiesToEven) {
    EXPECT_EQ(round_to_bfloat16(1.0f), 1.0f);
    EXPECT_EQ(round_to_bfloat16(1.0f + 1.0f / 512), 1.0f);               // below half a unit of 1/128
    EXPECT_EQ(round_to_bfloat16(1.0f + 1.0f / 256), 1.0f);               // a tie, to even
    EXPECT_EQ(round_to_bfloat16(1.0f + 3.0f / 256), 1.0f + 2.0f / 128);  // a tie, to even
    EXPECT_EQ(round_to_bfloat16(-1.0f - 1.1f / 256), -1.0f - 1.0f / 128);
    EXPECT_EQ(round_to_bfloat16(0.0f), 0.0f);
    EXPECT_EQ(round_to_bfloat16(std::numeric_limits<float>::infinity()), std::numeric_limits<float>::infinity());
    EXPECT_EQ(round_to_bfloat16(3.4e38f), std::numeric_limits<float>::infinity());
}

TEST(Bfloat16, KeepsNaN) {
    EXPECT_TRUE(std::isnan(round_to_bfloat16(std::numeric_limits<float>::quiet_NaN())));
    float low_bits;
    const std::uint32_t bits = 0x7f800001u;  // a NaN whose upper half is infinity
    __builtin_memcpy(&low_bits, &bits, sizeof bits);
    EXPECT_TRUE(std::isnan(round_to_bfloat16(low_bits)));
}

#if defined(__x86_64__)
std::vector<const cpu::HalfUnit*> usable_units() {
    std::vector<const cpu::HalfUnit*> out;
    for (const std::string& isa : cpu::usable_instruction_sets())
        for (const cpu::HalfUnit* unit : {&cpu::half_avx512_bf16, &cpu::half_amx})
            if (isa == unit->name) out.push_back(unit);
    return out;
}

void check(const cpu::HalfUnit& unit, int rows, int n_in, int n_out, bool transposed, bool with_bias) {
    SCOPED_TRACE(::testing::Message() << unit.name << " " << rows << " x " << n_in << " x " << n_out);
    Random random(std::uint64_t(rows * 1000003 + n_in * 1009 + n_out));
    const auto floats = [&](std::size_t n) {
        std::vector<float> out;
        for (const double x : random.uniforms(n, -1, 1)) out.push_back(float(x));
        return out;
    };
    const std::vector<double> weight = random.uniforms(std::size_t(n_in * n_out), -1, 1);
    cpu::HalfMatrix b;
    if (transposed) b.pack(weight.data(), n_out, n_in, true);
    else b.pack(weight.data(), n_in, n_out, false);
    const int a_stride = n_in + 3, c_stride = b.stride + 5;
    const std::vector<float> a = floats(std::size_t(rows * a_stride)), bias = floats(std::size_t(b.stride));
    constexpr float untouched = 12345;
    std::vector<float> c(std::size_t(rows * c_stride), untouched);
    Workspace workspace;

    unit.multiply(rows, a.data(), a_stride, b, with_bias ? bias.data() : nullptr, c.data(), c_stride, workspace);

    for (int r = 0; r < rows; ++r) {
        for (int j = 0; j < n_out; ++j) {
            double expected = with_bias ? double(bias[std::size_t(j)]) : 0;
            for (int k = 0; k < n_in; ++k) {
                const double w = weight[std::size_t(transposed ? j * n_in + k : k * n_out + j)];
                expected +=
                    double(round_to_bfloat16(a[std::size_t(r * a_stride + k)])) * double(round_to_bfloat16(float(w)));
            }
            ASSERT_NEAR(c[std::size_t(r * c_stride + j)], expected, 6e-8 * (n_in + 2)) << r << ", " << j;
        }
        for (int j = b.stride; j < c_stride; ++j) ASSERT_EQ(c[std::size_t(r * c_stride + j)], untouched);
    }
}

TEST(HalfUnits, EqualThreeLoopsAtEverySizeAroundTheBlocking) {
    if (usable_units().empty()) GTEST_SKIP() << "needs a CPU with AVX512_BF16";
    for (const cpu::HalfUnit* unit : usable_units())
        for (const int rows : {8, 16, 24, 40, 64})
            for (const int n_in : {1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 257})
                for (const int n_out : {1, 15, 16, 17, 47, 48, 49, 96, 241})
                    check(*unit, rows, n_in, n_out, (rows + n_in) % 2 == 0, n_out % 2 == 0);
}

TEST(HalfUnits, PassNaNThrough) {
    for (const cpu::HalfUnit* unit : usable_units()) {
        const std::vector<double> weight(64 * 16, 0.5);
        cpu::HalfMatrix b;
        b.pack(weight.data(), 64, 16, false);
        std::vector<float> a(8 * 64, 1.0f), c(8 * 16);
        a[3 * 64 + 40] = std::numeric_limits<float>::quiet_NaN();
        Workspace workspace;
        unit->multiply(8, a.data(), 64, b, nullptr, c.data(), 16, workspace);
        EXPECT_TRUE(std::isnan(c[3 * 16 + 5]));
        EXPECT_EQ(c[2 * 16 + 5], 32.0f);
    }
}
#endif

}  // namespace
}  // namespace dpmd
