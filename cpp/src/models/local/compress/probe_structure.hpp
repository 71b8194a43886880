#pragma once
// Random structures on which two forms of a model are compared.
#include <cstdint>
#include <vector>

#include "dpmd/box.hpp"
#include "models/model_data.hpp"

namespace dpmd {

struct ProbeStructure {
    std::vector<double> positions;    ///< [n][3] Å
    std::vector<std::int32_t> types;  ///< [n]
    Box box;
};

/// A periodic gas of about `n_atoms` atoms of all types in the proportions of sel, as dense as sel allows with some
/// room, no two atoms nearer than `nearest` (Å). A function of its arguments alone.
ProbeStructure probe_structure(const ModelData& model, int n_atoms, double nearest);

}  // namespace dpmd
