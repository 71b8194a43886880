// With an OS thread for each GPU thread, ThreadSanitizer sees races between them. This test is built with it and with
// the thread engine; the sanitizer ends the program at its first finding.
#include "emulator/device_array.hpp"

namespace dpmd::gpu {
namespace {

using testing::DeviceArray;
using testing::expect_success;

enum class Flaw { none, no_block_barrier, no_tile_barrier, tile_instead_of_block, plain_sum, blocks_meet };

/// Threads reverse the values of a block through shared memory.
template <Flaw flaw>
GPU_KERNEL turn(int* values, int* sum) {
    SharedMemory memory;
    int* all = memory.take<int>(block_threads());
    int* own = values + (flaw == Flaw::blocks_meet ? 0 : block_index() * block_threads());
    const int n = block_threads(), t = thread_index(), within = tile_lanes - 1 - lane();

    all[t] = own[t];
    if (flaw == Flaw::tile_instead_of_block) sync_tile();
    else if (flaw != Flaw::no_block_barrier) sync_block();
    const int turned = all[n - 1 - t];
    sync_block();
    all[t] = turned;
    if (flaw != Flaw::no_tile_barrier) sync_tile();
    own[t] = all[tile() * tile_lanes + within] >= 0 ? turned : -1;
    if (flaw == Flaw::plain_sum) *sum += turned;
    else atomic_add(sum, turned);
}

template <Flaw flaw>
void run() {
    const int n = 64, blocks = 2;
    std::vector<int> values(static_cast<std::size_t>(n * blocks));
    for (int i = 0; i < n * blocks; ++i) values[static_cast<std::size_t>(i)] = i;
    const DeviceArray<int> on_device(values), sum(std::vector<int>{0});
    expect_success(launch(turn<flaw>, {blocks}, n, shared_piece<int>(n), nullptr, on_device.data(), sum.data()));
    const std::vector<int> turned = on_device.values();
    for (int b = 0; b < blocks; ++b)
        for (int t = 0; t < n; ++t) EXPECT_EQ(turned[static_cast<std::size_t>(b * n + t)], b * n + n - 1 - t);
    EXPECT_EQ(sum.values()[0], n * blocks * (n * blocks - 1) / 2);
}

TEST(Races, ARightKernelHasNone) { run<Flaw::none>(); }

#ifdef __SANITIZE_THREAD__
constexpr const char* found = "data race";
TEST(RacesDeathTest, AMissingBlockBarrierIsOne) { EXPECT_DEATH(run<Flaw::no_block_barrier>(), found); }
TEST(RacesDeathTest, AMissingTileBarrierIsOne) { EXPECT_DEATH(run<Flaw::no_tile_barrier>(), found); }
TEST(RacesDeathTest, ATileBarrierForABlockBarrierIsOne) { EXPECT_DEATH(run<Flaw::tile_instead_of_block>(), found); }
TEST(RacesDeathTest, ASumWithoutAtomicsIsOne) { EXPECT_DEATH(run<Flaw::plain_sum>(), found); }
TEST(RacesDeathTest, BlocksThatShareMemoryAreOne) { EXPECT_DEATH(run<Flaw::blocks_meet>(), found); }
#endif

}  // namespace
}  // namespace dpmd::gpu

#ifdef __SANITIZE_THREAD__
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_options() { return "halt_on_error=1"; }
#endif
