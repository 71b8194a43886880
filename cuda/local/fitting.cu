#include "local/fitting.hpp"

#include "atomic_sums.hpp"
#include "math/activation.hpp"
#include "nets/layers.hpp"
#include "tile_sums.hpp"

namespace dpmd::gpu {
namespace {

constexpr int tiles_per_block = 8;

/// The last layer, one tile of lanes per atom: its only output is the energy, and the gradient begins here.
template <class Real>
GPU_KERNEL energies_kernel(EnergyArgs<Real> args) {
    const LayerView<Real>& layer = args.layer;
    SharedMemory shared;
    FixedSum* block_energy = shared.take<FixedSum>(1);
    if (thread_index() == 0) *block_energy = {};
    sync_block();
    const int a = block_index() * tiles_per_block + tile();
    if (a < args.tile.n_atoms && (args.kept == nullptr || args.kept[a] != 0)) {
        const Real* x = args.x + std::int64_t(a) * args.x_stride;
        Real sum(0);
        for (int k = lane(); k < layer.n_in; k += tile_lanes) sum += x[k] * layer.weight[k * layer.out_stride];
        const ValueSlope<Real> f =
            activation_of<Real>(layer.activation, tile_sum(sum) + layer.bias[0], layer.silut_threshold);
        Real value = f.value * layer.timestep[0];
        const Real slope = f.slope * layer.timestep[0];
        const double share = args.bridged != nullptr ? args.bridged[a].net_share : 1.0;
        const bool has_skip = layer.skip == Skip::identity;  // one input, then
        if (has_skip) value += x[0];
        if (args.only_values != nullptr) {
            if (lane() == 0) args.only_values[a] = static_cast<double>(value);
        } else {
            for (int k = lane(); k < layer.in_stride; k += tile_lanes)
                args.dx[std::int64_t(a) * layer.in_stride + k] =
                    k < layer.n_in ? static_cast<Real>(share) *
                                         (slope * layer.weight[k * layer.out_stride] + Real(has_skip ? 1 : 0))
                                   : Real(0);
            const std::int32_t atom = args.tile.atoms[a];
            double energy = static_cast<double>(value) + args.shift;
            if (args.vacuum != nullptr) energy -= args.vacuum[a];
            if (lane() == 0) {
                if (args.bridged != nullptr) args.bridged[a].net_energy += energy;
                energy *= share;
                args.tile.system.atom_energies[atom] += energy;
                if (fixed_in_range(energy, fixed_term_limit)) add_term(block_energy, energy);
                else
                    atomic_min(&args.tile.system.totals->fault,
                               fault_key(atom, EvaluateFault::energy_not_finite, 0, 0, 0));
            }
        }
    }
    sync_block();
    if (thread_index() == 0 && args.only_values == nullptr) add_sum(&args.tile.system.totals->energy, *block_energy);
}

template <class Real>
GPU_KERNEL clear_features_kernel(Real* input, std::int64_t n, int stride, int n_features) {
    const std::int64_t k = item();
    if (k < n && k % stride < n_features) input[k] = Real(0);
}

template <class Real>
void launch_energies(Queue& queue, const EnergyArgs<Real>& args) {
    queue.launch("energies", &energies_kernel<Real>,
                 Grid{static_cast<unsigned>((args.tile.n_atoms + tiles_per_block - 1) / tiles_per_block)},
                 tiles_per_block * tile_lanes, shared_piece<FixedSum>(1), args);
}

}  // namespace

template <class Real>
FittingScratch<Real>::FittingScratch(Scratch& scratch, const DeviceNetwork<Real>& network, std::int64_t rows) {
    input = scratch.take<Real>(rows * network.in_stride());
    gradient = scratch.take<Real>(rows * network.in_stride());
    for (std::size_t l = 0; l + 1 < network.layers().size(); ++l) {
        const int stride = network.layers()[l].out_stride;
        output.push_back(scratch.take<Real>(rows * stride));
        slope.push_back(scratch.take<Real>(rows * stride));
    }
    dy = scratch.take<Real>(rows * network.widest());
    dx = scratch.take<Real>(rows * network.widest());
    vacuum = scratch.take<double>(rows);
}

template <class Real>
void run_fitting(GemmTuner& gemm, const DeviceNetwork<Real>& network, EnergyArgs<Real> args, bool subtract_vacuum,
                 int n_features, const FittingScratch<Real>& scratch) {
    Queue& queue = gemm.queue();
    const std::vector<LayerView<Real>>& layers = network.layers();
    const std::size_t n_hidden = layers.size() - 1;
    const RowRange rows{args.tile.n_atoms};
    const auto forward = [&] {
        args.x = scratch.input;
        args.x_stride = network.in_stride();
        for (std::size_t l = 0; l < n_hidden; ++l) {
            layer_forward(gemm, layers[l], rows, args.x, args.x_stride, scratch.output[l], scratch.slope[l]);
            args.x = scratch.output[l];
            args.x_stride = layers[l].out_stride;
        }
    };
    args.layer = layers.back();
    args.dx = n_hidden > 0 ? scratch.dy : scratch.gradient;
    if (subtract_vacuum) {
        // the input waits in `gradient` meanwhile
        const std::int64_t n = std::int64_t(args.tile.n_atoms) * network.in_stride();
        queue.on_device(scratch.gradient, scratch.input, std::size_t(n) * sizeof(Real));
        queue.for_each("clear_features", n, &clear_features_kernel<Real>, scratch.input, n, network.in_stride(),
                       n_features);
        forward();
        args.only_values = scratch.vacuum;
        launch_energies(queue, args);
        args.only_values = nullptr;
        args.vacuum = scratch.vacuum;
        queue.on_device(scratch.input, scratch.gradient, std::size_t(n) * sizeof(Real));
    }
    forward();
    launch_energies(queue, args);
    Real *dy = scratch.dy, *dx = scratch.dx;
    for (std::size_t l = n_hidden; l-- > 0;) {
        layer_backward(gemm, layers[l], rows, dy, scratch.slope[l], l == 0 ? scratch.gradient : dx);
        std::swap(dy, dx);
    }
}

#define DPMD_INSTANTIATE(Real)                                                                     \
    template struct FittingScratch<Real>;                                                          \
    template void run_fitting(GemmTuner&, const DeviceNetwork<Real>&, EnergyArgs<Real>, bool, int, \
                              const FittingScratch<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
