#pragma once
// Energies, forces and virials for a host: what it asks, and the functions that answer.
#include "deepmd/c_api.h"

namespace dpmd::deepmd {

struct Models;

/// What a host asks; Real is the type of its numbers. Shapes and units are those of c_api.h.
template <class Real>
struct Call {
    int n_frames, n_atoms;  ///< ghosts included
    const Real* coord;
    const int* types;
    const Real* cell;
    const Real *fparam, *aparam;
};

/// Where the answers go; null: not wanted.
template <class Real>
struct Results {
    double* energy;
    Real *force, *virial, *atom_energy, *atom_virial;
};

/// The lists of a host.
struct Lists {
    int n_ghosts;
    const DP_Nlist* nlist;
    int ago;
};

/// How the arrays of a call are to be read.
enum class Form {
    frames,       ///< of the same atoms
    mixed_types,  ///< each with types of its own
    one_frame,    ///< of several models, which give a block each
};

/// Computes from coordinates and cell, or with lists. When that fails, the object gets an error and the results that
/// are wanted are NaN. `models` is null where the host has passed NULL.
template <class Real>
void evaluate(Models* models, Form form, const Call<Real>& call, const Results<Real>& out,
              const Lists* lists = nullptr) noexcept;

}  // namespace dpmd::deepmd
