// Correct kernels give correct results in every order; a missing barrier shows.
#include <cmath>
#include <numeric>
#include <random>

#include "emulator/device_array.hpp"

namespace dpmd::gpu {
namespace {

using testing::DeviceArray;
using testing::EveryOrder;
using testing::expect_success;

class Kernel : public EveryOrder {};
INSTANTIATE_EVERY_ORDER(Kernel);

GPU_DEVICE double tile_sum(double value) {
    GPU_UNROLL
    for (int mask = tile_lanes / 2; mask > 0; mask /= 2) value += shuffle_xor(value, mask);
    return value;
}

/// sum[0] += the values, rounded to integers: summed by tiles in a block, and by atomics over the grid.
GPU_KERNEL GPU_BOUNDS(128, 1) reduce(const double* values, int n, std::int64_t* sum) {
    SharedMemory memory;
    double* of_tile = memory.take<double>(block_threads() / tile_lanes);
    double mine = 0;
    for (int i = block_index() * block_threads() + thread_index(); i < n; i += grid_blocks() * block_threads())
        mine += values[i];
    mine = tile_sum(mine);
    if (lane() == 0) of_tile[tile()] = mine;
    sync_block();
    if (thread_index() != 0) return;
    double total = 0;
    for (int t = 0; t < block_threads() / tile_lanes; ++t) total += of_tile[t];
    atomic_add(sum, std::llround(total));
}

TEST_P(Kernel, ReductionIsTheSum) {
    std::vector<double> values(1000);
    std::iota(values.begin(), values.end(), 1.0);
    const DeviceArray<double> on_device(values);
    const DeviceArray<std::int64_t> sum(std::vector<std::int64_t>{0});

    expect_success(launch(reduce, {3}, 128, shared_piece<double>(4), nullptr, on_device.data(), 1000, sum.data()));

    EXPECT_EQ(sum.values()[0], 500500);
}

/// c = a b for n x n matrices in pieces of 16 x 16, with or without the barrier that keeps the next pieces from coming
/// too early.
template <bool has_second_barrier>
GPU_KERNEL gemm(const double* a, const double* b, double* c, int n) {
    constexpr int side = 16;
    SharedMemory memory;
    double *piece_a = memory.take<double>(side * side), *piece_b = memory.take<double>(side * side);
    const int x = thread_index() % side, y = thread_index() / side;
    const int row = block_index_y() * side + y, column = block_index() * side + x;
    double sum = 0;
    for (int k = 0; k < n; k += side) {
        piece_a[y * side + x] = row < n && k + x < n ? a[row * n + k + x] : 0;
        piece_b[y * side + x] = column < n && k + y < n ? b[(k + y) * n + column] : 0;
        sync_block();
        for (int l = 0; l < side; ++l) sum += piece_a[y * side + l] * piece_b[l * side + x];
        if constexpr (has_second_barrier) sync_block();
    }
    if (row < n && column < n) c[row * n + column] = sum;
}

/// Largest error of the product of two random matrices.
template <bool has_second_barrier>
double gemm_error(int n) {
    std::mt19937 random(3);
    std::uniform_real_distribution<double> uniform(-1, 1);
    const auto size = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
    std::vector<double> a(size), b(size);
    for (double& x : a) x = uniform(random);
    for (double& x : b) x = uniform(random);
    const DeviceArray<double> da(a), db(b), dc(size);
    const unsigned blocks = static_cast<unsigned>(n + 15) / 16;

    expect_success(launch(gemm<has_second_barrier>, {blocks, blocks}, 256, 2 * shared_piece<double>(256), nullptr,
                          da.data(), db.data(), dc.data(), n));

    const std::vector<double> c = dc.values();
    const auto at = [n](int i, int j) { return static_cast<std::size_t>(i * n + j); };
    double error = 0;
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) {
            double sum = 0;
            for (int k = 0; k < n; ++k) sum += a[at(i, k)] * b[at(k, j)];
            error = std::max(error, std::abs(sum - c[at(i, j)]));
        }
    return error;
}

TEST_P(Kernel, TiledGemmIsTheProduct) { EXPECT_LT(gemm_error<true>(37), 1e-13); }

TEST(Order, ARemovedBarrierGivesAWrongProductInOneOfThem) {
    if (emulator::engine_name() != std::string("fibers")) GTEST_SKIP() << "the threads have no order";
    const emulator::OptionsGuard guard;
    double worst = 0;
    for (const bool reversed : {false, true}) {
        emulator::options().reversed = reversed;
        worst = std::max(worst, gemm_error<false>(37));
    }
    EXPECT_GT(worst, 0.1);
}

GPU_KERNEL exchange(std::int32_t* rotated, float* mirrored, std::int64_t* crossed, std::uint32_t* odd) {
    const int t = thread_index();
    rotated[t] = shuffle(t, (lane() + 1) % tile_lanes);
    mirrored[t] = shuffle(static_cast<float>(t), tile_lanes - 1 - lane());
    crossed[t] = shuffle_xor(static_cast<std::int64_t>(t) << 40, 5);
    odd[t] = ballot(t % 2 == 1 && tile() > 0);
}

TEST_P(Kernel, ShufflesAndBallotsStayInTheirTile) {
    const DeviceArray<std::int32_t> rotated(96);
    const DeviceArray<float> mirrored(96);
    const DeviceArray<std::int64_t> crossed(96);
    const DeviceArray<std::uint32_t> odd(96);

    expect_success(launch(exchange, {1}, 96, 0, nullptr, rotated.data(), mirrored.data(), crossed.data(), odd.data()));

    for (int t = 0; t < 96; ++t) {
        const auto at = static_cast<std::size_t>(t);
        EXPECT_EQ(rotated.values()[at], t / 32 * 32 + (t + 1) % 32);
        EXPECT_EQ(mirrored.values()[at], static_cast<float>(t / 32 * 32 + 31 - t % 32));
        EXPECT_EQ(crossed.values()[at], static_cast<std::int64_t>(t ^ 5) << 40);
        EXPECT_EQ(odd.values()[at], t < 32 ? 0u : 0xaaaaaaaau);
    }
}

GPU_KERNEL bits(int* out) {
    out[0] = count_bits(0xf0f0u);
    out[1] = lowest_bit(8u);
    out[2] = lowest_bit(0u);
}

TEST(Bits, AreCountedAndFound) {
    const DeviceArray<int> out(3);
    expect_success(launch(bits, {1}, 1, 0, nullptr, out.data()));
    EXPECT_EQ(out.values(), (std::vector{8, 3, -1}));
}

/// The lanes of a tile pass a value on; two tiles of one warp of 64 do different numbers of rounds.
GPU_KERNEL pass_on(int* out) {
    SharedMemory memory;
    int* place = memory.take<int>(block_threads());
    const int first = tile() * tile_lanes;
    place[thread_index()] = lane();
    for (int round = 0; round <= tile(); ++round) {
        sync_tile();
        const int next = place[first + (lane() + 1) % tile_lanes];
        sync_tile();
        place[thread_index()] = next;
    }
    out[thread_index()] = place[thread_index()];
}

TEST_P(Kernel, TilesMeetOnTheirOwn) {
    const DeviceArray<int> out(128);
    expect_success(launch(pass_on, {1}, 128, shared_piece<int>(128), nullptr, out.data()));
    for (int t = 0; t < 128; ++t) EXPECT_EQ(out.values()[static_cast<std::size_t>(t)], (t % 32 + t / 32 + 1) % 32);
}

GPU_KERNEL extremes(std::int32_t* largest, std::uint64_t* limits, std::int32_t* count, int* place) {
    const int t = block_index() * block_threads() + thread_index();
    atomic_max(largest, t * 7 % 101);
    atomic_min(&limits[0], static_cast<std::uint64_t>(t + 5));
    atomic_max(&limits[1], static_cast<std::uint64_t>(t));
    place[atomic_add(count, 1)] = t;
}

TEST_P(Kernel, AtomicsLoseNothing) {
    const DeviceArray<std::int32_t> largest(std::vector<std::int32_t>{-1}), count(std::vector<std::int32_t>{0});
    const DeviceArray<std::uint64_t> limits(std::vector<std::uint64_t>{1000, 0});
    const DeviceArray<int> place(192);

    expect_success(launch(extremes, {3}, 64, 0, nullptr, largest.data(), limits.data(), count.data(), place.data()));

    EXPECT_EQ(largest.values()[0], 100);
    EXPECT_EQ(limits.values(), (std::vector<std::uint64_t>{5, 191}));
    std::vector<int> places = place.values();
    std::sort(places.begin(), places.end());
    for (int t = 0; t < 192; ++t) EXPECT_EQ(places[static_cast<std::size_t>(t)], t);
}

GPU_KERNEL number_blocks(int* out) {
    const int block = (block_index_z() * 3 + block_index_y()) * grid_blocks() + block_index();
    if (thread_index() == 0) out[block] = block;
}

TEST_P(Kernel, EveryBlockOfAGridRunsOnce) {
    const DeviceArray<int> out(2 * 3 * 4);
    const auto before = emulator::counters().blocks.load();
    expect_success(launch(number_blocks, {2, 3, 4}, 32, 0, nullptr, out.data()));
    for (int b = 0; b < 24; ++b) EXPECT_EQ(out.values()[static_cast<std::size_t>(b)], b);
    EXPECT_EQ(emulator::counters().blocks - before, 24u);
}

}  // namespace
}  // namespace dpmd::gpu
