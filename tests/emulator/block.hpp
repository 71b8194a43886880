#pragma once
// A block under execution, and the cooperation of its threads. How the threads run is up to the engine:
// fiber_engine.cpp or thread_engine.cpp.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <source_location>
#include <string>
#include <vector>

#include "emulator/emulator.hpp"
#include "emulator/shared_arena.hpp"

namespace dpmd::emulator {

inline constexpr int tile_lanes = 32;

struct Grid {
    unsigned x = 1, y = 1, z = 1;
};

inline std::uint64_t n_blocks(const Grid& grid) { return std::uint64_t(grid.x) * grid.y * grid.z; }

struct Launch {
    const void* kernel;
    Grid grid;
    int threads;
    std::size_t shared_bytes;
    std::function<void()> body;              ///< what every thread does
    std::vector<const void*> pointers = {};  ///< among the kernel's arguments
};

/// Where a thread has stopped.
enum class Stop : std::uint8_t { none, returned, block_barrier, tile_barrier, ballot, shuffle_4, shuffle_8 };
struct Place {
    Stop stop = Stop::none;
    std::source_location where = {};
};
inline bool is_of_tile(Stop stop) { return stop >= Stop::tile_barrier; }
std::string text(const Place& place);
/// Threads meet if they stop for the same reason at the same line.
bool meets(const Place& a, const Place& b);

struct Block;

struct Thread {
    Block* block = nullptr;
    int index = 0;
    Place place = {};
    unsigned n_exchanges = 0;
    std::uint64_t shown[2] = {};  ///< to the other lanes, alternately: the next value must not hide the last
};

struct Block {
    explicit Block(const Launch& of) : launch(of) {}

    void reset(std::uint64_t linear_index);
    /// Faults of the whole block, once all threads have returned.
    void check_end();
    /// The beginning of a fault's message: the kernel and block.
    std::string name() const;
    /// "28 threads at shuffle (line), 4 returned", for n threads from `first` on.
    std::string describe(int first, int n) const;

    const Launch& launch;
    Grid index;
    std::vector<Thread> threads;
    SharedArena shared;
};

/// The GPU thread that this OS thread runs now.
inline constinit thread_local Thread* this_thread = nullptr;

/// The engine: runs every block of a launch, and throws KernelFault or what the kernel threw.
void run_grid(const Launch& launch);
/// The engine: returns when the block or the tile has met at me.place.
void wait(Thread& me);
const char* engine_name();

/// Waits for the threads of the block or the lanes of the tile.
void meet(Stop stop, const std::source_location& where);

/// Shows a value to the lanes of the tile and returns when they have shown theirs.
class Exchange {
public:
    Exchange(Stop stop, std::uint64_t value, const std::source_location& where) {
        Thread& me = *this_thread;
        turn_ = me.n_exchanges++ % 2;
        me.shown[turn_] = value;
        meet(stop, where);
        lanes_ = &me - me.index % tile_lanes;
    }
    std::uint64_t of(int lane) const { return lanes_[lane].shown[turn_]; }

private:
    const Thread* lanes_;
    unsigned turn_;
};

template <class T>
T shuffled(T value, int from_lane, const std::source_location& where) {
    static_assert(sizeof(T) == 4 || sizeof(T) == 8);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    bits = Exchange(sizeof(T) == 4 ? Stop::shuffle_4 : Stop::shuffle_8, bits, where).of(from_lane);
    std::memcpy(&value, &bits, sizeof(T));
    return value;
}

}  // namespace dpmd::emulator
