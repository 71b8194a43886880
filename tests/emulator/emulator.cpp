#include "emulator/emulator.hpp"

#include <cstdlib>

namespace dpmd::emulator {
namespace {

Options from_environment() {
    Options result;
    if (const char* lanes = std::getenv("DPMD_EMULATOR_WARP")) result.warp_lanes = std::atoi(lanes) == 64 ? 64 : 32;
    if (const char* reversed = std::getenv("DPMD_EMULATOR_REVERSED")) result.reversed = std::atoi(reversed) != 0;
    if (const char* bytes = std::getenv("DPMD_EMULATOR_MEMORY"))
        result.memory_bytes = std::strtoull(bytes, nullptr, 10);
    return result;
}

}  // namespace

Options& options() {
    static Options instance = from_environment();
    return instance;
}

Counters& counters() {
    static Counters instance{};
    return instance;
}

}  // namespace dpmd::emulator
