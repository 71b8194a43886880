#pragma once
// DeePMD-kit's pair tables: in every format four numbers and the coefficients of cubic splines.
#include <string>
#include <vector>

#include "importers/tensor.hpp"
#include "models/local/pair_table.hpp"

namespace dpmd::importers {

/// A pair table without shifts, exclusions and slots. `info` holds the least distance and the spacing, Å, the number of
/// intervals and of types; `data` for each pair of types and interval the coefficients of the powers 3, 2, 1, 0.
PairTable read_pair_table(const Tensor& info, Tensor data, int n_types, double cutoff, const std::string& place);

/// Slots by neighbour type.
void set_slots(PairTable& table, std::vector<int> sel);
/// Slots of all types together.
void set_shared_slots(PairTable& table, int n_slots);

}  // namespace dpmd::importers
