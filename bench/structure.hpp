#pragma once
// Atoms for measurements: equal cells of a structure that fits the model.
#include <cstdint>
#include <string>
#include <vector>

#include "dpmd/box.hpp"

namespace dpmd::bench {

struct Structure {
    std::vector<double> positions;    ///< [n][3] Å
    std::vector<std::int32_t> types;  ///< [n]
    Box box;
    std::vector<double> masses;  ///< [n_types] atomic mass units

    std::int32_t size() const { return static_cast<std::int32_t>(types.size()); }
};

/// `side`^3 cells: of 64 water molecules at 330 K (examples/water) for types named O and H, of 256 copper atoms (fcc,
/// displaced at random) for a model with one type. Throws InputError for other models.
Structure structure_for(const std::vector<std::string>& type_map, int side);

}  // namespace dpmd::bench
