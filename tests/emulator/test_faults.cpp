// Errors that a device would silently let pass are faults here, and the emulator keeps working after them.
#include <cmath>

#include "emulator/device_array.hpp"
#include "emulator/sanitizers.hpp"

namespace dpmd::gpu {
namespace {

using testing::DeviceArray;
using testing::EveryOrder;
using testing::expect_success;
using testing::fault_of;

class Fault : public EveryOrder {
protected:
    /// A correct kernel without arguments still runs.
    void TearDown() override {
        EXPECT_EQ(fault_of([] { return launch(right, {2}, 64, 0, nullptr); }), "none");
    }

private:
    static GPU_KERNEL right() {
        sync_block();
        (void)ballot(true);
    }
};
INSTANTIATE_EVERY_ORDER(Fault);

template <class... Arguments>
std::string fault_in(void (*kernel)(Arguments...), int threads, std::size_t shared_bytes, Arguments... arguments) {
    return fault_of([&] { return launch(kernel, {2}, threads, shared_bytes, nullptr, arguments...); });
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

GPU_KERNEL returns_before_barrier() {
    if (thread_index() < 5) return;
    sync_block();
}

TEST_P(Fault, ReturnBeforeABarrierIsOne) {
    const std::string fault = fault_in(returns_before_barrier, 64, 0);
    EXPECT_TRUE(contains(fault, "returns_before_barrier")) << fault;
    EXPECT_TRUE(contains(fault, "diverge")) << fault;
    EXPECT_TRUE(contains(fault, "5 returned")) << fault;
    EXPECT_TRUE(contains(fault, "59 at sync_block (test_faults.cpp:")) << fault;
}

GPU_KERNEL different_barriers() {
    if (tile() == 0) sync_block();
    else sync_block();
}

TEST_P(Fault, BarriersInTwoBranchesAreOne) { EXPECT_TRUE(contains(fault_in(different_barriers, 64, 0), "diverge")); }

GPU_KERNEL lanes_apart(int how) {
    if (lane() < 7) {
        (void)shuffle(1, 0);
        return;
    }
    if (how == 0) return;
    if (how == 1) sync_block();
    if (how == 2) (void)ballot(true);
    if (how == 3) sync_tile();
    if (how == 4) (void)shuffle(1.0, 0);
    if (how == 5) (void)shuffle(1, 0);
}

TEST_P(Fault, LanesThatDoDifferentThingsAreOne) {
    for (int how = 0; how < 6; ++how) {
        const std::string fault = fault_in(lanes_apart, 64, 0, how);
        EXPECT_TRUE(contains(fault, "diverge")) << how << ": " << fault;
        EXPECT_TRUE(contains(fault, "shuffle of 4 bytes")) << how << ": " << fault;
    }
}

GPU_KERNEL asks_tile() { (void)ballot(true); }

TEST_P(Fault, AnIncompleteTileIsOne) { EXPECT_TRUE(contains(fault_in(asks_tile, 40, 0), "incomplete tile")); }

/// Its last thread writes over the end of the second of three pieces.
GPU_KERNEL writes_past_piece(int n) {
    SharedMemory memory;
    (void)memory.take<double>(3);
    float* second = memory.take<float>(33);
    (void)memory.take<double>(3);
    for (int i = thread_index(); i < n; i += block_threads()) second[i] = 1;
}

TEST_P(Fault, AnOverrunOfSharedMemoryIsOne) {
#ifdef __SANITIZE_THREAD__
    GTEST_SKIP() << "a race with the thread that wrote the guard bytes, if that is another one";
#endif
    const std::size_t bytes = 2 * shared_piece<double>(3) + shared_piece<float>(33);
    EXPECT_EQ(fault_in(writes_past_piece, 32, bytes, 33), "none");
    if constexpr (emulator::sanitizer::finds_overruns) {
        EXPECT_DEATH(fault_in(writes_past_piece, 32, bytes, 34), "use-after-poison");
    } else {
        const std::string fault = fault_in(writes_past_piece, 32, bytes, 34);
        EXPECT_TRUE(contains(fault, "piece 1 of shared memory (132 bytes) was written past its end")) << fault;
        EXPECT_TRUE(contains(fault, "writes_past_piece")) << fault;
    }
}

TEST_P(Fault, MoreSharedMemoryThanTheLaunchHasIsOne) {
    EXPECT_TRUE(contains(fault_in(writes_past_piece, 32, 100, 0), "exceeds the 100 of the launch"));
}

GPU_KERNEL takes_different_pieces() {
    SharedMemory memory;
    (void)memory.take<int>(lane() == 9 ? 3 : 4);
}

TEST_P(Fault, DifferentPiecesAreOne) {
    EXPECT_TRUE(contains(fault_in(takes_different_pieces, 32, 64), "threads took different pieces"));
}

GPU_KERNEL reads_unwritten(double* out) {
    SharedMemory memory;
    const double* shared = memory.take<double>(32);
    if (block_index() == 1) out[thread_index()] = shared[thread_index()];
}

TEST_P(Fault, UnwrittenMemoryIsNotANumber) {
    const DeviceArray<double> out(32), untouched(4);
    EXPECT_EQ(fault_in(reads_unwritten, 32, 256, out.data()), "none");
    for (const double x : out.values()) EXPECT_TRUE(std::isnan(x));
    for (const double x : untouched.values()) EXPECT_TRUE(std::isnan(x));
}

GPU_KERNEL writes_one(int* out, int at) {
    if (block_index() == 0 && thread_index() == 0) out[at] = 1;
}

TEST_P(Fault, AnOverrunOfDeviceMemoryIsOne) {
    if constexpr (emulator::sanitizer::finds_overruns) {
        const DeviceArray<int> out(10);
        EXPECT_DEATH(fault_in(writes_one, 32, 0, out.data(), 10), "use-after-poison");
        return;
    }
    const auto before = emulator::n_damaged_allocations();
    {
        const DeviceArray<int> out(10);
        EXPECT_EQ(fault_in(writes_one, 32, 0, out.data(), 9), "none");
        const std::string fault = fault_in(writes_one, 32, 0, out.data(), 10);
        EXPECT_TRUE(contains(fault, "writes_one")) << fault;
        EXPECT_TRUE(contains(fault, "allocation of 40 bytes")) << fault;
    }
    EXPECT_EQ(emulator::n_damaged_allocations(), before + 1);
}

TEST_P(Fault, AHostPointerIsOne) {
    int on_host = 0;
    EXPECT_TRUE(contains(fault_in(writes_one, 32, 0, &on_host, 0), "host memory"));
}

struct Counted {
    explicit Counted(int* of) : live(of) { ++*live; }
    ~Counted() { --*live; }
    int* live;
};

GPU_KERNEL throws(int* live) {
    const Counted counted(live);
    sync_block();
    if (block_index() == 1 && thread_index() == 37) throw std::domain_error("thirty-seven");
    sync_block();
}

TEST_P(Fault, AnExceptionLeavesTheKernelAndUnwindsItsThreads) {
    if (emulator::engine_name() != std::string("fibers")) GTEST_SKIP() << "the count would be a race";
    const DeviceArray<int> live(std::vector<int>{0});
    EXPECT_THROW((void)launch(throws, {2}, 64, 0, nullptr, live.data()), std::domain_error);
    EXPECT_EQ(live.values()[0], 0);
}

}  // namespace
}  // namespace dpmd::gpu
