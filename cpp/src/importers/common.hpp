#pragma once
// Rules that every format of DeePMD-kit shares.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/tensor.hpp"
#include "importers/value.hpp"
#include "models/nets/network.hpp"
#include "models/type_pairs.hpp"

namespace dpmd::importers {

/// DeePMD-kit's name of an activation, null for none, as the activation of a layer.
void set_activation(Layer& layer, const Value& name, const std::string& place);

/// The residual rule of embedding nets: by the widths alone.
Skip skip_by_width(std::int64_t n_in, std::int64_t n_out);

/// A weight with its bias and its timestep, which may be null, as a layer without activation and skip. Throws
/// InputError unless the weight is a matrix, and the others have its number of columns.
Layer make_layer(Tensor weight, Tensor* bias, Tensor* timestep, const std::string& place);

/// Slots per neighbour type, after a look whether they can be.
std::vector<int> checked_sel(const std::vector<std::int64_t>& sel, const std::string& place);
/// A number of types, after a look whether it can be.
int checked_types(std::int64_t n_types, const std::string& place);

/// Unordered pairs of types from a list of them, each once, sorted; a null value has none.
TypePairs read_type_pairs(const Value& list, int n_types, const std::string& place);

struct RowStatistics {
    std::vector<double> shift, scale;  ///< [n_types][n_components]
    std::vector<int> sel;              ///< the slots of each type that share them
};

/// davg and dstd [n_types][slots][n_components], the last two of which may be one, reduced to what is the same for all
/// slots of a centre type. DeePMD-kit stores them per slot, and dpmd relies on it that all slots have the same. Where a
/// graph was trained on with a larger sel, the slots that were added at the end of a type's section hold other scales.
/// They are not used: with davg = 0, the only case in which DeePMD-kit takes another sel, an empty slot adds nothing.
/// An atom that needs them has too many neighbours. Where all types together have slots, sel is one number.
RowStatistics row_statistics(const Tensor& davg, const Tensor& dstd, const std::vector<int>& sel, int n_components,
                             const std::string& place, int n_types);

/// A compression table and its six numbers: lower, upper, max, stride0, stride1 and a check frequency.
/// Single-precision numbers are read as the short decimals that they were made from (0.01, not 0.00999999978). A
/// symmetric table has coarse steps from -max to lower too.
Table make_table(Tensor coefficients, const Tensor& info, const std::string& place, bool is_symmetric = false);

/// A number that float32 holds exactly, as the shortest decimal that rounds to it.
double shortest_decimal(double value);

/// The values of an array that must have `size` of them.
std::vector<double> sized(Tensor tensor, std::size_t size, const std::string& place);

/// The type map; X0, X1, ... where the source has none.
std::vector<std::string> type_names(const std::vector<std::string>& names, int n_types, const std::string& place);

/// A training statistic where it is a usable number.
std::optional<double> positive_or_none(double value);

/// Parses JSON. As in Python, numbers beyond the range of float64 stay text, and so do NaN and Infinity. The numbers of
/// an array in DeePMD-kit's notation, {"@class": "np.ndarray", "value": [[...]]}, become a tensor in the place of their
/// lists. Throws InputError for what is no JSON, and for values nested deeper than max_nesting.
Value json_document(std::string_view text, const std::string& place);

}  // namespace dpmd::importers
