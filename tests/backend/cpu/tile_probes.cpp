#include <cstring>

#include "backend/cpu/tile_probe.hpp"

namespace dpmd::testing {

const TileProbe* tile_probe(const char* isa) {
#if defined(__x86_64__)
    const TileProbe* probes[] = {&sse2::tile_probe(), &avx2::tile_probe(), &avx512::tile_probe()};
#elif defined(__aarch64__)
    const TileProbe* probes[] = {&neon::tile_probe()};
#else
    const TileProbe* probes[] = {&generic::tile_probe()};
#endif
    for (const TileProbe* probe : probes)
        if (std::strcmp(probe->isa, isa) == 0) return probe;
    return nullptr;
}

}  // namespace dpmd::testing
