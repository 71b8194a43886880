#pragma once
// Layers, networks and tables: the parts from which every family of models is built.
#include <optional>
#include <vector>

#include "math/activation.hpp"
#include "math/quintic_table.hpp"

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

/// Piecewise quintic polynomials that replace an embedding net, as DeePMD-kit compresses it.
struct Table {
    double min = 0, lower = 0, upper = 0, max = 0, stride0 = 0, stride1 = 0;
    bool linear_extrapolation = false;
    int n_rows = 0, n_channels = 0;
    std::vector<double> coefficients;  ///< [n_rows][n_channels][6]

    TableGrid grid() const {
        return {min,
                lower,
                upper,
                max,
                stride0,
                stride1,
                static_cast<int>((lower - min) / stride1),
                static_cast<int>((upper - lower) / stride0),
                n_rows,
                linear_extrapolation};
    }
};

/// A network: layers, or a table.
struct Network {
    std::vector<Layer> layers;
    std::optional<Table> table;

    int n_in() const { return table ? 1 : layers.front().n_in; }
    int n_out() const { return table ? table->n_channels : layers.back().n_out; }
};

}  // namespace dpmd
