#pragma once
// Local frames: neighbours in the order of their distances, the frame that two of them span, the components in it as
// features, and the same backwards.
#include "cpu/local/local_frame_prepared.hpp"
#include "cpu/tile/features.hpp"
#include "cpu/tile/rows.hpp"
#include "cpu/tile/stage_clock.hpp"
#include "math/axis_frame.hpp"

namespace dpmd::cpu::DPMD_ISA {

/// What the way back needs.
struct LocalFrameTape {
    int* order;         ///< [n_rows] rows of an atom in a section, by distance
    int* axes;          ///< [n_atoms][2] the rows of the axes, -1: there is none
    AxisFrame* frames;  ///< [n_atoms]
};

/// The rows [first, last) by distance, equal distances in the order of the list.
inline void sort_by_distance(const double* distance, int first, int last, int* order) {
    for (int r = first; r < last; ++r) {
        int at = r;
        for (; at > first && distance[order[at - 1]] > distance[r]; --at) order[at] = order[at - 1];
        order[at] = r;
    }
}

template <class Real>
DPMD_HD void difference_of(const TileRows<Real>& rows, int row, double out[3]) {
    for (int b = 0; b < 3; ++b) out[b] = rows.difference[b][row];
}

/// The row of the neighbour of an atom at a place of a type and the vector to it; -1 and zeros where it has fewer.
template <class Real>
int find_axis(const LocalFrame::Axis& axis, const TileRows<Real>& rows, int atom, const int* order, double vector[3]) {
    const int at = rows.begin(axis.neighbor_type, atom) + axis.place;
    if (at >= rows.end(axis.neighbor_type, atom)) {
        for (int b = 0; b < 3; ++b) vector[b] = 0;
        return -1;
    }
    difference_of(rows, order[at], vector);
    return order[at];
}

/// Finds the rows of the axes of an atom. Without them, its frame and so its energy are not numbers.
template <class Real>
AxisFrame find_frame(const LocalFrame::Axes& from, const TileRows<Real>& rows, int atom, const int* order,
                     int axes[2]) {
    double u[3], w[3];
    LocalFrame::Axis second = from.second;
    axes[0] = find_axis(from.first, rows, atom, order, u);
    axes[1] = find_axis(second, rows, atom, order, w);
    if (is_against(u, w)) {
        ++second.place;
        axes[1] = find_axis(second, rows, atom, order, w);
    }
    return axis_frame(u, w);
}

/// Calls f(row, slot) for the neighbours of an atom.
template <class Real, class F>
DPMD_HD void for_slots(const PackedLocalFrame<Real>& descriptor, const TileRows<Real>& rows, int atom, const int* order,
                       F&& f) {
    for (int t = 0; t < descriptor.n_types; ++t) {
        const LocalFrame::Section& section = descriptor.sections[std::size_t(t)];
        const int first = rows.begin(t, atom), n = rows.end(t, atom) - first;
        for (int k = 0; k < n; ++k) f(order[first + k], section.slot(k));
    }
}

/// From neighbours to features; returns a LocalFrameTape.
template <class Real>
const void* forward(const PackedLocalFrame<Real>& descriptor, int center, const TileRows<Real>& rows,
                    const Features<Real>& features, Workspace& workspace, StageClock& clock) {
    auto* tape = workspace.take<LocalFrameTape>(1);
    tape->order = workspace.take<int>(std::size_t(rows.n_rows));
    tape->axes = workspace.take<int>(2 * std::size_t(rows.n_atoms));
    tape->frames = workspace.take<AxisFrame>(std::size_t(rows.n_atoms));
    const double* shift = descriptor.of_center(descriptor.shift, center);
    const double* inverse_scale = descriptor.of_center(descriptor.inverse_scale, center);
    for (int a = 0; a < rows.n_atoms; ++a) {
        for (int t = 0; t < rows.n_types; ++t)
            sort_by_distance(rows.distance, rows.begin(t, a), rows.end(t, a), tape->order);
        const AxisFrame frame =
            find_frame(descriptor.axes[std::size_t(center)], rows, a, tape->order, tape->axes + 2 * a);
        tape->frames[a] = frame;
        Real* to = features.row(a);
        for (int k = 0; k < descriptor.n_slot_features; ++k) to[k] = static_cast<Real>(-shift[k] * inverse_scale[k]);
        for_slots(descriptor, rows, a, tape->order, [&](int r, const LocalFrame::Slot& slot) {
            double d[3], row[LocalFrame::n_full];
            difference_of(rows, r, d);
            frame_row(frame, d, rows.distance[r], row);
            for (int k = 0; k < slot.n_components; ++k) {
                const int f = slot.first + k;
                to[f] = static_cast<Real>((row[k] - shift[f]) * inverse_scale[f]);
            }
        });
    }
    clock.ends(Stage::descriptor);
    return tape;
}

/// The gradient of the differences from the derivatives of the features.
template <class Real>
void backward(const PackedLocalFrame<Real>& descriptor, int center, const void* taped, const TileRows<Real>& rows,
              const Features<Real>& d_features, RowGradient<Real>& gradient, Workspace& workspace, StageClock& clock) {
    const auto& tape = *static_cast<const LocalFrameTape*>(taped);
    const double* inverse_scale = descriptor.of_center(descriptor.inverse_scale, center);
    for (double*& component : gradient.difference) {
        component = workspace.take<double>(std::size_t(rows.n_rows));
        for (int r = 0; r < rows.n_rows; ++r) component[r] = 0;
    }
    for (int r = 0; r < rows.n_rows; ++r) gradient.component[0][r] = Real(0);
    const auto add = [&](int r, const double g[3]) {
        for (int b = 0; b < 3; ++b) gradient.difference[b][r] += g[b];
    };
    for (int a = 0; a < rows.n_atoms; ++a) {
        const Real* from = d_features.row(a);
        double d_frame[3][3] = {};
        for_slots(descriptor, rows, a, tape.order, [&](int r, const LocalFrame::Slot& slot) {
            double d[3], of_row[LocalFrame::n_full] = {}, g[3];
            for (int k = 0; k < slot.n_components; ++k)
                of_row[k] = double(from[slot.first + k]) * inverse_scale[slot.first + k];
            difference_of(rows, r, d);
            frame_row_gradient(tape.frames[a], d, rows.distance[r], of_row, g, d_frame);
            add(r, g);
        });
        const int* axes = tape.axes + 2 * a;
        if (axes[0] < 0 || axes[1] < 0) continue;
        double w[3], of_axis[2][3];
        difference_of(rows, axes[1], w);
        axis_frame_gradient(tape.frames[a], w, d_frame, of_axis[0], of_axis[1]);
        for (int k = 0; k < 2; ++k) add(axes[k], of_axis[k]);
    }
    clock.ends(Stage::descriptor);
}

}  // namespace dpmd::cpu::DPMD_ISA
