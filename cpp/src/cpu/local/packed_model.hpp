#pragma once
// A local model with packed weights: its environment, and the forms in which it can be evaluated.
#include <optional>
#include <vector>

#include "cpu/local/packed_descriptor.hpp"
#include "cpu/local/packed_environment.hpp"
#include "cpu/local/packed_fitting.hpp"
#include "models/model_data.hpp"

namespace dpmd::cpu {

/// Descriptors, whose features are concatenated, and the fitting nets that take them.
template <class Real>
struct PackedForm {
    std::vector<PackedDescriptor<Real>> descriptors;
    PackedFitting<Real> fitting;
    /// [n_types][n_types] Å, by centre and neighbour: the form cannot evaluate an atom with a nearer neighbour. Empty:
    /// no limit.
    std::vector<double> nearest;

    /// The number of features of an atom of this type.
    int n_features(int center) const;
    std::size_t bytes() const;
};

/// One term, whose descriptors share one environment. Terms with different environments would each need a set of rows
/// in a tile.
template <class Real>
struct PackedModel {
    PackedEnvironment environment;
    PackedForm<Real> trained;                    ///< valid for every atom
    std::optional<PackedForm<Real>> compressed;  ///< valid for atoms without very close neighbours
    std::vector<bool> is_silent;                 ///< [n_types] whether atoms of this type have no energy

    int n_types() const { return environment.n_types; }
    /// The form to try first.
    const PackedForm<Real>& fast() const { return compressed ? *compressed : trained; }
    std::size_t bytes() const { return trained.bytes() + (compressed ? compressed->bytes() : 0); }
};

/// Throws InputError for a model of several terms, or of descriptors that see different neighbours.
void require_one_environment(const LocalModel& model);

/// A model that has one environment.
template <class Real>
PackedModel<Real> prepare(const ModelData& model, const Packing<Real>& packing);

}  // namespace dpmd::cpu
