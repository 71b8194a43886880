#pragma once
// One call of a force engine, and where its answers go.
#include <array>
#include <span>

#include "neighbor/lattice.hpp"
#include "neighbor/verlet_list.hpp"

namespace dpmd {

/// Where a model's results go, in the caller's order, in backend memory.
struct ForceOutputs {
    double* forces = nullptr;         ///< [n][3] eV/Å
    double* atom_energies = nullptr;  ///< [n] eV, or null
    double* atom_virials = nullptr;   ///< [n][9] eV, or null
};

/// One force call. Every array is in the caller's order and, except fparam, in backend memory. Outputs are those of the
/// first model.
struct ForceCall : ForceOutputs {
    AtomsView atoms;
    Lattice lattice;
    std::span<const double> fparam;  ///< [n_fparam], empty: the model's default
    std::span<const double> aparam;  ///< [n][n_aparam]
    bool same_types = false;         ///< the caller guarantees that the types are those of the previous call
    std::int32_t first_type = 0;     ///< of the first atom of the whole system (Neighborhood::first_type)

    std::span<const ForceOutputs> outputs() const {
        const ForceOutputs& of_first_model = *this;
        return {&of_first_model, 1};
    }
};

struct ForceTotals {
    double energy = 0;               ///< eV, over all ranks
    std::array<double, 9> virial{};  ///< eV, row-major, -sum_ij g_a d_b with g = dE/d(r_j - r_i)
    bool rebuilt = false;            ///< whether the neighbour list was built anew
};

}  // namespace dpmd
