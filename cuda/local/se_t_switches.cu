#include "local/se_t_switches.hpp"

#include "local/atom_rows.hpp"
#include "local/row_switch.hpp"

namespace dpmd::gpu {
namespace {

/// One thread per row.
template <class Real>
GPU_KERNEL fill_switches_kernel(RowTile<Real> args, PairSwitches<Real> switches) {
    const std::int64_t row = item();
    if (row >= args.rows.ranges[2 * args.environment.n_types + 1]) return;
    const Neighbor neighbor = neighbor_of(args, row);
    const ValueSlope<double> w = switch_of_row(args.environment, neighbor, radial_of(args.environment, neighbor));
    switches.weight[row] = static_cast<Real>(w.value);
    for (int b = 0; b < 3; ++b) switches.difference[b * args.rows.most + row] = w.slope / neighbor.r * neighbor.d[b];
}

}  // namespace

template <class Real>
void fill_switches(Queue& queue, const RowTile<Real>& tile, const PairSwitches<Real>& switches) {
    if (switches.weight == nullptr) return;
    queue.for_each("fill_switches", tile.rows.most, &fill_switches_kernel<Real>, tile, switches);
}

template void fill_switches(Queue&, const RowTile<double>&, const PairSwitches<double>&);
template void fill_switches(Queue&, const RowTile<float>&, const PairSwitches<float>&);

}  // namespace dpmd::gpu
