#pragma once
// The embedding nets over the rows of one (centre type, neighbour type) section: exact layers, or a compression table.
#include "core/workspace.hpp"
#include "cpu/nets/packed_network.hpp"
#include "cpu/tile/layer.hpp"
#include "math/quintic_table.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// What the backward pass of a section needs: one slope array per layer.
template <class Real>
struct EmbeddingTape {
    Real** slopes = nullptr;
};

/// One row of a table: value and derivative of every channel at s, through `sink(channel, value, slope)`.
template <class Real, class F>
DPMD_HD void for_each_table_channel(const PackedTable<Real>& table, double s, F&& sink) {
    constexpr int L = lanes<Real>;
    const TablePlace place = table_place(s, table.grid);
    const Real x = static_cast<Real>(place.argument), beyond = static_cast<Real>(place.beyond);
    const bool linear = table.grid.linear_extrapolation;
    const Real* row = table.coefficients.data() + std::size_t(place.row) * 6 * std::size_t(table.stride);
    for (int c = 0; c < table.stride; c += L) {
        Vector<Real> a[6];
        for (int power = 0; power < 6; ++power) a[power] = load(row + power * table.stride + c);
        ValueSlope<Vector<Real>> f = quintic<Vector<Real>, Real>(a, x);
        if (beyond != Real(0)) {
            if (linear) f.value += f.slope * beyond;
            else f.slope = Vector<Real>{};
        }
        sink(c, f.value, f.slope);
    }
}

/// g [rows][out_stride] from s [rows]. `rows` is a multiple of row_block; padding rows must hold finite s.
template <class Real>
EmbeddingTape<Real> embedding_forward(const PackedNetwork<Real>& network, int rows, const Real* s, Real* g,
                                      Workspace& workspace) {
    if (network.table) {
        for (int r = 0; r < rows; ++r)
            for_each_table_channel(*network.table, double(s[r]), [&](int c, Vector<Real> value, Vector<Real>) {
                store(g + std::size_t(r) * std::size_t(network.out_stride) + c, value);
            });
        return {};
    }
    const std::size_t n_layers = network.layers.size();
    EmbeddingTape<Real> tape{workspace.take<Real*>(n_layers)};
    const Real* x = s;
    int x_stride = 1;
    for (std::size_t l = 0; l < n_layers; ++l) {
        const PackedLayer<Real>& layer = network.layers[l];
        const std::size_t size = std::size_t(rows) * std::size_t(layer.out_stride);
        Real* y = l + 1 == n_layers ? g : workspace.take<Real>(size);
        tape.slopes[l] = workspace.take<Real>(size);
        layer_forward(layer, rows, x, x_stride, y, tape.slopes[l], workspace);
        x = y;
        x_stride = layer.out_stride;
    }
    return tape;
}

/// ds [rows] from dg [rows][out_stride].
template <class Real>
void embedding_backward(const PackedNetwork<Real>& network, const EmbeddingTape<Real>& tape, int rows, const Real* s,
                        const Real* dg, Real* ds, Workspace& workspace) {
    if (network.table) {
        for (int r = 0; r < rows; ++r) {
            Vector<Real> sum{};
            for_each_table_channel(*network.table, double(s[r]), [&](int c, Vector<Real>, Vector<Real> slope) {
                sum += slope * load(dg + std::size_t(r) * std::size_t(network.out_stride) + c);
            });
            ds[r] = sum_lanes<Real>(sum);
        }
        return;
    }
    const Real* dy = dg;
    for (std::size_t l = network.layers.size() - 1; l > 0; --l) {
        const PackedLayer<Real>& layer = network.layers[l];
        Real* dx = workspace.take<Real>(std::size_t(rows) * std::size_t(layer.in_stride));
        layer_backward(layer, rows, dy, tape.slopes[l], dx, workspace);
        dy = dx;
    }
    layer_backward_to_scalar(network.layers[0], rows, dy, tape.slopes[0], ds);
}

}  // namespace dpmd::cpu::DPMD_ISA
