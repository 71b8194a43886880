// Tables that replace embedding nets.
#include "math/quintic_table.hpp"
#include "nets/layer_product.hpp"

namespace dpmd::gpu {
namespace {

template <class Real>
struct TableArgs {
    TableView<Real> table;
    RowRange rows;
    const Real* x;
    const Real* dy;
    Real* out;
};

/// Value and derivative of one channel.
template <class Real>
GPU_DEVICE ValueSlope<Real> table_channel(const TableView<Real>& table, const TablePlace& place, int channel) {
    const Real* a = table.coefficients + (std::int64_t(place.row) * table.stride + channel) * 6;
    ValueSlope<Real> f = quintic<Real, Real>(a, static_cast<Real>(place.argument));
    const auto beyond = static_cast<Real>(place.beyond);
    if (beyond != Real(0)) {
        if (table.grid.linear_extrapolation) f.value += f.slope * beyond;
        else f.slope = Real(0);
    }
    return f;
}

template <class Real>
GPU_KERNEL table_forward_kernel(TableArgs<Real> args) {
    std::int64_t first, count;
    find_rows(args.rows, first, count);
    const std::int64_t row = item() / args.table.stride;
    const int channel = static_cast<int>(item() % args.table.stride);
    if (row >= count) return;
    const TablePlace place = table_place(static_cast<double>(args.x[first + row]), args.table.grid);
    args.out[(first + row) * args.table.stride + channel] = table_channel(args.table, place, channel).value;
}

template <class Real>
GPU_KERNEL table_backward_kernel(TableArgs<Real> args) {
    std::int64_t first, count;
    find_rows(args.rows, first, count);
    const std::int64_t row = item();
    if (row >= count) return;
    const TablePlace place = table_place(static_cast<double>(args.x[first + row]), args.table.grid);
    const Real* dy = args.dy + (first + row) * args.table.stride;
    Real sum(0);
    for (int c = 0; c < args.table.stride; ++c) sum += table_channel(args.table, place, c).slope * dy[c];
    args.out[first + row] = sum;
}

}  // namespace

template <class Real>
void table_forward(Queue& queue, const TableView<Real>& table, RowRange rows, const Real* x, Real* y) {
    queue.for_each("table_forward", rows.most * table.stride, &table_forward_kernel<Real>,
                   TableArgs<Real>{table, rows, x, nullptr, y});
}

template <class Real>
void table_backward(Queue& queue, const TableView<Real>& table, RowRange rows, const Real* x, const Real* dy,
                    Real* dx) {
    queue.for_each("table_backward", rows.most, &table_backward_kernel<Real>, TableArgs<Real>{table, rows, x, dy, dx});
}

#define DPMD_INSTANTIATE(Real)                                                                 \
    template void table_forward(Queue&, const TableView<Real>&, RowRange, const Real*, Real*); \
    template void table_backward(Queue&, const TableView<Real>&, RowRange, const Real*, const Real*, Real*);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::gpu
