#pragma once
// The descriptors of a frozen TensorFlow graph, in the order of their features. A hybrid has an operation for the
// environment rows of each part. What the parts make of them is joined by one concatenation, whose inputs give the
// order, and the number of features that each part has.
#include <optional>
#include <string>
#include <vector>

#include "importers/tensorflow/scope.hpp"
#include "models/local/descriptors.hpp"

namespace dpmd::importers {

struct ReadDescriptor {
    Descriptor descriptor;
    std::string precision;  ///< of its nets
};

struct ReadDescriptors {
    std::vector<Descriptor> descriptors;
    std::string precision;  ///< the widest of their nets
};

/// `model` is the section of the training script, null where there is none; `n_features` is what the fitting nets take;
/// `suffix` is that of a member of a linear combination.
ReadDescriptors read_descriptors(const Graph& graph, const Value& model, std::int64_t n_features,
                                 const std::optional<std::string>& suffix);

/// The slots by neighbour type of the operation that makes a descriptor's environment rows.
std::vector<int> read_sel(const Graph& graph, const Node& op);

/// The operations of a member of a linear combination, or all.
std::vector<const Node*> descriptor_ops_of(const Graph& graph, const std::optional<std::string>& suffix);

// The readers of the descriptors; `n_features` is the number of features that the fitting nets take.
ReadDescriptor read_se_a(const DescriptorScope& scope, std::int64_t n_features);
ReadDescriptor read_se_r(const DescriptorScope& scope);
ReadDescriptor read_se_t(const DescriptorScope& scope);
ReadDescriptor read_se_atten(const DescriptorScope& scope, std::int64_t n_features);
ReadDescriptor read_local_frame(const DescriptorScope& scope, std::int64_t n_features);

/// The slots of a local frame: those of both kinds.
std::vector<std::int64_t> sel_of_local_frame(const Graph& graph, const Node& op);

}  // namespace dpmd::importers
