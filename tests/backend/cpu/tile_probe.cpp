// Compiled once per instruction set, like evaluate_tile.cpp.
#include "backend/cpu/tile_probe.hpp"

#include "cpu/tile/embedding.hpp"
#include "cpu/tile/layer.hpp"

namespace dpmd::testing::DPMD_ISA {
namespace {

namespace tile = dpmd::cpu::DPMD_ISA;

void activate(Activation activation, double silut_threshold, int n, const double* x, double* value, double* slope) {
    cpu::PackedLayer<double> layer;
    layer.activation = activation;
    layer.silut_threshold = silut_threshold;
    layer.out_stride = n;
    for (int k = 0; k < n; ++k) value[k] = x[k];
    tile::activate(layer, 1, value, slope);
}

void embedding(const cpu::PackedNetwork<double>& network, int rows, const double* s, const double* dg, double* g,
               double* ds, Workspace& workspace) {
    workspace.reset();
    const auto tape = tile::embedding_forward(network, rows, s, g, workspace);
    tile::embedding_backward(network, tape, rows, s, dg, ds, workspace);
}

#define DPMD_TEXT_OF(x) #x
#define DPMD_TEXT(x) DPMD_TEXT_OF(x)

}  // namespace

const TileProbe& tile_probe() {
    static constexpr TileProbe probe{DPMD_TEXT(DPMD_ISA),
                                     {tile::lanes<double>, tile::row_block},
                                     &tile::gemm<double>,
                                     &tile::layer_forward<double>,
                                     &tile::layer_backward<double>,
                                     &tile::layer_backward_to_scalar<double>,
                                     &activate,
                                     &embedding};
    return probe;
}

}  // namespace dpmd::testing::DPMD_ISA
