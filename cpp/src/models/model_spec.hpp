#pragma once
// A trained model as plain host data: what a .dpmd file holds (docs/model-format.md) and what a backend prepares from.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "math/activation.hpp"
#include "math/quintic_table.hpp"
#include "math/switch_function.hpp"

namespace dpmd {

/// What a layer adds to its output: nothing, its input, or its input twice side by side.
enum class Skip { none, identity, twice };

/// y = activation(x w + b) * timestep + skip(x), row vectors.
struct Layer {
    int n_in = 0, n_out = 0;
    Activation activation = Activation::linear;
    double silut_threshold = 3.0;
    Skip skip = Skip::none;
    std::vector<double> weight;    ///< [n_in][n_out]
    std::vector<double> bias;      ///< [n_out], empty: none
    std::vector<double> timestep;  ///< [n_out], empty: ones
};

/// Piecewise quintic polynomials in place of an embedding net, as DeePMD-kit compresses it.
struct Table {
    double lower = 0, upper = 0, max = 0, stride0 = 0, stride1 = 0;
    bool linear_extrapolation = false;
    int n_rows = 0, n_channels = 0;
    std::vector<double> coefficients;  ///< [n_rows][n_channels][6]

    TableGrid grid() const {
        return {lower,   upper,
                max,     stride0,
                stride1, static_cast<int>((upper - lower) / stride0),
                n_rows,  linear_extrapolation};
    }
};

/// Layers, or a table.
struct Network {
    std::vector<Layer> layers;
    std::optional<Table> table;

    int n_in() const { return table ? 1 : layers.front().n_in; }
    int n_out() const { return table ? table->n_channels : layers.back().n_out; }
};

/// Whether an unordered pair is in the list.
inline bool holds_pair(const std::vector<std::pair<int, int>>& pairs, int a, int b) {
    return std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
        return (pair.first == a && pair.second == b) || (pair.first == b && pair.second == a);
    });
}

struct DescriptorSpec {
    std::string type;  ///< "se_e2_a"
    double cutoff = 0, cutoff_smooth = 0;
    bool single_precision_cutoff = false;  ///< round rc, rs and rc - rs to float32, as TensorFlow models do
    double env_protection = 0;
    std::vector<int> sel;
    int normalization = 0;  ///< N of 1/N
    int axis_neuron = 0;
    bool type_one_side = false;
    std::vector<std::pair<int, int>> exclude_types;
    bool excluded_padding_kept = false;
    /// More neighbours than sel: first the nearest sum(sel) of all types, then the nearest sel of each; else only the
    /// latter.
    bool overflow_all_types_first = false;
    std::vector<std::vector<std::optional<Network>>> networks;  ///< [1 or n_types][n_types]
    std::vector<double> shift, scale;                           ///< davg, dstd [n_types][4]

    const std::optional<Network>& network(int center, int neighbor) const {
        return networks[networks.size() == 1 ? 0 : static_cast<std::size_t>(center)]
                       [static_cast<std::size_t>(neighbor)];
    }
    /// Whether neighbours of this type have no rows in the environment of this centre type.
    bool excludes(int center, int neighbor) const { return holds_pair(exclude_types, center, neighbor); }
    /// The switch function's range in the arithmetic of the model.
    SwitchRange switch_range() const;
};

struct FittingSpec {
    std::vector<Network> networks;  ///< [n_types]
    int n_fparam = 0, n_aparam = 0;
    std::optional<std::vector<double>> default_fparam;
    std::vector<bool> subtract_vacuum;               ///< [n_types]
    std::vector<double> energy_shift;                ///< [n_types] eV
    std::vector<double> fparam_shift, fparam_scale;  ///< p enters as (p - shift) * scale
    std::vector<double> aparam_shift, aparam_scale;
    std::vector<double> case_embedding;
};

struct ModelSpec {
    std::vector<std::string> type_map;
    std::string precision;  ///< of the source; information only
    DescriptorSpec descriptor;
    FittingSpec fitting;
    std::vector<std::pair<int, int>> pair_exclude_types;
    std::vector<int> atom_exclude_types;
    std::optional<double> min_neighbor_distance;
    std::string metadata;  ///< the JSON document as it stands in the file

    int n_types() const { return static_cast<int>(type_map.size()); }
};

}  // namespace dpmd
