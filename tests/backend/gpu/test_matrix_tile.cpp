// Products of a tile of lanes on matrix units equal sums of products of operands as these units round them.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/array.hpp"
#include "nets/matrix_tile.hpp"
#include "queue.hpp"
#include "support/random_numbers.hpp"

namespace dpmd::gpu {
namespace {

template <class Kind>
using TestedTile = MatrixTile<Kind, 2, 3>;

template <class Kind, int strip>
GPU_DEVICE void store_strips(const TestedTile<Kind>& sums, typename Kind::Sum* c) {
    if constexpr (strip < TestedTile<Kind>::strips) {
        sums.template store<strip>(c + strip * Kind::rows * TestedTile<Kind>::columns, TestedTile<Kind>::columns);
        store_strips<Kind, strip + 1>(sums, c);
    }
}

/// C of two steps of depth.
template <class Kind>
GPU_KERNEL tile_product_kernel(const typename Kind::Operand* a, const typename Kind::Operand* b,
                               typename Kind::Sum* c) {
    using Tile = TestedTile<Kind>;
    constexpr int depth = 2 * Tile::depth, a_stride = depth + Kind::a_padding,
                  b_stride = Tile::columns + Kind::b_padding;
    SharedMemory shared;
    auto* a_shared = shared.take<typename Kind::Operand>(Tile::rows * a_stride);
    auto* b_shared = shared.take<typename Kind::Operand>(depth * b_stride);
    auto* c_shared = shared.take<typename Kind::Sum>(Tile::rows * Tile::columns);
    for (int e = lane(); e < Tile::rows * depth; e += tile_lanes) a_shared[e / depth * a_stride + e % depth] = a[e];
    for (int e = lane(); e < depth * Tile::columns; e += tile_lanes)
        b_shared[e / Tile::columns * b_stride + e % Tile::columns] = b[e];
    sync_tile();
    Tile sums;
    sums.clear();
    for (int k = 0; k < depth; k += Tile::depth)
        sums.multiply(a_shared + k, a_stride, b_shared + k * b_stride, b_stride);
    store_strips<Kind, 0>(sums, c_shared);
    sync_tile();
    for (int e = lane(); e < Tile::rows * Tile::columns; e += tile_lanes) c[e] = c_shared[e];
}

double number_of(double operand) { return operand; }
double number_of(float operand) { return static_cast<double>(round_to_tf32(operand)); }
double number_of(std::uint16_t operand) { return static_cast<double>(MatrixBf16::number(operand)); }

template <class Kind>
double largest_error(bool operands_are_exact) {
    using Tile = TestedTile<Kind>;
    using Operand = typename Kind::Operand;
    constexpr int depth = 2 * Tile::depth;
    Queue queue(0);
    DeviceMemory memory(queue);
    testing::Random random(1);
    const auto operands = [&](int n) {
        std::vector<Operand> out(static_cast<std::size_t>(n));
        for (Operand& operand : out) operand = Kind::operand(static_cast<typename Kind::Sum>(random.uniform(-1, 1)));
        return out;
    };
    const std::vector<Operand> a = operands(Tile::rows * depth), b = operands(depth * Tile::columns);
    Array<Operand> device_a(memory), device_b(memory);
    Array<typename Kind::Sum> device_c(std::size_t(Tile::rows * Tile::columns), memory);
    device_a.copy_in(a);
    device_b.copy_in(b);
    queue.launch("tile_product", &tile_product_kernel<Kind>, Grid{1}, tile_lanes, 48 * 1024, device_a.data(),
                 device_b.data(), device_c.data());
    const std::vector<typename Kind::Sum> c = device_c.on_host();
    double largest = 0;
    for (int row = 0; row < Tile::rows; ++row)
        for (int column = 0; column < Tile::columns; ++column) {
            double sum = 0;
            for (int k = 0; k < depth; ++k) {
                const Operand left = a[std::size_t(row * depth + k)],
                              right = b[std::size_t(k * Tile::columns + column)];
                sum += operands_are_exact ? double(left) * double(right) : number_of(left) * number_of(right);
            }
            const double difference = double(c[std::size_t(row * Tile::columns + column)]) - sum;
            largest = std::max(largest, std::isnan(difference) ? 1.0 : std::abs(difference));
        }
    return largest;
}

TEST(MatrixTile, MultipliesDoublesExactly) { EXPECT_LT(largest_error<MatrixF64>(false), 1e-14); }
TEST(MatrixTile, RoundsOnlyTheSumsOfBfloat16) { EXPECT_LT(largest_error<MatrixBf16>(false), 4e-6); }
TEST(MatrixTile, RoundsOperandsToTf32) { EXPECT_LT(largest_error<MatrixTf32>(false), 4e-6); }
TEST(MatrixTile, MultipliesSinglesAsSumsOfTwoTf32) { EXPECT_LT(largest_error<MatrixTf32x3>(true), 4e-6); }

template <class Kind>
void expect_lanes_share_the_product() {
    using Lanes = MatrixLanes<Kind>;
    std::vector<int> a(Kind::rows * Kind::depth), b(Kind::depth * Kind::columns), c(Kind::rows * Kind::columns);
    for (int l = 0; l < tile_lanes; ++l) {
        for (int place = 0; place < Kind::packed; ++place) {
            for (int r = 0; r < Lanes::a_registers; ++r)
                ++a.at(std::size_t(Lanes::a_row(l, r) * Kind::depth + Lanes::a_depth(l, r) + place));
            for (int r = 0; r < Lanes::b_registers; ++r)
                ++b.at(std::size_t((Lanes::b_depth(l, r) + place) * Kind::columns + Lanes::b_column(l)));
        }
        for (int r = 0; r < Kind::sums; ++r)
            ++c.at(std::size_t(Lanes::sum_row(l, r) * Kind::columns + Lanes::sum_column(l, r)));
    }
    for (const std::vector<int>& count : {a, b, c}) EXPECT_EQ(count, std::vector<int>(count.size(), 1));
}

TEST(MatrixLanes, HoldEveryValueOnce) {
    expect_lanes_share_the_product<MatrixF64>();
    expect_lanes_share_the_product<MatrixBf16>();
    expect_lanes_share_the_product<MatrixTf32>();
}

TEST(Tf32, SplitsIntoTwoNumbersWhoseSumIsExact) {
    testing::Random random(2);
    for (int k = 0; k < 1000; ++k) {
        const auto x = static_cast<float>(random.uniform(-4, 4));
        float high, low;
        split_tf32(x, high, low);
        EXPECT_EQ(double(high) + double(low), double(x));
        EXPECT_EQ(round_to_tf32(high), high);
        EXPECT_LE(std::abs(low), std::abs(x) * 0x1p-11f);
    }
    float high, low;
    split_tf32(NAN, high, low);
    EXPECT_TRUE(std::isnan(high) && std::isnan(low));
}

TEST(Tf32, IsTheNearestNumberOfTenBitsTiesAwayFromZero) {
    EXPECT_EQ(round_to_tf32(1.0f), 1.0f);
    EXPECT_EQ(round_to_tf32(1.0f + 0x1p-10f), 1.0f + 0x1p-10f);
    EXPECT_EQ(round_to_tf32(1.0f + 0x1p-11f), 1.0f + 0x1p-10f);
    EXPECT_EQ(round_to_tf32(-1.0f - 0x1p-11f), -1.0f - 0x1p-10f);
    EXPECT_EQ(round_to_tf32(1.0f + 0x1p-12f), 1.0f);
    EXPECT_EQ(round_to_tf32(INFINITY), INFINITY);
    EXPECT_TRUE(std::isnan(round_to_tf32(NAN)));
}

}  // namespace
}  // namespace dpmd::gpu
