// The kernels of one instruction set. Compiled once for each.
#include "cpu/tile/describe_tile.hpp"
#include "cpu/tile/kernels.hpp"
#include "cpu/tile/local_tile.hpp"

namespace dpmd::cpu::DPMD_ISA {
namespace {

template <class Real>
void embed(const PackedNetwork<Real>& network, const double* inputs, Real* out, Workspace& workspace) {
    workspace.reset();
    const int n_in = network.table ? 1 : network.layers[0].n_in;
    Real* rows = workspace.take<Real>(std::size_t(row_block * n_in));
    Real* outputs = workspace.take<Real>(std::size_t(row_block) * std::size_t(network.out_stride));
    for (int r = 0; r < row_block * n_in; ++r) rows[r] = static_cast<Real>(inputs[r % n_in]);
    embedding_forward(network, row_block, rows, outputs, workspace, n_in);
    for (int c = 0; c < network.out_stride; ++c) out[c] = outputs[c];
}

template <class Real>
constexpr LocalKernels<Real> kernels_of() {
    return {{lanes<Real>, row_block}, &evaluate_tile<Real>, &describe_tile<Real>, &embed<Real>};
}

#define DPMD_TEXT_OF(x) #x
#define DPMD_TEXT(x) DPMD_TEXT_OF(x)

}  // namespace

const TileKernels& tile_kernels() {
    static constexpr TileKernels kernels{DPMD_TEXT(DPMD_ISA), kernels_of<double>(), kernels_of<float>(), nullptr};
    return kernels;
}

}  // namespace dpmd::cpu::DPMD_ISA
