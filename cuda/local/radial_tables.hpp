#pragma once
// The tables of a moment form (cpp/src/models/local/moment_form.hpp) in device memory, and how kernels look up in them.
#include <type_traits>

#include "local/weights.hpp"
#include "math/moment_table.hpp"
#include "models/local/moment_form.hpp"

namespace dpmd::gpu {

/// The most functions that the kernels have registers for.
inline constexpr int most_table_functions = 256;

/// The table of one neighbour type.
struct TableSection {
    MomentGrid grid;
    double nearest = 0;      ///< Å: nearer neighbours need the networks as trained
    int first_interval = 0;  ///< in the tables of the centre type
};

/// The tables of a centre type: value of function k at place x of interval i is quartets[i][k][0..3] (powers 0 to 3)
/// and pairs[i][k][0..1] (powers 4 and 5). Apart, so that lanes read aligned words that follow each other.
template <class Real>
struct TablesView {
    const TableSection* sections = nullptr;  ///< [n_types] in device memory
    const Real* quartets = nullptr;          ///< [n_intervals][stride][4]
    const Real* pairs = nullptr;             ///< [n_intervals][stride][2]
    int stride = 0;                          ///< functions, padded
};

/// Throws InputError when there are more functions than the kernels take.
void require_kernels(const MomentCenter& center);

template <class Real>
TablesView<Real> prepare_tables(const MomentCenter& from, Weights<Real>& weights);

/// Four and two coefficients, read at once.
template <class Real>
struct alignas(16) Quartet {
    Real a[4];
};
template <class Real>
struct alignas(2 * sizeof(Real)) Pair {
    Real a[2];
};

/// Calls f with the groups of 32 functions that a tile of lanes takes, one of each group a lane, as a constant.
template <class F>
void with_groups(int stride, const F& f) {
    if (stride <= 32) f(std::integral_constant<int, 1>());
    else if (stride <= 64) f(std::integral_constant<int, 2>());
    else if (stride <= 128) f(std::integral_constant<int, 4>());
    else f(std::integral_constant<int, most_table_functions / 32>());
}

template <class Real>
GPU_DEVICE void read_coefficients(const TablesView<Real>& tables, int interval, int channel, Real a[6]) {
    const std::int64_t at = std::int64_t(interval) * tables.stride + channel;
    const auto q = reinterpret_cast<const Quartet<Real>*>(tables.quartets)[at];
    const auto p = reinterpret_cast<const Pair<Real>*>(tables.pairs)[at];
    GPU_UNROLL for (int k = 0; k < 4; ++k) a[k] = q.a[k];
    GPU_UNROLL for (int k = 0; k < 2; ++k) a[4 + k] = p.a[k];
}

/// Where a neighbour stands in the tables.
template <class Real>
struct TablePosition {
    int interval;
    Real x, slope;  ///< place in the interval, 0 to 1; dx/ds
};

template <class Real>
GPU_DEVICE TablePosition<Real> table_position(const TablesView<Real>& tables, int type, double r,
                                              const EnvironmentRadial<double>& f) {
    const TableSection& section = tables.sections[type];
    const ValueSlope<double> place = moment_place_of(r, f, section.grid);
    int interval = static_cast<int>(place.value);
    interval = interval < section.grid.n_intervals - 1 ? interval : section.grid.n_intervals - 1;
    interval = interval > 0 ? interval : 0;
    return {section.first_interval + interval, static_cast<Real>(place.value - double(interval)),
            static_cast<Real>(place.slope)};
}

}  // namespace dpmd::gpu
