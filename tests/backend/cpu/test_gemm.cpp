// C = A B + bias against three loops, at every size around the blocking.
#include <gtest/gtest.h>

#include <vector>

#include "backend/cpu/tile_probe.hpp"
#include "support/backend_parameter.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using cpu::PackedMatrix;
using testing::Random;
using testing::TileProbe;

class Gemm : public testing::PerInstructionSet {
protected:
    const TileProbe& probe() const { return *testing::tile_probe(GetParam().c_str()); }
};

/// rows x n_in times n_in x n_out. Sums of n terms of size <= 1 in another order: n eps each way.
void check_product(const TileProbe& probe, int rows, int n_in, int n_out, bool transposed, bool with_bias) {
    SCOPED_TRACE(::testing::Message() << rows << " x " << n_in << " x " << n_out << (transposed ? " transposed" : "")
                                      << (with_bias ? " bias" : ""));
    Random random(std::uint64_t(rows * 1000003 + n_in * 1009 + n_out));
    const int a_stride = n_in + 3;
    const auto at = [](int row, int stride, int column) {
        return std::size_t(row) * std::size_t(stride) + std::size_t(column);
    };
    std::vector<double> a = random.uniforms(at(rows, a_stride, 0), -1, 1);
    const std::vector<double> b = random.uniforms(std::size_t(n_in) * std::size_t(n_out), -1, 1);
    PackedMatrix<double> packed;
    if (transposed) packed.pack(b.data(), n_out, n_in, true, probe.shape);  // b is [n_out][n_in]
    else packed.pack(b.data(), n_in, n_out, false, probe.shape);
    std::vector<double> bias = random.uniforms(std::size_t(packed.stride), -1, 1);
    constexpr double untouched = 12345;
    const int c_stride = packed.stride + 5;
    std::vector<double> c(at(rows, c_stride, 0), untouched);

    probe.gemm(rows, a.data(), a_stride, packed, with_bias ? bias.data() : nullptr, c.data(), c_stride);

    ASSERT_EQ(packed.stride % probe.shape.lanes, 0);
    ASSERT_GE(packed.stride, n_out);
    for (int r = 0; r < rows; ++r) {
        for (int j = 0; j < n_out; ++j) {
            double expected = with_bias ? bias[std::size_t(j)] : 0;
            for (int k = 0; k < n_in; ++k)
                expected += a[at(r, a_stride, k)] * (transposed ? b[at(j, n_in, k)] : b[at(k, n_out, j)]);
            ASSERT_NEAR(c[at(r, c_stride, j)], expected, 2.3e-16 * (n_in + 1) * 2) << r << ", " << j;
        }
        for (int j = n_out; j < packed.stride; ++j)
            ASSERT_EQ(c[at(r, c_stride, j)], with_bias ? bias[std::size_t(j)] : 0.0) << "padding " << r << ", " << j;
        for (int j = packed.stride; j < c_stride; ++j)
            ASSERT_EQ(c[at(r, c_stride, j)], untouched) << "beyond " << r << ", " << j;
    }
}

TEST_P(Gemm, EqualsThreeLoopsAtEverySizeAroundTheBlocking) {
    const int block = probe().shape.row_block;
    for (const int rows : {0, block, 2 * block, 8 * block, 33 * block})
        for (const int n_in : {1, 7, 8, 9, 31, 33, 64, 257})
            for (const int n_out : {1, 7, 8, 9, 23, 24, 25, 31, 32, 33, 63, 64, 65, 257})
                check_product(probe(), rows, n_in, n_out, false, true);
}

TEST_P(Gemm, EqualsThreeLoopsTransposedAndWithoutBias) {
    const int block = probe().shape.row_block;
    for (const int n_in : {1, 8, 9, 33, 65})
        for (const int n_out : {1, 2, 8, 24, 25, 63, 65}) {
            check_product(probe(), 2 * block, n_in, n_out, true, false);
            check_product(probe(), 2 * block, n_in, n_out, true, true);
            check_product(probe(), 2 * block, n_in, n_out, false, false);
        }
}

TEST_P(Gemm, ARowDoesNotDependOnTheOtherRows) {
    const int block = probe().shape.row_block, n_in = 37, n_out = 41;
    Random random(3);
    const std::vector<double> row = random.uniforms(std::size_t(n_in), -1, 1);
    PackedMatrix<double> packed;
    packed.pack(random.uniforms(std::size_t(n_in * n_out), -1, 1).data(), n_in, n_out, false, probe().shape);
    const auto product_of_row = [&](int place) {
        std::vector<double> a = random.uniforms(std::size_t(3 * block * n_in), -9, 9);
        std::copy(row.begin(), row.end(), a.begin() + place * n_in);
        std::vector<double> c(std::size_t(3 * block * packed.stride));
        probe().gemm(3 * block, a.data(), n_in, packed, nullptr, c.data(), packed.stride);
        return std::vector<double>(c.begin() + place * packed.stride, c.begin() + (place + 1) * packed.stride);
    };

    const std::vector<double> first = product_of_row(0);

    for (int place = 1; place < 3 * block; ++place) EXPECT_EQ(product_of_row(place), first) << place;
}

DPMD_INSTANTIATE_PER_ISA(Gemm);

}  // namespace
}  // namespace dpmd
