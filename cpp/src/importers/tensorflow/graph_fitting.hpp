#pragma once
// The energy fitting nets of a frozen TensorFlow graph.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "importers/tensorflow/graph.hpp"
#include "importers/value.hpp"
#include "models/local/fitting.hpp"

namespace dpmd::importers {

/// One net per type, or one for all; the energies that it adds are those of the fitting section alone. `model` is the
/// section of the training script, null where there is none; `suffix` is that of a member of a linear combination.
Fitting read_graph_fitting(const Graph& graph, const Value& model, int n_types,
                           const std::optional<std::string>& suffix);

/// How many features the nets take.
std::int64_t n_features_of(const Fitting& fitting);

/// Puts a net for each type in place of one that takes the type behind `n_features` others. TensorFlow subtracts the
/// value of the net at a descriptor of zeros (atom_ener), but leaves the type there. `type_embedding` is
/// [types][width]. `place` is for messages.
void fold_types(Fitting& fitting, const std::vector<double>& type_embedding, int width, std::int64_t n_features,
                const std::string& place);

/// Adds what the output statistics say: E = t_out_std (fitting net) + t_out_bias, by type. TensorFlow multiplies by the
/// scale, unlike the PyTorch backend, whose models keep one that is not 1 when they are converted.
void apply_output_statistics(const Graph& graph, Fitting& fitting, const std::optional<std::string>& suffix);

}  // namespace dpmd::importers
