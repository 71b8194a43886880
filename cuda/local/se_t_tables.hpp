#pragma once
// se_e3 in tables (cpp/src/models/local/angle_tables.hpp): from rows to features and from the gradient of the features
// to that of the rows, without an array of pairs. The twin of cpp/src/cpu/tile/se_t_tables.hpp.
#include "local/parameters.hpp"
#include "local/se_t_pairs.hpp"
#include "local/se_t_switches.hpp"
#include "local/served_atoms.hpp"
#include "math/angle_table.hpp"

namespace dpmd::gpu {

/// The tables of all pairs of types, in device memory.
template <class Real>
struct AngleTablesView {
    const AngleGrid<Real>* grids = nullptr;  ///< [pairs of types]
    const std::int32_t* first = nullptr;     ///< [pairs of types] first interval in the coefficients
    const Real* coefficients = nullptr;      ///< [intervals][stride][angle_powers], times the factor of the pair
    int stride = 0;                          ///< channels, padded
    double nearest = 0;                      ///< Å
};

template <class Real>
struct SeTTablesTileArgs : RowTile<Real> {
    TypePairsView types{};
    SeTFrame<Real> frame{};
    PairSwitches<Real> switches{};
    AngleTablesView<Real> tables{};
    ServedAtoms served{};
    FittingInput<Real> input{};
    Real* row_gradient = nullptr;  ///< [4][most rows]
};

/// From rows to features with parameters.
template <class Real>
void se_t_tables_forward(Queue& queue, const SeTTablesTileArgs<Real>& args);
/// From the gradient of the features to that of the rows; 0 for atoms that are not served.
template <class Real>
void se_t_tables_backward(Queue& queue, const SeTTablesTileArgs<Real>& args);

}  // namespace dpmd::gpu
