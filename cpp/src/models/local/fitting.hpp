#pragma once
// The fitting net of a term: from the features of an atom and its parameters to its energy.
#include <optional>
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd {

struct Fitting {
    std::vector<Network> networks;  ///< [n_types], or one for all types
    int n_fparam = 0, n_aparam = 0;
    std::optional<std::vector<double>> default_fparam;
    std::vector<bool> subtract_vacuum;               ///< [n_types] subtract the net's value without features
    std::vector<double> energy_shift;                ///< [n_types] eV
    std::vector<double> fparam_shift, fparam_scale;  ///< p enters as (p - shift) * scale
    std::vector<double> aparam_shift, aparam_scale;
    std::vector<double> case_embedding;  ///< a constant behind the parameters

    const Network& network(int type) const { return networks[networks.size() == 1 ? 0 : std::size_t(type)]; }
};

}  // namespace dpmd
