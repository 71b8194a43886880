#pragma once
// A local model with packed weights: what its tiles see, and the forms in which it can be calculated.
#include <optional>
#include <vector>

#include "cpu/local/packed_descriptor.hpp"
#include "cpu/local/packed_environment.hpp"
#include "cpu/local/packed_fitting.hpp"
#include "models/model_data.hpp"

namespace dpmd::cpu {

/// Descriptors, their features one behind the other, and fitting nets on them.
template <class Real>
struct PackedForm {
    std::vector<PackedDescriptor<Real>> descriptors;
    PackedFitting<Real> fitting;
    /// [n_types][n_types] Å, by centre and neighbour: an atom with a nearer neighbour is not served. Empty: all are.
    std::vector<double> nearest;

    /// How many features an atom of this type has.
    int n_features(int center) const;
    std::size_t bytes() const;
};

/// One term, whose descriptors see the same environment. Terms with environments of their own would each have a set of
/// rows in a tile.
template <class Real>
struct PackedModel {
    PackedEnvironment environment;
    PackedForm<Real> trained;                    ///< serves every atom
    std::optional<PackedForm<Real>> compressed;  ///< serves atoms without very close neighbours
    std::vector<bool> is_silent;                 ///< [n_types] such atoms have no energy

    int n_types() const { return environment.n_types; }
    /// The form to try first.
    const PackedForm<Real>& fast() const { return compressed ? *compressed : trained; }
    std::size_t bytes() const { return trained.bytes() + (compressed ? compressed->bytes() : 0); }
};

/// InputError for a model that these kernels do not run.
template <class Real>
PackedModel<Real> prepare(const ModelData& model, const Packing<Real>& packing);

}  // namespace dpmd::cpu
