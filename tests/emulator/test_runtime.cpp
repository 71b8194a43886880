// Memory, copies, capture, devices: the runtime calls fail where real ones would, and where they should.

#include "emulator/device_array.hpp"

namespace dpmd::gpu {
namespace {

using testing::DeviceArray;
using testing::expect_success;

GPU_KERNEL add_one(int* values, int n) {
    const int i = block_index() * block_threads() + thread_index();
    if (i < n) ++values[i];
}

TEST(Memory, IsCountedUntilReleased) {
    const auto bytes = emulator::allocated_bytes(), n = emulator::n_allocations();
    {
        const DeviceArray<double> a(100), b(7);
        EXPECT_EQ(emulator::allocated_bytes(), bytes + 856);
        EXPECT_EQ(emulator::n_allocations(), n + 2);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b.data()) % 256, 0u);
    }
    EXPECT_EQ(emulator::allocated_bytes(), bytes);
    EXPECT_EQ(emulator::n_allocations(), n);
}

TEST(Memory, EndsAtTheLimit) {
    const emulator::OptionsGuard guard;
    emulator::options().memory_bytes = emulator::allocated_bytes() + 1000;
    const DeviceArray<char> most(900);
    void* pointer = nullptr;

    const Status status = allocate(&pointer, 101);

    EXPECT_TRUE(is_out_of_memory(status)) << status_text(status);
    EXPECT_EQ(pointer, nullptr);
    std::size_t free = 0, total = 0;
    expect_success(memory_info(&free, &total));
    EXPECT_EQ(free, 100u);
    expect_success(allocate(&pointer, 100));
    expect_success(release(pointer));
}

TEST(Memory, IsReleasedOnceAndAsWhatItIs) {
    void *device = nullptr, *pinned = nullptr;
    expect_success(allocate(&device, 8));
    expect_success(allocate_pinned(&pinned, 8));
    EXPECT_NE(release(pinned), success);
    EXPECT_NE(release_pinned(device), success);
    EXPECT_EQ(emulator::n_pinned_allocations(), 1u);
    expect_success(release(device));
    expect_success(release_pinned(pinned));
    EXPECT_NE(release(device), success);
    expect_success(release(nullptr));
}

TEST(Copies, WithSwappedSidesOrTooLongAreRefused) {
    const DeviceArray<int> device(std::vector<int>{1, 2, 3}), other(4);
    std::vector<int> host(4);
    EXPECT_NE(copy_to_device(host.data(), device.data(), 12, nullptr), success);
    EXPECT_NE(copy_to_host(device.data(), host.data(), 12, nullptr), success);
    EXPECT_NE(copy_to_host(host.data(), host.data() + 2, 8, nullptr), success);
    EXPECT_NE(copy_to_host(host.data(), device.data(), 16, nullptr), success);
    EXPECT_NE(copy_to_device(device.data(), host.data(), 16, nullptr), success);
    EXPECT_NE(copy_on_device(other.data(), host.data(), 4, nullptr), success);
    EXPECT_NE(set_bytes(host.data(), 0, 4, nullptr), success);
    EXPECT_NE(set_bytes(device.data(), 0, 13, nullptr), success);

    expect_success(copy_on_device(other.data() + 1, device.data(), 12, nullptr));
    expect_success(set_bytes(other.data(), 0, 4, nullptr));

    EXPECT_EQ(other.values(), (std::vector{0, 1, 2, 3}));
}

struct Streamed {
    Streamed() { expect_success(create_stream(&stream)); }
    ~Streamed() { (void)destroy_stream(stream); }
    Stream stream = nullptr;
};

TEST(Capture, DoesNothingUntilTheGraphIsLaunched) {
    const Streamed on;
    const DeviceArray<int> values(3);
    std::vector<int> result(3, 7);
    expect_success(begin_capture(on.stream));
    expect_success(set_bytes(values.data(), 0, 12, on.stream));
    for (int k = 0; k < 2; ++k) expect_success(launch(add_one, {1}, 32, 0, on.stream, values.data(), 3));
    expect_success(copy_to_host(result.data(), values.data(), 12, on.stream));
    Graph graph = nullptr;
    expect_success(end_capture(on.stream, &graph));
    EXPECT_EQ(result, (std::vector{7, 7, 7}));

    for (int k = 0; k < 2; ++k) {
        const auto before = emulator::counters().launches.load();
        expect_success(launch_graph(graph, on.stream));
        EXPECT_EQ(result, (std::vector{2, 2, 2}));
        EXPECT_EQ(emulator::counters().launches - before, 2u);
        result.assign(3, 7);
    }
    expect_success(destroy_graph(graph));
}

TEST(Capture, IsInvalidatedByWhatItForbids) {
    const Streamed on;
    const DeviceArray<int> values(std::vector<int>{5});
    const auto try_it = [&](const auto& forbidden) {
        Graph graph = nullptr;
        expect_success(begin_capture(on.stream));
        expect_success(launch(add_one, {1}, 32, 0, on.stream, values.data(), 1));
        EXPECT_NE(forbidden(), success);
        EXPECT_NE(end_capture(on.stream, &graph), success);
        EXPECT_EQ(graph, nullptr);
    };
    void* pointer = nullptr;
    try_it([&] { return allocate(&pointer, 4); });
    try_it([&] { return release(values.data()); });
    try_it([&] { return synchronize(on.stream); });
    EXPECT_EQ(values.values()[0], 5);
    expect_success(synchronize(on.stream));
}

TEST(Capture, OfAReleasedAllocationFailsWhenLaunched) {
    const Streamed on;
    Graph graph = nullptr;
    {
        const DeviceArray<int> values(3);
        expect_success(begin_capture(on.stream));
        expect_success(set_bytes(values.data(), 0, 12, on.stream));
        expect_success(end_capture(on.stream, &graph));
    }
    EXPECT_NE(launch_graph(graph, on.stream), success);
    expect_success(destroy_graph(graph));
}

TEST(Events, MeasureTime) {
    Event from = nullptr, to = nullptr;
    expect_success(create_event(&from));
    expect_success(create_event(&to));
    float ms = -1;
    EXPECT_NE(elapsed_ms(&ms, from, to), success);
    expect_success(record(from, nullptr));
    expect_success(record(to, nullptr));
    expect_success(synchronize_event(to));
    expect_success(elapsed_ms(&ms, from, to));
    EXPECT_GE(ms, 0);
    expect_success(destroy_event(from));
    expect_success(destroy_event(to));
}

TEST(Devices, CanBeMissing) {
    const emulator::OptionsGuard guard;
    int n = -1;
    void* pointer = nullptr;
    emulator::options().n_devices = 0;
    EXPECT_NE(device_count(&n), success);
    EXPECT_EQ(n, 0);
    EXPECT_NE(allocate(&pointer, 4), success);
    EXPECT_NE(set_device(0), success);

    emulator::options().n_devices = 2;
    expect_success(device_count(&n));
    EXPECT_EQ(n, 2);
    expect_success(set_device(1));
    expect_success(set_device(0));
    EXPECT_NE(set_device(2), success);

    emulator::options().driver_version = 0;
    EXPECT_EQ(driver_version(), 0);
    EXPECT_NE(device_count(&n), success);
}

TEST(Devices, HaveTheirProperties) {
    const emulator::OptionsGuard guard;
    emulator::options().warp_lanes = 64;
    DeviceProperties properties;
    expect_success(device_properties(0, &properties));
    EXPECT_STREQ(properties.name, "emulated device");
    EXPECT_EQ(properties.warp_lanes, 64);
    EXPECT_EQ(properties.shared_bytes, emulator::options().shared_bytes);
    EXPECT_NE(device_properties(1, &properties), success);
}

TEST(Launches, OfImpossibleShapesAreRefused) {
    const DeviceArray<int> values(std::vector<int>{1});
    const auto shape = [&](Grid grid, int threads, std::size_t shared) {
        return launch(add_one, grid, threads, shared, nullptr, values.data(), 0);
    };
    EXPECT_NE(shape({0}, 32, 0), success);
    EXPECT_NE(shape({1, 65536}, 32, 0), success);
    EXPECT_NE(shape({1}, 0, 0), success);
    EXPECT_NE(shape({1}, 1025, 0), success);
    EXPECT_NE(shape({1}, 32, emulator::options().shared_bytes + 1), success);
    EXPECT_EQ(shape({1}, 1024, emulator::options().shared_bytes), success);
}

}  // namespace
}  // namespace dpmd::gpu
