#include "local/scatter.hpp"

#include "local/pair_gradients.hpp"
#include "local/tile_grid.hpp"

namespace dpmd::gpu {
namespace {

/// One tile of lanes per atom.
template <class Real, int n_components>
GPU_KERNEL scatter_rows_kernel(RowTile<Real> args, RowGradients<Real> gradients) {
    const int tiles = block_threads() / tile_lanes;
    const SystemView& system = args.tile.system;
    TileVirial tile_virial;
    for (int a = block_index() * tiles + tile(); a < args.tile.n_atoms; a += grid_blocks() * tiles) {
        const std::int32_t atom = args.tile.atoms[a];
        const std::int64_t first = system.first[atom], last = system.first[atom + 1];
        std::int64_t own[3] = {};
        double virial[9] = {};
        for (int t = 0; t < args.environment.n_types; ++t)
            for (std::int32_t r =
                     args.rows.first[args.rows.place(t, a, args.tile.n_atoms, args.environment.n_types)] + lane();
                 r < args.rows.first[args.rows.place(t, a, args.tile.n_atoms, args.environment.n_types) + 1];
                 r += tile_lanes) {
                const Neighbor neighbor =
                    read_neighbor(system, args.environment, atom, first, last, args.rows.neighbor[r]);
                const EnvironmentRadial<double> f = radial_of(args.environment, neighbor);
                Real gradient[n_components] = {};
                if (gradients.components != nullptr)
                    for (int k = 0; k < n_components; ++k) gradient[k] = gradients.components[k * args.rows.most + r];
                if (gradients.through_nets != nullptr) gradient[0] += gradients.through_nets[r];
                double beside[3] = {};
                if (gradients.difference != nullptr)
                    for (int b = 0; b < 3; ++b) beside[b] = gradients.difference[b * args.rows.most + r];
                add_row<n_components>(system, args.environment, atom, neighbor, f, gradient, own, virial, beside);
            }
        sync_tile();
        add_own(system, atom, own, virial, tile_virial);
    }
    tile_virial.finish(system.totals);
}

}  // namespace

template <class Real>
void scatter_rows(Queue& queue, const RowTile<Real>& args, const RowGradients<Real>& gradients) {
    const auto kernel =
        args.environment.n_components == 1 ? &scatter_rows_kernel<Real, 1> : &scatter_rows_kernel<Real, 4>;
    queue.launch("scatter_rows", kernel, looping_grid(queue, args.tile.n_atoms, atoms_per_block), threads_of_atoms, 0,
                 args, gradients);
}

#define DPMD_INSTANTIATE(Real) template void scatter_rows(Queue&, const RowTile<Real>&, const RowGradients<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
