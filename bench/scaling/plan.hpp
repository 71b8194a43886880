#pragma once
// How a system would be shared out among many ranks: all of them planned in one process, without arithmetic of atoms.
#include <string>
#include <vector>

#include "dpmd/box.hpp"
#include "json_text.hpp"
#include "math/matrix3.hpp"

namespace dpmd::bench {

/// Atoms as fractions of the cell, in the box along periodic directions.
struct PlanSystem {
    std::string name;
    Box box;
    double reach = 0;      ///< Å, cutoff and skin
    bool is_even = false;  ///< atoms are spread evenly over a periodic box: ghosts follow from geometry
    std::vector<Vector3> fractional;
};

/// "water": molecules on a lattice, turned and displaced; "copper": fcc, displaced so far that no planes are left;
/// "crystal": the same with the planes of 300 K; "slab", "droplet": of water, with as much vacuum above, and in open
/// space. InputError for other names.
PlanSystem make_plan_system(const std::string& name, double n_atoms);

/// InternalError when ghosts are not as many as geometry says.
JsonText plan_ranks(const PlanSystem& system, int n_ranks);

}  // namespace dpmd::bench
