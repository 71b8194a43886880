#include "emulator/block.hpp"

#include <cstring>
#include <utility>

#include "emulator/kernel_name.hpp"

namespace dpmd::emulator {

std::string text(const Place& place) {
    const auto what = [&place]() -> std::string {
        switch (place.stop) {
            case Stop::none: return "running";
            case Stop::returned: return "returned";
            case Stop::block_barrier: return "at sync_block";
            case Stop::tile_barrier: return "at sync_tile";
            case Stop::ballot: return "at ballot";
            case Stop::shuffle_4: return "at shuffle of 4 bytes";
            case Stop::shuffle_8: return "at shuffle of 8 bytes";
        }
        return "";
    }();
    if (place.stop < Stop::block_barrier) return what;
    const char* slash = std::strrchr(place.where.file_name(), '/');
    return what + " (" + (slash == nullptr ? place.where.file_name() : slash + 1) + ":" +
           std::to_string(place.where.line()) + ")";
}

bool meets(const Place& a, const Place& b) {
    return a.stop == b.stop && a.where.line() == b.where.line() && a.where.column() == b.where.column() &&
           (a.where.file_name() == b.where.file_name() || std::strcmp(a.where.file_name(), b.where.file_name()) == 0);
}

void meet(Stop stop, const std::source_location& where) {
    Thread& me = *this_thread;
    if (is_of_tile(stop) && me.index / tile_lanes == me.block->launch.threads / tile_lanes)
        throw KernelFault("lanes " + text({stop, where}) + " in an incomplete tile: the block has " +
                          std::to_string(me.block->launch.threads) + " threads");
    me.place = {stop, where};
    wait(me);
}

void Block::reset(std::uint64_t linear_index) {
    const auto x = linear_index % launch.grid.x, yz = linear_index / launch.grid.x;
    index = {static_cast<unsigned>(x), static_cast<unsigned>(yz % launch.grid.y),
             static_cast<unsigned>(yz / launch.grid.y)};
    threads.assign(static_cast<std::size_t>(launch.threads), Thread{this});
    for (int t = 0; t < launch.threads; ++t) threads[static_cast<std::size_t>(t)].index = t;
    shared.reset(launch.shared_bytes);
    ++counters().blocks;
}

void Block::check_end() {
    if (const std::string damage = shared.find_damage(); !damage.empty()) throw KernelFault(name() + damage);
}

std::string Block::name() const {
    return "kernel " + kernel_name(launch.kernel) + ", block (" + std::to_string(index.x) + ", " +
           std::to_string(index.y) + ", " + std::to_string(index.z) + "): ";
}

std::string Block::describe(int first, int n) const {
    std::vector<std::pair<Place, int>> groups;
    for (int t = first; t < first + n; ++t) {
        const Place& place = threads[static_cast<std::size_t>(t)].place;
        std::size_t g = 0;
        while (g < groups.size() && !meets(groups[g].first, place)) ++g;
        if (g == groups.size()) groups.emplace_back(place, 0);
        ++groups[g].second;
    }
    std::string result;
    for (const auto& [place, count] : groups)
        result += (result.empty() ? "" : ", ") + std::to_string(count) + " " + text(place);
    return result;
}

}  // namespace dpmd::emulator
