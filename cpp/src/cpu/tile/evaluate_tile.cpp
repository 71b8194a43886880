// The kernels of one instruction set. Compiled once for each.
#include "cpu/tile/describe_tile.hpp"
#include "cpu/tile/kernels.hpp"
#include "cpu/tile/local_tile.hpp"

namespace dpmd::cpu::DPMD_ISA {
namespace {

template <class Real>
void embed(const PackedNetwork<Real>& network, double s, Real* out, Workspace& workspace) {
    workspace.reset();
    Real* inputs = workspace.take<Real>(row_block);
    Real* outputs = workspace.take<Real>(std::size_t(row_block) * std::size_t(network.out_stride));
    for (int r = 0; r < row_block; ++r) inputs[r] = static_cast<Real>(s);
    embedding_forward(network, row_block, inputs, outputs, workspace);
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
