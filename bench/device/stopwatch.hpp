#pragma once
// Times of work on a device, measured by its own clock, and the output of the programs that measure ceilings.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "queue.hpp"

namespace dpmd::bench {

class Stopwatch {
public:
    explicit Stopwatch(gpu::Queue& queue) : queue_(queue) {
        gpu::check(gpu::create_event(&begin_), "creating an event");
        gpu::check(gpu::create_event(&end_), "creating an event");
    }
    ~Stopwatch() {
        (void)gpu::destroy_event(begin_);
        (void)gpu::destroy_event(end_);
    }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

    /// The seconds that `work` takes: the least of `n_runs` runs after a first one.
    template <class Work>
    double time(Work&& work, int n_runs = 5) {
        work();
        double least = 1e30;
        for (int run = 0; run < n_runs; ++run) {
            gpu::check(gpu::record(begin_, queue_.stream()), "recording an event");
            work();
            gpu::check(gpu::record(end_, queue_.stream()), "recording an event");
            gpu::check(gpu::synchronize_event(end_), "waiting for an event");
            float ms = 0;
            gpu::check(gpu::elapsed_ms(&ms, begin_, end_), "reading the time between events");
            least = std::min(least, 1e-3 * static_cast<double>(ms));
        }
        return least;
    }

private:
    gpu::Queue& queue_;
    gpu::Event begin_{}, end_{};
};

/// Prints a line "NAME VALUE UNIT".
inline void print_line(const std::string& name, double value, const char* unit) {
    std::printf("%s %.4g %s\n", name.c_str(), value, unit);
    std::fflush(stdout);
}

/// Whether to run only sizes that show that everything works: when asked to, or when the device is not a real one.
inline bool is_quick(int argc, char** argv) {
    return !gpu::times_kernels || (argc > 1 && std::strcmp(argv[1], "--quick") == 0);
}

/// Calls `run(queue, memory, quick)` on the first device; an exception ends the program.
template <class Run>
int run_on_device(int argc, char** argv, Run&& run) {
    try {
        gpu::Queue queue(0);
        gpu::DeviceMemory memory(queue);
        run(queue, memory, is_quick(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}

}  // namespace dpmd::bench
