#pragma once
// Runs GPU kernels on the CPU: every thread of a block is a fiber (or, for ThreadSanitizer, an OS thread), blocks run
// one after another, and whatever a real device would silently let pass is a fault. This header is for tests; kernels
// and the backend see platform/gpu_platform.hpp only.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace dpmd::emulator {

/// Properties of the emulated machine. DPMD_EMULATOR_WARP=64 and DPMD_EMULATOR_REVERSED=1 in the environment set
/// defaults.
struct Options {
    int n_devices = 1;
    int warp_lanes = 32;    ///< 32 or 64; tiles have 32 lanes in both
    bool reversed = false;  ///< lanes, warps and blocks run from last to first
    int driver_version = 13000;
    std::size_t memory_bytes = std::size_t(8) << 30;
    std::size_t shared_bytes = 64 * 1024;  ///< most that a block can get
};
Options& options();

/// Restores the options at the end of a test.
class OptionsGuard {
public:
    OptionsGuard() : before_(options()) {}
    ~OptionsGuard() { options() = before_; }
    OptionsGuard(const OptionsGuard&) = delete;
    OptionsGuard& operator=(const OptionsGuard&) = delete;

private:
    Options before_;
};

/// A defect of a kernel: divergence at a barrier, an overrun, a host pointer. gpu::launch throws it.
class KernelFault : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Counts since the program began.
struct Counters {
    std::atomic<std::uint64_t> launches, blocks, switches, copies, synchronizations, graph_launches;
};
Counters& counters();

/// Device memory (not pinned memory) that has not been released yet.
std::size_t allocated_bytes();
std::size_t n_allocations();
std::size_t n_pinned_allocations();
/// Released allocations whose surroundings had been written to.
std::size_t n_damaged_allocations();

}  // namespace dpmd::emulator
