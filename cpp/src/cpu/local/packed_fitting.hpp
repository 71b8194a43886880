#pragma once
// The packed fitting nets of a form, and the other numbers that an atom's energy needs.
#include <vector>

#include "cpu/local/packing.hpp"
#include "models/local/fitting.hpp"

namespace dpmd::cpu {

template <class Real>
struct PackedFitting {
    struct Center {
        PackedNetwork<Real> network;  ///< takes the features, then the parameters
        double energy_shift = 0;      ///< eV
        bool subtract_vacuum = false;
    };

    std::vector<Center> centers;  ///< [n_types]
    int n_fparam = 0, n_aparam = 0;
    std::vector<double> fparam_shift, fparam_scale, aparam_shift, aparam_scale, case_embedding;

    PackedFitting() = default;
    /// `networks` [n_types] are those of the fitting, or their compressed versions.
    PackedFitting(const Fitting& from, const std::vector<Network>& networks, const Packing<Real>& packing);

    std::size_t bytes() const;
};

}  // namespace dpmd::cpu
