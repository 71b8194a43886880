#pragma once
// The arrays of a host that computes in float, in double.
#include <cstddef>
#include <vector>

#include "evaluation.hpp"

namespace dpmd::deepmd {

/// How many values the arrays of a call have.
struct Sizes {
    std::size_t coord, cell, fparam, aparam;                      ///< given
    std::size_t energy, force, virial, atom_energy, atom_virial;  ///< wanted
};

/// Keeps its memory from call to call.
class Widened {
public:
    /// The call in double, valid until the next one.
    Call<double> take(const Call<float>& call, const Sizes& sizes);
    /// Room for the results that are wanted, valid until the next call.
    Results<double> room(const Results<float>& wanted, const Sizes& sizes);
    /// Rounds the results in this room.
    void give(const Results<float>& wanted, const Sizes& sizes) const;

private:
    std::vector<double> coord_, cell_, fparam_, aparam_, force_, virial_, atom_energy_, atom_virial_;
};

}  // namespace dpmd::deepmd
