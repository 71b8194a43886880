#pragma once
// The embedding nets over the rows of a tile.
#include "core/workspace.hpp"
#include "cpu/local/packed_embedding.hpp"
#include "cpu/tile/embedding_table.hpp"
#include "cpu/tile/layer.hpp"
#include "cpu/tile/rows.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// What the backward pass of a section needs: one slope array per layer.
template <class Real>
struct EmbeddingTape {
    Real** slopes = nullptr;
};

/// g [rows][out_stride] from s [rows], or for nets of several inputs from rows of these, `stride` apart. `rows` is a
/// multiple of row_block; padding rows must hold finite values.
template <class Real>
EmbeddingTape<Real> embedding_forward(const PackedNetwork<Real>& network, int rows, const Real* s, Real* g,
                                      Workspace& workspace, int stride = 1) {
    if (network.table) {
        table_forward(*network.table, rows, s, g);
        return {};
    }
    const std::size_t n_layers = network.layers.size();
    EmbeddingTape<Real> tape{workspace.take<Real*>(n_layers)};
    const Real* x = s;
    int x_stride = stride;
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

/// ds [rows], with respect to the first input, from dg [rows][out_stride].
template <class Real>
void embedding_backward(const PackedNetwork<Real>& network, const EmbeddingTape<Real>& tape, int rows, const Real* s,
                        const Real* dg, Real* ds, Workspace& workspace) {
    if (network.table) return table_backward(*network.table, rows, s, dg, ds);
    const Real* dy = dg;
    for (std::size_t l = network.layers.size() - 1; l > 0; --l) {
        const PackedLayer<Real>& layer = network.layers[l];
        Real* dx = workspace.take<Real>(std::size_t(rows) * std::size_t(layer.in_stride));
        layer_backward(layer, rows, dy, tape.slopes[l], dx, workspace);
        dy = dx;
    }
    const PackedLayer<Real>& first = network.layers[0];
    if (first.n_in == 1) return layer_backward_to_scalar(first, rows, dy, tape.slopes[0], ds);
    Real* dx = workspace.take<Real>(std::size_t(rows) * std::size_t(first.in_stride));
    layer_backward(first, rows, dy, tape.slopes[0], dx, workspace);
    for (int r = 0; r < rows; ++r) ds[r] = dx[r * first.in_stride];
}

/// The channels of all rows of a tile, and what the backward pass needs.
template <class Real>
struct EmbeddedRows {
    Real* g;                     ///< [n_rows][stride]
    EmbeddingTape<Real>* tapes;  ///< [n_types] by section
};

template <class Real>
EmbeddedRows<Real> embed_rows(const PackedEmbedding<Real>& embedding, int center, const TileRows<Real>& rows,
                              Workspace& workspace) {
    const auto stride = std::size_t(embedding.stride);
    EmbeddedRows<Real> out{workspace.take<Real>(std::size_t(rows.n_rows) * stride),
                           workspace.take<EmbeddingTape<Real>>(std::size_t(rows.n_types))};
    for (int t = 0; t < rows.n_types; ++t) {
        const int first = rows.section[t], n = rows.padded_size(t);
        if (n > 0)
            out.tapes[t] = embedding_forward(embedding.at(center, t), n, rows.row[0] + first,
                                             out.g + std::size_t(first) * stride, workspace);
    }
    return out;
}

/// ds [n_rows], derivatives with respect to the normalised radial component, from dg [n_rows][stride], whose padding
/// rows are set to zero.
template <class Real>
void embed_rows_backward(const PackedEmbedding<Real>& embedding, int center, const EmbeddedRows<Real>& embedded,
                         const TileRows<Real>& rows, Real* dg, Real* ds, Workspace& workspace) {
    const auto stride = std::size_t(embedding.stride);
    for (int t = 0; t < rows.n_types; ++t) {
        const int first = rows.section[t], end = first + rows.section_size[t], n = rows.padded_size(t);
        if (n == 0) continue;
        for (std::size_t k = std::size_t(end) * stride; k < std::size_t(first + n) * stride; ++k) dg[k] = Real(0);
        embedding_backward(embedding.at(center, t), embedded.tapes[t], n, rows.row[0] + first,
                           dg + std::size_t(first) * stride, ds + first, workspace);
    }
}

}  // namespace dpmd::cpu::DPMD_ISA
