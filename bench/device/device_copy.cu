// Question: what are the most that a GPU can move and start: bytes per second from its memory and its second-level
// cache, additions to memory, and kernels one after the other?
// The bytes of a copy are those read plus those written. Checked before timing: the copy equals the original, and every
// sum equals what was added to it.
#include "core/array.hpp"
#include "stopwatch.hpp"

namespace dpmd::bench {
namespace {

using gpu::check;
using gpu::item;

constexpr std::size_t large = std::size_t(4) << 30, small = std::size_t(8) << 20,
                      tiny = std::size_t(64) << 10;  // bytes

struct alignas(16) Word {
    std::uint64_t half[2];
};

GPU_KERNEL fill_kernel(Word* to, std::int64_t n) {
    if (item() < n) to[item()] = {{static_cast<std::uint64_t>(item()), ~static_cast<std::uint64_t>(item())}};
}
GPU_KERNEL copy_kernel(const Word* from, Word* to, std::int64_t n) {
    const std::int64_t step = static_cast<std::int64_t>(gpu::grid_blocks()) * gpu::block_threads();
    for (std::int64_t k = item(); k < n; k += step) to[k] = from[k];
}
GPU_KERNEL count_differences_kernel(const Word* a, const Word* b, std::int64_t n, std::int64_t* differences) {
    const std::int64_t k = item();
    if (k < n && (a[k].half[0] != b[k].half[0] || a[k].half[1] != b[k].half[1]))
        gpu::atomic_add(differences, std::int64_t(1));
}
/// Adds in the same way as forces: to three adjacent sums of one of n atoms, in no particular order.
GPU_KERNEL add_kernel(std::int64_t* sums, std::int64_t n_atoms, std::int64_t n_additions) {
    const std::int64_t k = item();
    if (k >= n_additions) return;
    const std::int64_t atom = k * 40503 % n_atoms;
    for (int c = 0; c < 3; ++c) gpu::atomic_add(sums + 3 * atom + c, std::int64_t(1));
}
GPU_KERNEL empty_kernel(std::int64_t* unused) {
    if (unused == nullptr && item() < 0) *unused = 0;
}

void measure_copies(gpu::Queue& queue, Memory& memory, bool quick, const char* level, std::size_t bytes) {
    const std::size_t n = (quick ? tiny : bytes) / sizeof(Word);
    const int repeats = quick ? 1 : static_cast<int>(large / bytes);
    Array<Word> from(n, memory), to(n, memory);
    Array<std::int64_t> differences(1, memory);
    const auto n_words = static_cast<std::int64_t>(n);
    queue.for_each("fill", n_words, fill_kernel, from.data(), n_words);
    const gpu::Grid grid{static_cast<unsigned>(8 * queue.properties().multiprocessors)};
    const auto by_kernel = [&] {
        for (int k = 0; k < repeats; ++k)
            queue.launch("copy", copy_kernel, grid, gpu::block_of_items, 0, from.data(), to.data(), n_words);
    };
    const auto by_platform = [&] {
        for (int k = 0; k < repeats; ++k) queue.on_device(to.data(), from.data(), from.bytes());
    };
    Stopwatch stopwatch(queue);
    const auto measure = [&](const char* name, auto&& copy) {
        queue.clear(to.data(), to.bytes());
        queue.clear(differences.data(), differences.bytes());
        copy();
        queue.for_each("count_differences", n_words, count_differences_kernel, from.data(), to.data(), n_words,
                       differences.data());
        if (differences.on_host()[0] != 0) throw InternalError(concat(name, " copies something else"));
        const double moved = 2.0 * static_cast<double>(from.bytes()) * repeats;
        print_line(concat("copy/", level, "/", name), 1e-9 * moved / stopwatch.time(copy), "GB/s");
    };
    measure("kernel", by_kernel);
    measure("platform", by_platform);
}

void measure_additions(gpu::Queue& queue, Memory& memory, bool quick) {
    // a prime number of atoms whose sums fit into the cache, with the same number of additions for each
    const std::int64_t n_atoms = quick ? 101 : 100003, n_rounds = quick ? 2 : 200, n = n_atoms * n_rounds;
    Array<std::int64_t> sums(static_cast<std::size_t>(3 * n_atoms), memory);
    const auto add = [&] { queue.for_each("add", n, add_kernel, sums.data(), n_atoms, n); };
    queue.clear(sums.data(), sums.bytes());
    add();
    for (const std::int64_t sum : sums.on_host())
        if (sum != n_rounds) throw InternalError("a sum is wrong");
    print_line("add/int64", 3e-9 * static_cast<double>(n) / Stopwatch(queue).time(add), "G/s");
}

void measure_launches(gpu::Queue& queue, Memory& memory, bool quick) {
    const int n = quick ? 3 : 1000;
    Array<std::int64_t> nothing(1, memory);
    const auto launch = [&] {
        for (int k = 0; k < n; ++k)
            queue.launch("empty", empty_kernel, gpu::Grid{1}, gpu::tile_lanes, 0, nothing.data());
    };
    Stopwatch stopwatch(queue);
    print_line("launch/stream", 1e6 / n * stopwatch.time(launch), "us");
    gpu::Graph graph{};
    check(gpu::begin_capture(queue.stream()), "recording a graph");
    launch();
    check(gpu::end_capture(queue.stream(), &graph), "making a graph");
    const auto replay = [&] { check(gpu::launch_graph(graph, queue.stream()), "running a graph"); };
    print_line("launch/graph", 1e6 / n * stopwatch.time(replay), "us");
    queue.wait();
    check(gpu::destroy_graph(graph), "destroying a graph");
}

}  // namespace
}  // namespace dpmd::bench

int main(int argc, char** argv) {
    using namespace dpmd::bench;
    return run_on_device(argc, argv, [](dpmd::gpu::Queue& queue, dpmd::Memory& memory, bool quick) {
        measure_copies(queue, memory, quick, "memory", large);
        measure_copies(queue, memory, quick, "cache", small);
        measure_additions(queue, memory, quick);
        measure_launches(queue, memory, quick);
    });
}
