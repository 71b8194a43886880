#include "importers/common.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/kind.hpp"
#include "importers/limits.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t n_table_numbers = 6, n_used_numbers = 5;

/// [types, slots, components], for a message.
Shape statistics_shape(int n_types, const std::vector<int>& sel, int n_components) {
    return {n_types, std::accumulate(sel.begin(), sel.end(), std::int64_t(0)), n_components};
}

void require_by_slot(const Tensor& values, const Shape& shape, const std::vector<int>& sel, const std::string& place) {
    if (values.shape != shape && values.shape != Shape{shape[0], shape[1] * shape[2]})
        throw InputError(concat(place, " has shape ", shown_shape(values.shape), "; ", shape[0], " types with sel ",
                                shown(sel), " need ", shown_shape(shape)));
}

/// Whether a slot has the shift and scale of the first, for all centre types.
std::vector<bool> slots_like_first(const Tensor& davg, const Tensor& dstd, const Shape& shape) {
    const auto n_slots = std::size_t(shape[1]), n = std::size_t(shape[2]);
    std::vector<bool> out(n_slots, true);
    for (const Tensor* rows : {&davg, &dstd})
        for (std::size_t t = 0; t < std::size_t(shape[0]); ++t) {
            const double* first = rows->values.data() + t * n_slots * n;
            for (std::size_t slot = 0; slot < n_slots; ++slot)
                if (!std::equal(first, first + n, first + slot * n)) out[slot] = false;
        }
    return out;
}

std::vector<double> first_slots(const Tensor& rows, const Shape& shape) {
    const auto n_slots = std::size_t(shape[1]), n = std::size_t(shape[2]);
    std::vector<double> out;
    for (std::size_t t = 0; t < std::size_t(shape[0]); ++t) {
        const double* first = rows.values.data() + t * n_slots * n;
        out.insert(out.end(), first, first + n);
    }
    return out;
}

void require_columns(const Tensor* vector, int n_out, const char* name, const std::string& place) {
    if (vector != nullptr && vector->size() != std::size_t(n_out))
        throw InputError(
            concat(place, ": its ", name, " holds ", vector->size(), " numbers, the layer has ", n_out, " outputs"));
}

}  // namespace

Skip skip_by_width(std::int64_t n_in, std::int64_t n_out) {
    return n_out == n_in ? Skip::identity : n_out == 2 * n_in ? Skip::twice : Skip::none;
}

Layer make_layer(Tensor weight, Tensor* bias, Tensor* timestep, const std::string& place) {
    constexpr std::int64_t widest = std::numeric_limits<int>::max();
    if (!weight.is_matrix())
        throw InputError(concat(place, " has shape ", shown_shape(weight.shape), ", expected a matrix"));
    if (weight.size() == 0 || weight.shape[0] > widest || weight.shape[1] > widest)
        throw InputError(concat(place, " has shape ", shown_shape(weight.shape), ", which is none of a layer"));
    Layer out;
    out.n_in = static_cast<int>(weight.shape[0]);
    out.n_out = static_cast<int>(weight.shape[1]);
    require_columns(bias, out.n_out, "bias", place);
    require_columns(timestep, out.n_out, "timestep", place);
    out.weight = std::move(weight.values);
    if (bias != nullptr) out.bias = std::move(bias->values);
    if (timestep != nullptr) out.timestep = std::move(timestep->values);
    return out;
}

std::vector<int> checked_sel(const std::vector<std::int64_t>& sel, const std::string& place) {
    constexpr std::int64_t most = std::numeric_limits<int>::max();
    bool can_be = !sel.empty() && sel.size() <= std::size_t(max_types);
    std::int64_t sum = 0;
    for (const std::int64_t n : sel) {
        can_be = can_be && n >= 0 && n <= most;
        sum += can_be ? n : 0;
    }
    if (!can_be || sum == 0 || sum > most)
        throw InputError(concat(place, ": ", shown(sel), " are not the slots of 1 to ", max_types, " types"));
    return {sel.begin(), sel.end()};
}

int checked_types(std::int64_t n_types, const std::string& place) {
    if (n_types < 1 || n_types > max_types)
        throw InputError(concat(place, ": ", n_types, " is not a number of 1 to ", max_types, " types"));
    return static_cast<int>(n_types);
}

TypePairs read_type_pairs(const Value& list, int n_types, const std::string& place) {
    if (!list.is_null() && !list.is_list())
        throw InputError(concat(place, ": ", shown(list), " is not a list of pairs of types"));
    TypePairs out;
    for (const Value& pair : list.entries()) {
        const List& both = pair.entries();
        if (both.size() != 2) throw InputError(concat(place, ": ", shown(pair), " is not a pair of types"));
        int types[2] = {0, 0};
        for (std::size_t k = 0; k < 2; ++k) {
            const auto* type = both[k].as<std::int64_t>();
            if (type == nullptr || *type < 0 || *type >= n_types)
                throw InputError(concat(place, ": ", shown(pair), " names a type outside 0..", n_types - 1));
            types[k] = static_cast<int>(*type);
        }
        out.emplace_back(std::min(types[0], types[1]), std::max(types[0], types[1]));
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

RowStatistics row_statistics(const Tensor& davg, const Tensor& dstd, const std::vector<int>& sel, int n_components,
                             const std::string& place, int n_types) {
    const Shape shape = statistics_shape(n_types, sel, n_components);
    for (const Tensor* values : {&davg, &dstd}) require_by_slot(*values, shape, sel, place);
    const std::vector<bool> alike = slots_like_first(davg, dstd, shape);
    RowStatistics out;
    bool is_lost = false;
    for (std::size_t t = 0, start = 0; t < sel.size(); start += std::size_t(sel[t++])) {
        int count = 0;
        while (count < sel[t] && alike[start + std::size_t(count)]) ++count;
        out.sel.push_back(count);
        is_lost = is_lost || (count == 0 && sel[t] > 0);
    }
    const bool is_shifted = std::any_of(davg.values.begin(), davg.values.end(), [](double x) { return x != 0; });
    if (is_lost || (out.sel != sel && is_shifted))
        throw refusal(place, "a shift or scale that differs between the slots of one type");
    out.shift = first_slots(davg, shape);
    out.scale = first_slots(dstd, shape);
    return out;
}

Table make_table(Tensor coefficients, const Tensor& info, const std::string& place, bool is_symmetric) {
    if (info.size() != n_table_numbers)
        throw InputError(concat(place, ": table info has shape ", shown_shape(info.shape), ", must hold 6 numbers"));
    double numbers[n_used_numbers];
    for (std::size_t k = 0; k < n_used_numbers; ++k) {
        if (!std::isfinite(info.values[k]))
            throw InputError(
                concat(place, ": table info holds ", shown(info.values[k]), ", a number that is not finite"));
        numbers[k] = shortest_decimal(info.values[k]);
    }
    constexpr std::int64_t n_coefficients = 6, most = std::numeric_limits<int>::max();
    if (!coefficients.is_matrix() || coefficients.shape[1] % n_coefficients != 0 || coefficients.size() == 0 ||
        coefficients.shape[0] > most || coefficients.shape[1] > most)
        throw InputError(concat(place, ": a table of shape ", shown_shape(coefficients.shape),
                                " does not hold six coefficients for each channel"));
    Table out;
    out.lower = numbers[0];
    out.upper = numbers[1];
    out.max = numbers[2];
    out.stride0 = numbers[3];
    out.stride1 = numbers[4];
    out.min = is_symmetric ? -out.max : out.lower;
    // DeePMD-kit 3.2.0 continues value and slope; earlier releases returned the value at the end, with a force that is
    // zero and a jump in energy.
    out.linear_extrapolation = true;
    out.n_rows = static_cast<int>(coefficients.shape[0]);
    out.n_channels = static_cast<int>(coefficients.shape[1] / n_coefficients);
    out.coefficients = std::move(coefficients.values);
    return out;
}

double shortest_decimal(double value) {
    const auto single = static_cast<float>(value);
    if (double(single) != value || !std::isfinite(value)) return value;
    char text[40];
    const char* end = std::to_chars(text, text + sizeof text, single).ptr;
    double out = value;
    std::from_chars(text, end, out);
    return out;
}

std::vector<double> sized(Tensor tensor, std::size_t size, const std::string& place) {
    if (tensor.size() != size) throw InputError(concat(place, " holds ", tensor.size(), " numbers, expected ", size));
    return std::move(tensor.values);
}

std::vector<std::string> type_names(const std::vector<std::string>& names, int n_types, const std::string& place) {
    std::vector<std::string> out = names;
    if (names.empty())
        for (int t = 0; t < n_types; ++t) out.push_back(concat("X", t));
    if (out.size() != std::size_t(n_types)) {
        List shown_names;
        for (const std::string& name : names) shown_names.emplace_back(name);
        throw InputError(
            concat(place, ": type map ", shown(Value(std::move(shown_names))), " does not name ", n_types, " types"));
    }
    return out;
}

std::optional<double> positive_or_none(double value) {
    return std::isfinite(value) && value > 0 ? std::optional<double>(value) : std::nullopt;
}

}  // namespace dpmd::importers
