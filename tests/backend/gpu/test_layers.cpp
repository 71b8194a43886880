// Layers on every kind of units equal a plain host reference, forwards and backwards.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "nets/layers.hpp"
#include "support/random_numbers.hpp"
#include "units/matrix_kinds.hpp"

namespace dpmd {
namespace {

using gpu::GemmTuner;
using gpu::GemmUnits;
using gpu::LayerView;
using gpu::Operands;
using gpu::padded;
using testing::Random;

constexpr std::int32_t unwritten = 7;  // what stands where nothing may be written

struct Device {
    gpu::Queue queue{0};
    gpu::DeviceMemory memory{queue};
    GemmTuner gemm{queue, memory, ""};
};

std::vector<double> random_values(std::size_t n, Random& random) {
    std::vector<double> out(n);
    for (double& value : out) value = random.uniform(-1, 1);
    return out;
}

Network one_layer(int n_in, int n_out, Activation activation, Skip skip, bool has_timestep, Random& random) {
    Layer layer;
    layer.n_in = n_in;
    layer.n_out = n_out;
    layer.activation = activation;
    layer.skip = skip;
    layer.weight = random_values(std::size_t(n_in) * std::size_t(n_out), random);
    layer.bias = random_values(std::size_t(n_out), random);
    if (has_timestep) layer.timestep = random_values(std::size_t(n_out), random);
    Network network;
    network.layers.push_back(layer);
    return network;
}

/// As an operand enters a product.
template <class Real>
Real rounded(Real x, Operands operands) {
    if constexpr (sizeof(Real) == 4) {
        if (operands == Operands::bfloat16) return round_to_bfloat16(x);
        if (operands == Operands::tf32) return gpu::round_to_tf32(x);
    }
    return x;
}

template <class Real>
struct Rows {
    int count = 0, stride = 0;
    std::vector<Real> values;
    Rows(int count_, int width) : count(count_), stride(padded(width)) {
        values.assign(std::size_t(count) * std::size_t(stride), Real(unwritten));
    }
    Real& at(int row, int column) { return values[std::size_t(row) * std::size_t(stride) + std::size_t(column)]; }
};

/// y, slope and dx of a layer in long double, from operands as the device rounds them.
template <class Real>
struct Reference {
    const Layer& layer;
    Operands operands;

    Real weight(int i, int k) const {
        return rounded(static_cast<Real>(layer.weight[std::size_t(i) * std::size_t(layer.n_out) + std::size_t(k)]),
                       operands);
    }
    Real timestep(int k) const { return layer.timestep.empty() ? Real(1) : Real(layer.timestep[std::size_t(k)]); }
    void forward(const Real* x, int k, double& y, double& slope) const {
        long double sum = layer.bias.empty() ? Real(0) : static_cast<Real>(layer.bias[std::size_t(k)]);
        for (int i = 0; i < layer.n_in; ++i) sum += static_cast<long double>(rounded(x[i], operands)) * weight(i, k);
        const ValueSlope<double> f =
            activation_of<double>(layer.activation, static_cast<double>(sum), layer.silut_threshold);
        y = f.value * double(timestep(k));
        slope = f.slope * double(timestep(k));
        if (layer.skip != Skip::none) y += double(x[k < layer.n_in ? k : k - layer.n_in]);
    }
    double backward(const Real* dy, const Real* slope, int i) const {
        long double sum = 0;
        for (int k = 0; k < layer.n_out; ++k)
            sum += static_cast<long double>(rounded(dy[k] * slope[k], operands)) * weight(i, k);
        if (layer.skip != Skip::none) sum += dy[i];
        if (layer.skip == Skip::twice) sum += dy[layer.n_in + i];
        return static_cast<double>(sum);
    }
};

struct Case {
    GemmUnits units;
    Operands operands = Operands::plain;
    int rows = 1, n_in = 1, n_out = 1;
    Activation activation = Activation::tanh;
    Skip skip = Skip::none;
    bool has_timestep = false;
    int first = 0, behind = 0;  ///< rows before and behind those that a range on the device names; both 0: no range

    std::string name() const {
        return ::testing::PrintToString(static_cast<int>(units)) + " operands " +
               std::to_string(static_cast<int>(operands)) + ": " + std::to_string(rows) + " x " + std::to_string(n_in) +
               " -> " + std::to_string(n_out) + " activation " + std::to_string(static_cast<int>(activation)) +
               " skip " + std::to_string(static_cast<int>(skip));
    }
};

/// Sums of n terms of about 1; rounding of operands that lie next to a tie may go either way after a product in
/// another order, so lower precisions get what one such operand makes.
template <class Real>
double tolerance(const Case& c, int n_terms) {
    if constexpr (sizeof(Real) == 8) return 1e-12;
    else return (c.operands == Operands::tf32x3 ? 4e-7 : 2e-7) * (n_terms + 8);
}

template <class Real>
void expect_layer_equals_reference(Device& device, const Case& c) {
    SCOPED_TRACE(c.name());
    Random random(std::uint64_t(1 + c.rows + 1000 * c.n_in + 1000000 * c.n_out));
    const Network network = one_layer(c.n_in, c.n_out, c.activation, c.skip, c.has_timestep, random);
    const gpu::DeviceNetwork<Real> on_device(network, {c.operands, 0, 1}, device.memory);
    const LayerView<Real>& layer = on_device.layers()[0];
    const Reference<Real> reference{network.layers[0], c.operands};
    const int n_rows = c.first + c.rows + c.behind, last = c.first + c.rows;
    Rows<Real> x(n_rows, c.n_in), y(n_rows, c.n_out), slope(n_rows, c.n_out), dy(n_rows, c.n_out), dx(n_rows, c.n_in);
    // columns behind the last hold whatever there was before
    for (Real& value : x.values) value = std::numeric_limits<Real>::quiet_NaN();
    for (Real& value : dy.values) value = std::numeric_limits<Real>::quiet_NaN();
    for (int r = 0; r < n_rows; ++r) {
        for (int i = 0; i < c.n_in; ++i) x.at(r, i) = static_cast<Real>(random.uniform(-1, 1));
        for (int k = 0; k < c.n_out; ++k) dy.at(r, k) = static_cast<Real>(random.uniform(-1, 1));
    }
    Array<Real> device_x(device.memory), device_y(device.memory), device_slope(device.memory), device_dy(device.memory),
        device_dx(device.memory);
    Array<std::int32_t> range(device.memory);
    device_x.copy_in(x.values);
    device_y.copy_in(y.values);
    device_slope.copy_in(slope.values);
    device_dy.copy_in(dy.values);
    device_dx.copy_in(dx.values);
    range.copy_in(std::vector<std::int32_t>{c.first, last});
    const bool has_range = c.first + c.behind > 0;
    // a launch may be for more rows than there are
    const gpu::RowRange rows{c.rows + (has_range ? 40 : 0), has_range ? range.data() : nullptr};

    gpu::layer_forward_on(c.units, device.gemm, layer, rows, device_x.data(), x.stride, device_y.data(),
                          device_slope.data());
    y.values = device_y.on_host();
    slope.values = device_slope.on_host();
    gpu::layer_backward_on(c.units, device.gemm, layer, rows, device_dy.data(), device_slope.data(), device_dx.data());
    dx.values = device_dx.on_host();

    const double forward_tolerance = tolerance<Real>(c, c.n_in), backward_tolerance = tolerance<Real>(c, c.n_out);
    for (int r = 0; r < n_rows; ++r) {
        const bool is_mine = r >= c.first && r < last;
        for (int k = 0; k < y.stride; ++k) {
            double expected = is_mine ? 0 : unwritten, expected_slope = expected;
            if (is_mine && k < c.n_out) reference.forward(&x.at(r, 0), k, expected, expected_slope);
            ASSERT_NEAR(double(y.at(r, k)), expected, forward_tolerance) << "y row " << r << " column " << k;
            ASSERT_NEAR(double(slope.at(r, k)), expected_slope, forward_tolerance) << "slope row " << r << " " << k;
        }
        for (int i = 0; i < dx.stride; ++i) {
            double expected = is_mine ? 0 : unwritten;
            if (is_mine && i < c.n_in) expected = reference.backward(&dy.at(r, 0), &slope.at(r, 0), i);
            ASSERT_NEAR(double(dx.at(r, i)), expected, backward_tolerance) << "dx row " << r << " column " << i;
        }
    }
}

/// Calls f(units, operands) for all that a number type has.
template <class Real, class F>
void for_each_candidate(F&& f) {
    if constexpr (sizeof(Real) == 8) {
        for (const GemmUnits units : {GemmUnits::plain, GemmUnits::matrix, GemmUnits::library})
            f(units, Operands::plain);
    } else {
        for (const Operands operands : {Operands::plain, Operands::bfloat16, Operands::tf32, Operands::tf32x3}) {
            f(GemmUnits::plain, operands);
            if (operands != Operands::plain) f(GemmUnits::matrix, operands);
            if (operands != Operands::bfloat16) f(GemmUnits::library, operands);
        }
    }
}

template <class Real>
class Layers : public ::testing::Test {
protected:
    Device device_;
    void expect_equal(const Case& c) { expect_layer_equals_reference<Real>(device_, c); }
};
using Reals = ::testing::Types<double, float>;
TYPED_TEST_SUITE(Layers, Reals);

TYPED_TEST(Layers, EqualTheReferenceForAnyNumberOfRows) {
    for_each_candidate<TypeParam>([&](GemmUnits units, Operands operands) {
        for (const int rows : {0, 1, 31, 32, 33, 127, 128, 129, 257})
            this->expect_equal({.units = units, .operands = operands, .rows = rows, .n_in = 13, .n_out = 9});
    });
}

TYPED_TEST(Layers, EqualTheReferenceForAnyWidth) {
    const int widths[][2] = {{1, 1},   {1, 25},  {2, 7},   {3, 5},   {5, 3},   {7, 1},    {15, 17}, {16, 16}, {17, 15},
                             {31, 33}, {32, 64}, {33, 31}, {63, 65}, {65, 63}, {99, 100}, {100, 1}, {25, 97}};
    for_each_candidate<TypeParam>([&](GemmUnits units, Operands operands) {
        for (const auto& [n_in, n_out] : widths)
            this->expect_equal({.units = units, .operands = operands, .rows = 35, .n_in = n_in, .n_out = n_out});
    });
}

TYPED_TEST(Layers, EqualTheReferenceInTilesOfEverySize) {
    for_each_candidate<TypeParam>([&](GemmUnits units, Operands operands) {
        // the emulated device has 4 multiprocessors: tiles of 32 x 32, 64 x 64 and the largest
        for (const int rows : {40, 300, 930})
            this->expect_equal({.units = units, .operands = operands, .rows = rows, .n_in = 70, .n_out = 120});
    });
}

TYPED_TEST(Layers, EqualTheReferenceWithEveryActivation) {
    for (const Activation activation :
         {Activation::linear, Activation::tanh, Activation::gelu, Activation::relu, Activation::relu6,
          Activation::softplus, Activation::sigmoid, Activation::silu, Activation::silut, Activation::gelu_single})
        for_each_candidate<TypeParam>([&](GemmUnits units, Operands operands) {
            this->expect_equal({.units = units,
                                .operands = operands,
                                .rows = 5,
                                .n_in = 10,
                                .n_out = 11,
                                .activation = activation,
                                .has_timestep = true});
        });
}

TYPED_TEST(Layers, EqualTheReferenceWithSkipConnections) {
    for_each_candidate<TypeParam>([&](GemmUnits units, Operands operands) {
        for (const int n : {1, 2, 11, 40}) {
            this->expect_equal({.units = units,
                                .operands = operands,
                                .rows = 34,
                                .n_in = n,
                                .n_out = n,
                                .skip = Skip::identity,
                                .has_timestep = true});
            this->expect_equal(
                {.units = units, .operands = operands, .rows = 34, .n_in = n, .n_out = 2 * n, .skip = Skip::twice});
        }
    });
}

TYPED_TEST(Layers, LeaveRowsOutsideARangeThatOnlyTheDeviceKnows) {
    for_each_candidate<TypeParam>([&](GemmUnits units, Operands operands) {
        if (units == GemmUnits::library) return;
        for (const int rows : {0, 1, 33, 130})
            for (const int n_in : {1, 19})
                this->expect_equal({.units = units,
                                    .operands = operands,
                                    .rows = rows,
                                    .n_in = n_in,
                                    .n_out = 21,
                                    .first = 3,
                                    .behind = 50});
    });
}

TYPED_TEST(Layers, HaveTheSameBitsForAnyNumberOfRows) {
    Random random(5);
    const Network network = one_layer(70, 120, Activation::tanh, Skip::none, false, random);
    for_each_candidate<TypeParam>([&](GemmUnits units, Operands operands) {
        if (units == GemmUnits::library) return;
        const gpu::DeviceNetwork<TypeParam> on_device(network, {operands, 0, 1}, this->device_.memory);
        Rows<TypeParam> x(930, 70);
        for (TypeParam& value : x.values) value = static_cast<TypeParam>(random.uniform(-1, 1));
        Array<TypeParam> device_x(this->device_.memory), y(std::size_t(930 * 120), this->device_.memory),
            slope(std::size_t(930 * 120), this->device_.memory);
        device_x.copy_in(x.values);

        const auto first_row = [&](int n_rows) {
            gpu::layer_forward_on(units, this->device_.gemm, on_device.layers()[0], {n_rows}, device_x.data(), x.stride,
                                  y.data(), slope.data());
            std::vector<TypeParam> row = y.on_host();
            row.resize(120);
            return row;
        };

        const std::vector<TypeParam> alone = first_row(1);
        EXPECT_EQ(first_row(300), alone);
        EXPECT_EQ(first_row(930), alone);
    });
}

TEST(Layers, OfThreeTf32ProductsAreFarBetterThanOfOne) {
    Device device;
    Random random(3);
    const Network network = one_layer(100, 16, Activation::linear, Skip::none, false, random);
    Rows<float> x(32, 100);
    for (float& value : x.values) value = static_cast<float>(random.uniform(-1, 1));
    Array<float> device_x(device.memory), y(32 * 16, device.memory), slope(32 * 16, device.memory);
    device_x.copy_in(x.values);
    const auto error = [&](Operands operands) {
        const gpu::DeviceNetwork<float> on_device(network, {operands, 0, 1}, device.memory);
        gpu::layer_forward_on(GemmUnits::matrix, device.gemm, on_device.layers()[0], {32}, device_x.data(), x.stride,
                              y.data(), slope.data());
        const std::vector<float> values = y.on_host();
        const Reference<float> exact{network.layers[0], Operands::plain};
        double most = 0;
        for (int r = 0; r < 32; ++r)
            for (int k = 0; k < 16; ++k) {
                double expected, unused;
                exact.forward(&x.at(r, 0), k, expected, unused);
                most = std::max(most, std::abs(double(values[std::size_t(r * 16 + k)]) - expected));
            }
        return most;
    };

    const double bfloat16 = error(Operands::bfloat16), tf32 = error(Operands::tf32), tf32x3 = error(Operands::tf32x3);

    EXPECT_LT(tf32x3, 2e-5);  // of sums up to 20
    EXPECT_GT(tf32, 50 * tf32x3);
    EXPECT_GT(bfloat16, 3 * tf32);
}

TEST(Layers, OfThreeTf32ProductsDoNotLeanToOneSideInALongSum) {
    Device device;
    Random random(4);
    constexpr int depth = 776, n_rows = 32, n_out = 16;  // of the fitting net of water
    Network network = one_layer(depth, n_out, Activation::linear, Skip::none, false, random);
    for (double& w : network.layers[0].weight) w = std::abs(w);
    Rows<float> x(n_rows, depth);
    for (float& value : x.values) value = static_cast<float>(random.uniform(0, 1));
    Array<float> device_x(device.memory), y(n_rows * n_out, device.memory), slope(n_rows * n_out, device.memory);
    device_x.copy_in(x.values);
    const gpu::DeviceNetwork<float> on_device(network, {Operands::tf32x3, 0, 1}, device.memory);
    gpu::layer_forward_on(GemmUnits::matrix, device.gemm, on_device.layers()[0], {n_rows}, device_x.data(), x.stride,
                          y.data(), slope.data());
    const std::vector<float> values = y.on_host();

    double mean = 0;
    for (int r = 0; r < n_rows; ++r)
        for (int k = 0; k < n_out; ++k) {
            double expected, unused;
            Reference<float>{network.layers[0], Operands::plain}.forward(&x.at(r, 0), k, expected, unused);
            mean += (double(values[std::size_t(r * n_out + k)]) - expected) / expected / (n_rows * n_out);
        }

    EXPECT_LT(std::abs(mean), 1.5e-7) << "cut off over the whole depth it would be some 1e-5";
}

TEST(GemmTuner, TakesMatrixUnitsWhereTheyHaveTheProductsUnlessForced) {
    Device device;
    LayerView<float> layer;
    layer.n_in = layer.n_out = 8;
    const auto forward = gpu::GemmDirection::forward;

    EXPECT_EQ(device.gemm.units(forward, layer, true), GemmUnits::plain);
    layer.operands = Operands::tf32;
    EXPECT_EQ(device.gemm.units(forward, layer, true), GemmUnits::matrix);
    EXPECT_EQ(device.gemm.units(forward, LayerView<double>{}, false), GemmUnits::matrix);
    const GemmTuner plain(device.queue, device.memory, "simt"), library(device.queue, device.memory, "blas");
    EXPECT_EQ(plain.units(forward, layer, true), GemmUnits::plain);
    EXPECT_EQ(library.units(forward, layer, true), GemmUnits::library);
    EXPECT_EQ(library.units(forward, layer, false), GemmUnits::plain) << "the library must know the rows";
    layer.operands = Operands::bfloat16;
    EXPECT_EQ(library.units(forward, layer, true), GemmUnits::plain);
}

TEST(GemmTuner, RefusesUnitsThatItDoesNotKnow) {
    Device device;

    EXPECT_THROW(GemmTuner(device.queue, device.memory, "fast"), InputError);
}

}  // namespace
}  // namespace dpmd
