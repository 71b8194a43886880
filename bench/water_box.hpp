#pragma once
// Liquid-like water of any size, made without a file.
#include <cstdint>
#include <vector>

#include "dpmd/box.hpp"

namespace dpmd::bench {

/// Atoms of a box of water; types of the model in examples/water: 0 oxygen, 1 hydrogen.
struct WaterBox {
    std::vector<double> positions;    ///< [n][3] Å
    std::vector<std::int32_t> types;  ///< [n]
    Box box;

    std::int32_t size() const { return static_cast<std::int32_t>(types.size()); }
};

/// side x side x side copies of one cell of 64 molecules (192 atoms, 12.42 Å, 1 g/cm^3). Molecules stand on a jittered
/// grid and point anywhere; as every copy is alike, whatever is true of one cell is true of all.
WaterBox water_box(int side);

}  // namespace dpmd::bench
