// One OS thread per GPU thread, for ThreadSanitizer: two GPU threads are ordered here only by what orders them on a
// device, so it sees every race. Several blocks run at once, as on a device.
#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "emulator/block.hpp"

namespace dpmd::emulator {
namespace {

constexpr std::uint64_t threads_at_once = 256;

/// Ends a thread whose block has failed.
struct Unwind {};

/// One barrier: threads that leave it are ordered after the threads that arrived at it, and after nothing else.
struct Meeting {
    std::mutex mutex;
    std::condition_variable changed;
    int n_arrived = 0;
    std::uint64_t generation = 0;
    Place first = {};  ///< where the first of this generation arrived
};

/// The block or a tile. Its barriers alternate between two meetings: with a single one, a thread that leaves late would
/// be ordered after threads already at the next barrier, and what these did in between would look ordered. A meeting is
/// reused only after all threads have reached the other one, so no thread is left in it by then.
struct Group {
    Meeting meetings[2];
    int n_members = 0;
};

class ThreadedBlock : public Block {
public:
    ThreadedBlock(const Launch& of, std::uint64_t linear_index)
        : Block(of),
          tiles_(static_cast<std::size_t>(of.threads / tile_lanes)),
          n_met_(static_cast<std::size_t>(of.threads)),
          n_running_(of.threads) {
        reset(linear_index);
        whole_.n_members = of.threads;
        for (Group& tile : tiles_) tile.n_members = tile_lanes;
    }

    void run(Thread& me) {
        this_thread = &me;
        try {
            launch.body();
        } catch (const Unwind&) {
        } catch (const KernelFault& fault) {
            fail(std::make_exception_ptr(KernelFault(name() + fault.what())));
        } catch (...) {
            fail(std::current_exception());
        }
        std::unique_lock lock(returned_mutex_);
        me.place = {Stop::returned};
        ++n_returned_;
        const bool stuck = none_runs() && n_returned_ < launch.threads;
        lock.unlock();
        if (stuck) fail_stuck();
    }

    void arrive(Thread& me) {
        if (failed_) throw Unwind{};
        const bool of_tile = is_of_tile(me.place.stop);
        Group& group = of_tile ? tiles_[static_cast<std::size_t>(me.index / tile_lanes)] : whole_;
        Met& met = n_met_[static_cast<std::size_t>(me.index)];
        Meeting& meeting = group.meetings[(of_tile ? met.tile : met.block)++ % 2];
        std::unique_lock lock(meeting.mutex);
        if (meeting.n_arrived == 0) meeting.first = me.place;
        if (!meets(meeting.first, me.place))
            throw KernelFault("threads that should meet diverge: " + text(meeting.first) + ", " + text(me.place));
        if (++meeting.n_arrived == group.n_members) {
            meeting.n_arrived = 0;
            ++meeting.generation;
            n_running_.fetch_add(group.n_members - 1, std::memory_order_relaxed);
            meeting.changed.notify_all();
        } else {
            const std::uint64_t generation = meeting.generation;
            if (none_runs()) {
                lock.unlock();
                fail_stuck();
                throw Unwind{};
            }
            meeting.changed.wait(lock, [&] { return meeting.generation != generation || failed_; });
            if (meeting.generation == generation) throw Unwind{};
        }
        me.place.stop = Stop::none;
    }

    void check() {
        if (failure_) std::rethrow_exception(failure_);
        check_end();
    }

private:
    /// How many times a thread has met the others.
    struct Met {
        unsigned block = 0, tile = 0;
    };

    template <class Action>
    void for_each_meeting(Action&& action) {
        for (Meeting& meeting : whole_.meetings) action(meeting);
        for (Group& tile : tiles_)
            for (Meeting& meeting : tile.meetings) action(meeting);
    }

    /// Counts down the running threads, and returns whether none is left. Relaxed, because a count must not order
    /// threads. Once the block has failed the count means nothing.
    bool none_runs() { return n_running_.fetch_sub(1, std::memory_order_relaxed) == 1 && !failed_; }

    /// Fails because all threads wait or have returned.
    void fail_stuck() {
        for_each_meeting([](Meeting& meeting) { const std::lock_guard seen(meeting.mutex); });
        std::unique_lock seen(returned_mutex_);
        const std::string places = describe(0, launch.threads);
        seen.unlock();
        fail(std::make_exception_ptr(KernelFault(name() + "barrier divergence: " + places)));
    }

    void fail(std::exception_ptr failure) {
        {
            const std::lock_guard lock(failure_mutex_);
            if (!failure_) failure_ = std::move(failure);
            failed_ = true;
        }
        for_each_meeting([](Meeting& meeting) {
            const std::lock_guard lock(meeting.mutex);
            meeting.changed.notify_all();
        });
    }

    Group whole_;
    std::vector<Group> tiles_;
    std::vector<Met> n_met_;  ///< for every thread; only that thread uses it
    std::atomic<int> n_running_;
    std::mutex returned_mutex_;  ///< separate from those of meetings: a return orders nothing
    int n_returned_ = 0;
    std::mutex failure_mutex_;
    std::exception_ptr failure_;
    std::atomic<bool> failed_ = false;
};

void run_at_once(std::vector<std::unique_ptr<ThreadedBlock>> blocks) {
    std::vector<std::thread> running;
    for (const auto& block : blocks)
        for (Thread& thread : block->threads) running.emplace_back([&block = *block, &thread] { block.run(thread); });
    for (std::thread& thread : running) thread.join();
    for (const auto& block : blocks) block->check();
}

}  // namespace

const char* engine_name() { return "threads"; }

void wait(Thread& me) { static_cast<ThreadedBlock&>(*me.block).arrive(me); }

void run_grid(const Launch& launch) {
    const std::uint64_t n = n_blocks(launch.grid);
    const std::uint64_t at_once = std::max<std::uint64_t>(2, threads_at_once / static_cast<unsigned>(launch.threads));
    for (std::uint64_t first = 0; first < n; first += at_once) {
        std::vector<std::unique_ptr<ThreadedBlock>> blocks;
        for (std::uint64_t k = first; k < std::min(n, first + at_once); ++k)
            blocks.push_back(std::make_unique<ThreadedBlock>(launch, k));
        run_at_once(std::move(blocks));
    }
}

}  // namespace dpmd::emulator
