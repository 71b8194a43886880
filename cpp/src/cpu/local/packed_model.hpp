#pragma once
// A local model with packed weights: its environments, and the forms in which it can be evaluated.
#include <optional>
#include <vector>

#include "cpu/local/packed_descriptor.hpp"
#include "cpu/local/packed_environment.hpp"
#include "cpu/local/packed_fitting.hpp"
#include "cpu/local/packed_pair_table.hpp"
#include "models/model_data.hpp"

namespace dpmd::cpu {

/// A descriptor, and which of the model's environments it sees.
template <class Real>
struct PlacedDescriptor {
    int environment;
    PackedDescriptor<Real> descriptor;
};

/// Descriptors, whose features are concatenated, and the fitting nets that take them.
template <class Real>
struct PackedTerm {
    std::vector<PlacedDescriptor<Real>> descriptors;
    PackedFitting<Real> fitting;
    std::vector<char> is_silent;  ///< [n_types] whether atoms of this type have no energy from the term

    /// The number of features of an atom of this type.
    int n_features(int center) const;
    std::size_t bytes() const;
};

/// Terms, whose energies are added, unless a bridge joins the nets to the pair table.
template <class Real>
struct PackedForm {
    std::vector<PackedTerm<Real>> terms;
    std::vector<PackedPairTable> pair_tables;
    bool is_bridged = false;
    Bridge bridge;
    /// [n_environments][n_types][n_types] Å, by centre and neighbour: the form cannot evaluate an atom with a nearer
    /// neighbour. Empty: no limit.
    std::vector<double> nearest;

    std::size_t bytes() const;
};

/// Descriptors that see the same neighbours with the same normalisation share an environment, and so the rows of a
/// tile.
template <class Real>
struct PackedModel {
    std::vector<PackedEnvironment> environments;
    PackedForm<Real> trained;                    ///< valid for every atom
    std::optional<PackedForm<Real>> compressed;  ///< valid for atoms without very close neighbours
    std::vector<bool> is_silent;                 ///< [n_types] whether atoms of this type have no energy

    int n_types() const { return environments.front().n_types; }
    /// The form to try first.
    const PackedForm<Real>& fast() const { return compressed ? *compressed : trained; }
    std::size_t bytes() const { return trained.bytes() + (compressed ? compressed->bytes() : 0); }
};

template <class Real>
PackedModel<Real> prepare(const ModelData& model, const Packing<Real>& packing);

}  // namespace dpmd::cpu
