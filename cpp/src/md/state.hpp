#pragma once
// The atoms of this rank, their cell, and their quantities at the current step.
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/step_state.hpp"
#include "core/mirrored_array.hpp"
#include "dpmd/box.hpp"
#include "dpmd/communicator.hpp"
#include "neighbor/lattice.hpp"

namespace dpmd::md {

/// What a State is made from: all atoms, the same on every rank.
struct StateStart {
    std::span<const double> positions;    ///< [n][3] Å
    std::span<const std::int32_t> types;  ///< [n]
    std::span<const double> velocities;   ///< [n][3] Å/fs, or empty: at rest
    std::span<const double> masses;       ///< [n_types] atomic mass units
    Box box;
    std::span<const double> aparam = {};       ///< [n][n_aparam]
    std::span<const std::int32_t> fixed = {};  ///< atoms that do not move, each once; they have no velocity
};

/// Atoms are in the memory of a backend; with one rank in the order of their ids, 0 to n - 1. Positions are never
/// wrapped. Everything that is not per atom is the same on every rank. The StepState is the host's copy of the one in
/// backend memory: `pull` updates this copy, `push` the other one.
struct State : StepState {
    /// Each rank takes an equal share of the atoms by their ids; Migration then moves them to their owners.
    explicit State(const StateStart& start, Memory& memory = host_memory(),
                   std::shared_ptr<Communicator> ranks = make_single_rank());

    std::shared_ptr<Communicator> ranks;
    std::int64_t n_total = 0;     ///< atoms of all ranks
    std::int32_t n = 0;           ///< atoms of this rank
    std::int32_t first_type = 0;  ///< of atom 0, on all ranks (Neighborhood::first_type)
    MirroredArray<std::int64_t> ids;
    MirroredArray<std::int32_t> types;
    MirroredArray<std::int32_t> mass_classes;  ///< [n] rows of the next two tables
    MirroredArray<double> mass, inverse_mass;  ///< [n_types + 1] eV fs^2/Å^2 and its inverse; 0 for fixed atoms
    MirroredArray<double> positions, velocities, forces;  ///< [n][3] Å, Å/fs, eV/Å
    MirroredArray<double> aparam;                         ///< [n][n_aparam]
    std::size_t n_aparam = 0;
    double total_mass = 0;            ///< sum over all ranks, including fixed atoms, eV fs^2/Å^2
    std::vector<std::int32_t> fixed;  ///< ids of atoms that do not move, on all ranks, ascending
    Box box;
    Lattice lattice;  ///< the lattice of `box`

    bool zero_momentum = true;  ///< the total momentum is held at zero; not with fixed atoms, which absorb it
    int degrees_of_freedom = 0;
    double speed_limit = 0;  ///< Å/fs; an atom that reaches it has flown away

    std::int64_t n_free() const { return n_total - static_cast<std::int64_t>(fixed.size()); }  ///< on all ranks
    /// Whether this is the rank that writes files.
    bool is_first() const { return ranks->rank() == 0; }

    StepState* in_backend() const { return step_state_.data(); }
    Memory& memory() const { return *memory_; }
    /// Throws InputError when the cell has collapsed.
    void pull();
    void push();

private:
    void set_masses(const StateStart& start, std::size_t first, std::size_t last);
    void set_cell(const Matrix3& new_cell);

    Memory* memory_;
    mutable Array<StepState> step_state_;  // [1]
};

}  // namespace dpmd::md
