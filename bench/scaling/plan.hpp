#pragma once
// How a system would be shared among many ranks: all are planned in one process, without computing on atoms.
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
/// "crystal": the same with the planes of 300 K; "slab", "droplet": of water, with an equal height of vacuum above, or
/// in open space. Throws InputError for other names.
PlanSystem make_plan_system(const std::string& name, double n_atoms);

/// Throws InternalError when the number of ghosts disagrees with geometry.
JsonText plan_ranks(const PlanSystem& system, int n_ranks);

}  // namespace dpmd::bench
