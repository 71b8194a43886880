#pragma once
// Network weights as the CPU kernels need them: padded to whole vectors and divided into column panels.
#include <optional>
#include <vector>

#include "core/array.hpp"
#include "cpu/nets/half_unit.hpp"
#include "math/moment_table.hpp"
#include "math/quintic_table.hpp"
#include "models/local/moment_form.hpp"
#include "models/nets/network.hpp"

namespace dpmd::cpu {

/// Numbers that fix the layout: lanes of a vector, and rows of a micro-tile.
struct KernelShape {
    int lanes;
    int row_block;
};

/// Which layers of a net, if any, multiply values rounded to bfloat16, and the hardware for it (null: none).
struct HalfLayers {
    int first = 0, last = 0;  ///< layers [first, last)
    const HalfUnit* unit = nullptr;
};

/// Vectors per column panel of a packed matrix.
inline constexpr int panel_vectors = 3;

constexpr int round_up(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

/// A K x N matrix, N padded to whole vectors with zeros, stored panel by panel: panel p holds columns
/// [p w, min((p+1) w, stride)) with w = panel_vectors * lanes, row-major inside the panel.
template <class Real>
struct PackedMatrix {
    int n_in = 0, n_out = 0, stride = 0;
    Array<Real> panels;

    void pack(const double* matrix, int rows, int columns, bool transposed, const KernelShape& shape);
};

template <class Real>
struct PackedLayer {
    int n_in = 0, n_out = 0;
    int in_stride = 0, out_stride = 0;  ///< padded to whole vectors
    Activation activation = Activation::linear;
    Real silut_threshold = 3;
    Skip skip = Skip::none;
    bool in_half = false;                  ///< operands are rounded to bfloat16; w already is
    PackedMatrix<Real> forward, backward;  ///< w and its transpose; empty where a unit is used instead
    const HalfUnit* half_unit = nullptr;
    HalfMatrix forward_half, backward_half;  ///< for the unit
    Array<Real> bias;                        ///< [out_stride]
    Array<Real> timestep;                    ///< [out_stride], empty: ones
    Array<Real> weight_column;               ///< [out_stride] w as a vector when n_in = 1, else empty

    std::size_t bytes() const {
        return forward.panels.bytes() + backward.panels.bytes() + forward_half.pairs.bytes() +
               backward_half.pairs.bytes() + bias.bytes() + timestep.bytes() + weight_column.bytes();
    }
};

template <class Real>
struct PackedTable {
    TableGrid grid{};
    int stride = 0;            ///< channels, padded to whole vectors
    Array<Real> coefficients;  ///< [n_rows][6][stride]
};

/// A RadialTable, with its functions padded to whole vectors.
template <class Real>
struct MomentTable {
    MomentGrid grid;
    double nearest = 0;        ///< Å
    Array<Real> coefficients;  ///< [n_intervals][stride / lanes][6][lanes]; empty: no rows

    MomentTable() = default;
    MomentTable(const RadialTable& table, const KernelShape& shape);
};

template <class Real>
struct PackedNetwork {
    std::vector<PackedLayer<Real>> layers;
    std::optional<PackedTable<Real>> table;
    int n_out = 0, out_stride = 0;
    int widest = 0;  ///< largest padded width of any layer, including the input

    PackedNetwork() = default;
    PackedNetwork(const Network& network, const KernelShape& shape, const HalfLayers& half = {});

    std::size_t bytes() const {
        std::size_t sum = table ? table->coefficients.bytes() : 0;
        for (const PackedLayer<Real>& layer : layers) sum += layer.bytes();
        return sum;
    }
};

}  // namespace dpmd::cpu
