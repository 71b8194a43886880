#pragma once
// What an evaluation gives, in long double.
#include <cstddef>
#include <vector>

#include "oracle/pairs_reference.hpp"

namespace dpmd::reference {

struct Outcome {
    real energy = 0;
    real virial[9] = {};
    std::vector<real> atom_energies, forces, atom_virials;  ///< [n], [n][3], [n][9]
    int most_neighbors = 0;  ///< of any atom, in all descriptors: bounds the terms of a fixed-point sum

    explicit Outcome(std::size_t n) : atom_energies(n, 0), forces(3 * n, 0), atom_virials(9 * n, 0) {}

    void add(const Outcome& other, real factor) {
        energy += factor * other.energy;
        for (int k = 0; k < 9; ++k) virial[k] += factor * other.virial[k];
        const auto add_all = [&](std::vector<real>& to, const std::vector<real>& from) {
            for (std::size_t k = 0; k < to.size(); ++k) to[k] += factor * from[k];
        };
        add_all(atom_energies, other.atom_energies);
        add_all(forces, other.forces);
        add_all(atom_virials, other.atom_virials);
    }
};

}  // namespace dpmd::reference
