#pragma once
// The atoms, their cell and what is known about them at the current step.
#include <cstdint>
#include <span>

#include "backend/step_state.hpp"
#include "core/mirrored_array.hpp"
#include "dpmd/box.hpp"
#include "neighbor/lattice.hpp"

namespace dpmd::md {

/// What a State is made from; every array is copied.
struct StateStart {
    std::span<const double> positions;    ///< [n][3] Å
    std::span<const std::int32_t> types;  ///< [n]
    std::span<const double> velocities;   ///< [n][3] Å/fs, or empty: at rest
    std::span<const double> masses;       ///< [n_types] atomic mass units
    Box box;
};

/// Atoms stand in the order of their ids, 0 to n - 1, in the memory of a backend. Positions are never wrapped.
/// The StepState is the host's copy of the one in backend memory: `pull` brings it up to date, `push` the other way.
struct State : StepState {
    explicit State(const StateStart& start, Memory& memory = host_memory());

    std::int32_t n = 0;
    MirroredArray<std::int64_t> ids;
    MirroredArray<std::int32_t> types;
    MirroredArray<double> mass, inverse_mass;             ///< [n_types] eV fs^2/Å^2 and its inverse
    MirroredArray<double> positions, velocities, forces;  ///< [n][3] Å, Å/fs, eV/Å
    double total_mass = 0;                                ///< eV fs^2/Å^2
    Box box;
    Lattice lattice;  ///< of `box`

    bool zero_momentum = true;  ///< the total momentum is held at zero
    int degrees_of_freedom = 0;
    double speed_limit = 0;  ///< Å/fs; an atom that reaches it has flown away

    StepState* in_backend() const { return step_state_.data(); }
    /// InputError when the cell has collapsed.
    void pull();
    void push();

private:
    void set_cell(const Matrix3& new_cell);

    mutable Array<StepState> step_state_;  // [1]
};

}  // namespace dpmd::md
