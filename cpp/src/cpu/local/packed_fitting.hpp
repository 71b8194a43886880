#pragma once
// The packed fitting nets of a form, and the other numbers that an atom's energy needs.
#include <vector>

#include "cpu/local/packing.hpp"
#include "math/hd.hpp"
#include "models/local/fitting.hpp"

namespace dpmd::cpu {

template <class Real>
struct PackedFitting {
    struct Center {
        double energy_shift = 0;  ///< eV
        bool subtract_vacuum = false;
    };

    std::vector<PackedNetwork<Real>> networks;  ///< [n_types], or one for all; take the features, then the parameters
    std::vector<Center> centers;                ///< [n_types]
    int n_fparam = 0, n_aparam = 0;
    std::vector<double> fparam_shift, fparam_scale, aparam_shift, aparam_scale, case_embedding;

    PackedFitting() = default;
    /// `nets` are the networks of the fitting, or their compressed versions.
    PackedFitting(const Fitting& from, const std::vector<Network>& nets, const Packing<Real>& packing);

    DPMD_HD const PackedNetwork<Real>& network(int type) const {
        return networks[networks.size() == 1 ? 0 : std::size_t(type)];
    }

    std::size_t bytes() const;
};

}  // namespace dpmd::cpu
