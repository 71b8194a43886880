// Row-major products through a BLAS library's column-major functions, one and many, plain and transposed.
#include <gtest/gtest.h>

#include <vector>

#include "nets/gpu_blas.hpp"
#include "support/random_numbers.hpp"
#include "units/matrix_kinds.hpp"

namespace dpmd::gpu {
namespace {

struct Device {
    Queue queue{0};
    DeviceMemory memory{queue};
    GpuBlas blas{queue, memory};
};

constexpr int rows = 5, columns = 7, depth = 3, count = 4, stride = 11;  // stride of every matrix
constexpr std::size_t step = 11 * stride;                                // of matrices of a batch

std::vector<double> random_values(std::uint64_t seed) {
    testing::Random random(seed);
    return random.uniforms(count * step, -1, 1);
}

double element(const double* matrix, bool transposed, int row, int column) {
    return transposed ? matrix[column * stride + row] : matrix[row * stride + column];
}

/// C of all products of a batch, by definition.
std::vector<double> expected(const std::vector<double>& a, bool a_transposed, const std::vector<double>& b,
                             bool b_transposed, std::vector<double> c, bool adds, std::size_t n_products) {
    for (std::size_t p = 0; p < n_products; ++p)
        for (int row = 0; row < rows; ++row)
            for (int column = 0; column < columns; ++column) {
                double sum = 0;
                for (int k = 0; k < depth; ++k)
                    sum += element(&a[p * step], a_transposed, row, k) * element(&b[p * step], b_transposed, k, column);
                double& to = c[p * step + std::size_t(row * stride + column)];
                to = adds ? to + sum : sum;
            }
    return c;
}

template <class Real>
std::vector<Real> as(const std::vector<double>& values) {
    return {values.begin(), values.end()};
}

template <class Real>
class Blas : public ::testing::Test {};
using Reals = ::testing::Types<double, float>;
TYPED_TEST_SUITE(Blas, Reals);

TYPED_TEST(Blas, MultipliesRowMajorMatricesOneByOneAndInBatches) {
    using Real = TypeParam;
    Device device;
    const std::vector<double> a = random_values(1), b = random_values(2), c = random_values(3);
    Array<Real> device_a(device.memory), device_b(device.memory), device_c(device.memory);
    device_a.copy_in(as<Real>(a));
    device_b.copy_in(as<Real>(b));
    std::vector<const Real*> all_a, all_b;
    std::vector<Real*> all_c;
    device_c.copy_in(as<Real>(c));
    for (std::size_t p = 0; p < count; ++p) {
        all_a.push_back(device_a.data() + p * step);
        all_b.push_back(device_b.data() + p * step);
        all_c.push_back(device_c.data() + p * step);
    }
    Array<const Real*> pointers_a(device.memory), pointers_b(device.memory);
    Array<Real*> pointers_c(device.memory);
    pointers_a.copy_in(all_a);
    pointers_b.copy_in(all_b);
    pointers_c.copy_in(all_c);
    for (const bool a_transposed : {false, true})
        for (const bool b_transposed : {false, true})
            for (const bool adds : {false, true})
                for (const int way : {0, 1, 2}) {
                    device_c.copy_in(as<Real>(c));
                    BlasProduct<Real> product{.rows = rows,
                                              .columns = columns,
                                              .depth = depth,
                                              .a = {device_a.data(), stride, a_transposed},
                                              .b = {device_b.data(), stride, b_transposed},
                                              .c = device_c.data(),
                                              .c_stride = stride,
                                              .adds = adds};
                    const auto n = static_cast<std::int64_t>(step);
                    if (way == 0) device.blas.multiply(product);
                    if (way == 1) device.blas.multiply_many(product, BlasSteps{count, n, n, n});
                    if (way == 2)
                        device.blas.multiply_many(product, BlasPointers<Real>{count, pointers_a.data(),
                                                                              pointers_b.data(), pointers_c.data()});
                    const std::vector<Real> got = device_c.on_host();
                    const std::vector<double> wanted =
                        expected(a, a_transposed, b, b_transposed, c, adds, way == 0 ? 1 : count);
                    for (std::size_t k = 0; k < got.size(); ++k)
                        ASSERT_NEAR(double(got[k]), wanted[k], sizeof(Real) == 8 ? 1e-14 : 1e-6)
                            << k << " way " << way << a_transposed << b_transposed << adds;
                }
}

TEST(Blas, RoundsOperandsToTf32WhenAllowed) {
    Device device;
    Array<float> a(device.memory), b(device.memory), c(1, device.memory);
    a.copy_in(std::vector<float>{1.0f + 0x1p-12f});
    b.copy_in(std::vector<float>{1.0f});
    BlasProduct<float> product{
        .rows = 1, .columns = 1, .depth = 1, .a = {a.data(), 1}, .b = {b.data(), 1}, .c = c.data(), .c_stride = 1};

    device.blas.multiply(product);
    EXPECT_EQ(c.on_host()[0], 1.0f + 0x1p-12f);
    product.math = BlasMath::tf32;
    device.blas.multiply(product);
    EXPECT_EQ(c.on_host()[0], 1.0f);
    product.math = BlasMath::plain;
    device.blas.multiply(product);
    EXPECT_EQ(c.on_host()[0], 1.0f + 0x1p-12f);
}

TEST(Blas, MultipliesBfloat16IntoSingle) {
    Device device;
    Array<std::uint16_t> a(device.memory), b(device.memory);
    Array<float> c(device.memory);
    a.copy_in(std::vector<std::uint16_t>{MatrixBf16::operand(1.5f), MatrixBf16::operand(-2.0f)});
    b.copy_in(std::vector<std::uint16_t>{MatrixBf16::operand(3.0f), MatrixBf16::operand(0.25f)});
    c.copy_in(std::vector<float>{10});

    device.blas.multiply_bfloat16(1, 1, 2, {a.data(), 2}, {b.data(), 1}, c.data(), 1, true);

    EXPECT_EQ(c.on_host()[0], 14.0f);
}

}  // namespace
}  // namespace dpmd::gpu
