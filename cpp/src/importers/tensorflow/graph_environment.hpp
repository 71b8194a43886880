#pragma once
// The environment of a descriptor in a frozen TensorFlow graph.
#include "importers/tensorflow/scope.hpp"
#include "models/local/environment.hpp"

namespace dpmd::importers {

/// What the rows of an operation are: how many components each has, and the attributes that hold the cutoffs.
struct RowKind {
    int n_components;
    std::string_view cutoff, cutoff_smooth;
};
constexpr RowKind full_rows{4, "rcut_r", "rcut_r_smth"}, radial_rows{1, "rcut", "rcut_smth"};

/// `excluded` are the pairs of types whose whole section the graph leaves out.
Environment read_graph_environment(const DescriptorScope& scope, const RowKind& rows, int normalization,
                                   TypePairs excluded);

/// N of the mean over neighbours: the sum of the original sel, which is also a constant of the contraction.
int normalization_of(const DescriptorScope& scope);

/// The sum of the original sel by the name that the graph has for it; of the sel in use where it has none.
int sum_of_original_sel(const DescriptorScope& scope);

}  // namespace dpmd::importers
