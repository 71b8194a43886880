// Activation functions: scalars compared with long double and finite differences, vectors with scalars.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "backend/cpu/tile_probe.hpp"
#include "math/activation.hpp"
#include "oracle/nets_reference.hpp"
#include "support/backend_parameter.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using testing::Random;
using real = long double;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Activation all_activations[] = {
    Activation::linear,   Activation::tanh,    Activation::gelu, Activation::relu,  Activation::relu6,
    Activation::softplus, Activation::sigmoid, Activation::silu, Activation::silut, Activation::gelu_single};

ValueSlope<double> scalar(Activation activation, double x, double threshold) {
    switch (activation) {
        case Activation::linear: return {x, 1};
        case Activation::tanh: return activation_tanh(x);
        case Activation::gelu: return activation_gelu(x);
        case Activation::gelu_single: return activation_gelu(x, gelu_single_cubic);
        case Activation::relu: return activation_relu(x);
        case Activation::relu6: return activation_relu6(x);
        case Activation::softplus: return activation_softplus(x);
        case Activation::sigmoid: return activation_sigmoid(x);
        case Activation::silu: return activation_silu(x);
        case Activation::silut: return activation_silut(x, threshold);
    }
    return {};
}

reference::Function exact(Activation activation, real x, double threshold) {
    Layer layer;
    layer.activation = activation;
    layer.silut_threshold = threshold;
    return reference::activate(layer, x);
}

/// The distance of `got` from the exact value, in units of its last place.
template <class Real>
double ulps(Real got, real expected) {
    const Real rounded = static_cast<Real>(expected);
    const Real ulp = std::nextafter(std::fabs(rounded), std::numeric_limits<Real>::infinity()) - std::fabs(rounded);
    return double(std::fabs(real(got) - expected) / real(ulp));
}

/// Arguments over all magnitudes, dense where tanh bends.
std::vector<double> arguments() {
    std::vector<double> out;
    for (int k = -3000; k <= 3000; ++k) out.push_back(k * 0.01 + 1e-4);
    for (int exponent = -1074; exponent <= 1023; exponent += 3)
        for (const double x : {std::ldexp(1.0, exponent), std::ldexp(1.7, exponent)}) {
            out.push_back(x);
            out.push_back(-x);
        }
    Random random(1);
    for (int k = 0; k < 20000; ++k) out.push_back(random.uniform(-22, 22));
    for (int k = 0; k < 20000; ++k) out.push_back(random.uniform(-1, 1));
    // where the reduction changes its integer: x = (k + 1/2) ln2 / 2
    for (int k = 0; k < 60; ++k)
        for (const double sign : {-1.0, 1.0}) {
            const double x = sign * (k + 0.5) * 0.34657359027997264;
            out.insert(out.end(), {std::nextafter(x, -100.0), x, std::nextafter(x, 100.0)});
        }
    return out;
}

TEST(Tanh, IsGoodToThreeUlpInDouble) {
    double worst = 0, at = 0;
    for (const double x : arguments()) {
        const double error = ulps(tanh_of(x), std::tanh(real(x)));
        if (error > worst) worst = error, at = x;
    }
    EXPECT_LE(worst, 3.0) << "at " << at;
    RecordProperty("worst_ulp", std::to_string(worst));
}

TEST(Tanh, IsGoodToThreeUlpInSinglePrecision) {
    double worst = 0;
    float at = 0;
    for (const double wide : arguments()) {
        if (std::fabs(wide) > 3e38) continue;
        const auto x = static_cast<float>(wide);
        const double error = ulps(tanh_of(x), std::tanh(real(x)));
        if (error > worst) worst = error, at = x;
    }
    EXPECT_LE(worst, 3.0) << "at " << at;
}

TEST(Tanh, NeverLeavesMinusOneToOneAndIsOdd) {
    for (const double x : arguments()) {
        EXPECT_LE(std::fabs(tanh_of(x)), 1.0);
        EXPECT_EQ(tanh_of(-x), -tanh_of(x));
    }
    EXPECT_EQ(tanh_of(infinity), 1.0);
    EXPECT_EQ(tanh_of(-infinity), -1.0);
    EXPECT_EQ(tanh_of(0.0), 0.0);
    EXPECT_EQ(tanh_of(40.0), 1.0);
}

TEST(Tanh, PassesNaNOnAndKeepsDenormals) {
    EXPECT_TRUE(std::isnan(tanh_of(std::nan(""))));
    EXPECT_TRUE(std::isnan(tanh_of(-std::nan(""))));
    EXPECT_TRUE(std::isnan(tanh_of(std::nanf(""))));
    for (const double x : {4.9e-324, 1e-310, 2.2250738585072014e-308, 1e-300}) {
        EXPECT_EQ(tanh_of(x), x);
        EXPECT_EQ(tanh_of(-x), -x);
    }
}

/// Near a zero of the function the value is a difference of larger numbers (sigmoid's 1/2 + tanh/2), so the tolerance
/// is absolute: a few eps of the largest intermediate, which grows with |x|.
double tolerance(double x) { return 4e-16 * (2 + std::fabs(x)); }

TEST(Activation, ValuesAndSlopesEqualLongDouble) {
    for (const Activation activation : all_activations)
        for (const double threshold : {3.0, 0.5})
            for (const double x : arguments()) {
                if (std::fabs(x) > 700) continue;
                const reference::Function expected = exact(activation, x, threshold);

                const ValueSlope<double> got = scalar(activation, x, threshold);

                ASSERT_NEAR(got.value, double(expected.value), tolerance(x)) << int(activation) << " at " << x;
                // slopes of gelu contain x (1 - t^2) (1 + 3 a x^2): the cube enlarges the rounding of 1 - t^2, which is
                // 0 beyond 7
                const bool is_gelu = activation == Activation::gelu || activation == Activation::gelu_single;
                const double enlarged = is_gelu && std::fabs(x) < 9 ? 100 : 2;
                ASSERT_NEAR(got.slope, double(expected.slope), enlarged * tolerance(x))
                    << int(activation) << " at " << x;
            }
}

TEST(Activation, SlopesAreTheFiniteDifferenceOfTheValues) {
    Random random(2);
    constexpr double h = 1e-5;
    for (const Activation activation : all_activations)
        for (int round = 0; round < 2000; ++round) {
            const double x = random.uniform(-9, 9);
            const bool at_corner = std::fabs(x) < h || std::fabs(x - 6) < h || std::fabs(x - 3) < h;
            if (at_corner) continue;

            const double difference =
                (scalar(activation, x + h, 3).value - scalar(activation, x - h, 3).value) / (2 * h);

            // h^2/6 f''' = 2e-11 f''', and values of 9 rounded to 1e-15 divided by 2h: 1e-10
            EXPECT_NEAR(scalar(activation, x, 3).slope, difference, 5e-10) << int(activation) << " at " << x;
        }
}

TEST(Activation, SilutContinuesSiluWithEqualSlope) {
    for (const double threshold : {-1.0, 0.0, 0.5, 3.0, 10.0}) {
        const ValueSlope<double> below = activation_silut(std::nextafter(threshold, -100.0), threshold);
        const ValueSlope<double> at = activation_silut(threshold, threshold);
        EXPECT_NEAR(below.value, at.value, 1e-14);
        EXPECT_NEAR(below.slope, at.slope, 1e-14);
        EXPECT_EQ(activation_silut(threshold - 1, threshold).value, activation_silu(threshold - 1).value);
    }
}

TEST(Activation, CornersHaveTheSlopesOfDeePMDKit) {
    EXPECT_EQ(activation_relu(0.0).slope, 0.0);
    EXPECT_EQ(activation_relu6(6.0).slope, 0.0);
    EXPECT_EQ(activation_relu6(0.0).slope, 0.0);
    EXPECT_EQ(activation_relu6(7.0).value, 6.0);
}

TEST(Activation, PassesNaNOn) {
    for (const Activation activation : all_activations)
        EXPECT_TRUE(std::isnan(scalar(activation, std::nan(""), 3).value)) << int(activation);
}

TEST(Activation, SaturatesAtInfinity) {
    for (const Activation activation : {Activation::tanh, Activation::sigmoid, Activation::relu6}) {
        EXPECT_EQ(scalar(activation, infinity, 3).value, activation == Activation::relu6 ? 6.0 : 1.0);
        EXPECT_EQ(scalar(activation, infinity, 3).slope, 0.0);
        EXPECT_EQ(scalar(activation, -infinity, 3).value, activation == Activation::tanh ? -1.0 : 0.0);
    }
    for (const Activation activation : {Activation::relu, Activation::softplus, Activation::silu})
        EXPECT_EQ(scalar(activation, infinity, 3).value, infinity);
}

class VectorActivation : public testing::PerInstructionSet {};

TEST_P(VectorActivation, EveryLaneEqualsTheScalar) {
    const testing::TileProbe& probe = *testing::tile_probe(GetParam().c_str());
    std::vector<double> x = arguments();
    x.insert(x.end(), {0.0, -0.0, infinity, -infinity, std::nan(""), 6.0, 3.0, 1e308, -1e308});
    while (x.size() % std::size_t(probe.shape.lanes) != 0) x.push_back(0.5);
    std::vector<double> value(x.size()), slope(x.size());
    for (const Activation activation : all_activations) {
        probe.activate(activation, 3.0, int(x.size()), x.data(), value.data(), slope.data());

        for (std::size_t k = 0; k < x.size(); ++k) {
            const ValueSlope<double> expected = scalar(activation, x[k], 3.0);
            if (std::isnan(expected.value) || std::isinf(expected.value)) {
                ASSERT_EQ(std::isnan(value[k]), std::isnan(expected.value)) << int(activation) << " at " << x[k];
                continue;
            }
            // instruction sets with fused multiply-add round once less: a few units in the last place of the
            // intermediates
            ASSERT_NEAR(value[k], expected.value, tolerance(expected.value)) << int(activation) << " at " << x[k];
            if (std::fabs(x[k]) >= 100) continue;
            ASSERT_NEAR(slope[k], expected.slope, 200 * tolerance(0)) << int(activation) << " at " << x[k];
        }
    }
}

TEST_P(VectorActivation, TanhIsGoodToThreeUlp) {
    const testing::TileProbe& probe = *testing::tile_probe(GetParam().c_str());
    std::vector<double> x = arguments();
    while (x.size() % std::size_t(probe.shape.lanes) != 0) x.push_back(0.5);
    std::vector<double> value(x.size()), slope(x.size());

    probe.activate(Activation::tanh, 3.0, int(x.size()), x.data(), value.data(), slope.data());

    double worst = 0, at = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
        const double error = ulps(value[k], std::tanh(real(x[k])));
        if (error > worst) worst = error, at = x[k];
    }
    EXPECT_LE(worst, 3.0) << "at " << at;
}

DPMD_INSTANTIATE_PER_ISA(VectorActivation);

#if defined(__x86_64__)
TEST(VectorTanh, WithoutFusedMultiplyAddEveryBitEqualsTheScalar) {
    const testing::TileProbe& probe = *testing::tile_probe("sse2");
    std::vector<double> x = arguments();
    while (x.size() % std::size_t(probe.shape.lanes) != 0) x.push_back(0.5);
    std::vector<double> value(x.size()), slope(x.size());

    probe.activate(Activation::tanh, 3.0, int(x.size()), x.data(), value.data(), slope.data());

    for (std::size_t k = 0; k < x.size(); ++k) {
        ASSERT_EQ(value[k], tanh_of(x[k])) << x[k];
        ASSERT_EQ(slope[k], activation_tanh(x[k]).slope) << x[k];
    }
}
#endif

}  // namespace
}  // namespace dpmd
