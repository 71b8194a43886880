// One fiber per GPU thread, one block after another, all on the calling OS thread: fast and deterministic.
#include <algorithm>
#include <exception>

#include "emulator/block.hpp"
#include "emulator/fiber.hpp"

namespace dpmd::emulator {
namespace {

/// Unwinds the stack of a thread whose block has failed.
struct Unwind {};

thread_local Stacks stacks;

class FiberBlock : public Block {
public:
    explicit FiberBlock(const Launch& of)
        : Block(of), n_(of.threads), reversed_(options().reversed), warp_lanes_(options().warp_lanes) {
        stacks.reserve(n_);
        fibers_.resize(static_cast<std::size_t>(n_));
    }

    void run(std::uint64_t linear_index) {
        reset(linear_index);
        failure_ = nullptr;
        for (int t = 0; t < n_; ++t) fibers_[at(t)].prepare(stacks[t], enter, &threads[at(t)]);
        try {
            do
                for (int from = 0; from < n_; from += warp_lanes_) run_warp(reversed_ ? last_warp() - from : from);
            while (release_block());
        } catch (...) {
            unwind();
            throw;
        }
        check_end();
    }

    void suspend(Thread& me) {
        fibers_[at(me.index)].suspend();
        if (unwinding_) throw Unwind{};
    }

    std::uint64_t n_switches = 0;

private:
    static std::size_t at(int t) { return static_cast<std::size_t>(t); }
    int last_warp() const { return (n_ - 1) / warp_lanes_ * warp_lanes_; }

    static void enter(void* argument) {
        Thread& me = *static_cast<Thread*>(argument);
        auto& block = static_cast<FiberBlock&>(*me.block);
        try {
            block.launch.body();
        } catch (const Unwind&) {
        } catch (const KernelFault& fault) {
            block.failure_ = std::make_exception_ptr(KernelFault(block.name() + fault.what()));
        } catch (...) {
            block.failure_ = std::current_exception();
        }
        me.place = {Stop::returned};
    }

    void resume(Thread& thread) {
        this_thread = &thread;
        ++n_switches;
        fibers_[at(thread.index)].resume();
        this_thread = nullptr;
    }

    /// Runs a warp until all its threads have returned or wait for the block.
    void run_warp(int first) {
        const int n = std::min(warp_lanes_, n_ - first);
        do
            for (int k = 0; k < n; ++k) {
                Thread& thread = threads[at(reversed_ ? first + n - 1 - k : first + k)];
                if (thread.place.stop != Stop::none) continue;
                resume(thread);
                if (failure_) std::rethrow_exception(failure_);
            }
        while (release_tiles(first, n));
    }

    bool release_tiles(int first, int n) {
        bool released = false;
        for (int tile = first; tile < first + n; tile += tile_lanes) {
            const auto begin = threads.begin() + tile, end = begin + std::min(tile_lanes, n_ - tile);
            if (std::none_of(begin, end, [](const Thread& t) { return is_of_tile(t.place.stop); })) continue;
            if (!std::all_of(begin, end, [&](const Thread& t) { return meets(t.place, begin->place); }))
                throw KernelFault(name() + "lanes of tile " + std::to_string(tile / tile_lanes) +
                                  " diverge: " + describe(tile, static_cast<int>(end - begin)));
            for (auto t = begin; t != end; ++t) t->place.stop = Stop::none;
            released = true;
        }
        return released;
    }

    /// Releases the threads that wait for the block; false if all have returned.
    bool release_block() {
        const Place& first = threads.front().place;
        if (!std::all_of(threads.begin(), threads.end(), [&](const Thread& t) { return meets(t.place, first); }))
            throw KernelFault(name() + "barrier divergence: " + describe(0, n_));
        if (first.stop == Stop::returned) return false;
        for (Thread& thread : threads) thread.place.stop = Stop::none;
        return true;
    }

    /// Lets the suspended threads leave their stacks with an exception, which runs their destructors.
    void unwind() {
        unwinding_ = true;
        for (Thread& thread : threads)
            if (fibers_[at(thread.index)].started() && thread.place.stop != Stop::returned) resume(thread);
        unwinding_ = false;
    }

    int n_;
    bool reversed_, unwinding_ = false;
    int warp_lanes_;
    std::vector<Fiber> fibers_;
    std::exception_ptr failure_;
};

}  // namespace

const char* engine_name() { return "fibers"; }

void wait(Thread& me) { static_cast<FiberBlock&>(*me.block).suspend(me); }

void run_grid(const Launch& launch) {
    FiberBlock block(launch);
    const std::uint64_t n = n_blocks(launch.grid);
    for (std::uint64_t k = 0; k < n; ++k) block.run(options().reversed ? n - 1 - k : k);
    counters().switches += block.n_switches;
}

}  // namespace dpmd::emulator
