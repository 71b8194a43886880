#include "importers/dpmodel/section.hpp"

#include <cmath>
#include <cstdint>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/dpmodel/array.hpp"
#include "importers/kind.hpp"
#include "importers/number_text.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr std::int64_t integers_end = std::int64_t(1) << 31;

[[noreturn]] void refuse_value(const std::string& place, const char* wanted, const Value& value) {
    throw InputError(concat(place, ": expected ", wanted, ", found ", found(value)));
}

/// The value of a tagged array, which is a number where the array has no dimensions; anything else as it is.
const Value& untagged(const Value& value) {
    return value.get("@class").text() == "np.ndarray" ? value.get("value") : value;
}

/// The number of an array without dimensions; null for anything else.
const double* only_number(const Value& value) {
    const auto* array = value.as<std::shared_ptr<const Tensor>>();
    return array && (*array)->shape.empty() ? (*array)->values.data() : nullptr;
}

/// The number that a value is, finite or not; none where it is none.
std::optional<double> number_of(const Value& value) {
    if (const double* only = only_number(value)) return *only;
    if (const auto* whole = value.as<std::int64_t>()) return double(*whole);
    if (const auto* real = value.as<double>()) return *real;
    if (const auto* text = value.as<std::string>()) return number_of_text(*text);
    if (const auto* big = value.as<BigInteger>()) {
        const std::optional<double> nearest = number_of_text(big->digits);
        if (nearest && std::isfinite(*nearest)) return nearest;
    }
    return std::nullopt;
}

}  // namespace

Section::Section(const Value& value, std::string place, Budget& budget)
    : value_(&value), place_(std::move(place)), budget_(&budget) {
    if (!value.is_mapping()) refuse_value(place_, "a mapping", value);
}

std::string Section::at(std::string_view key) const { return concat(place_, ".", key); }
std::string Section::at(std::string_view key, std::size_t k) const { return concat(place_, ".", key, "[", k, "]"); }

const Value& Section::get(std::string_view key) const {
    const Value& value = find(key);
    if (value.is_null()) throw InputError(concat(at(key), " is missing"));
    return value;
}

Section Section::section(std::string_view key) const { return {get(key), at(key), *budget_}; }

std::vector<std::optional<Section>> Section::sections(std::string_view key) const {
    std::vector<std::optional<Section>> out;
    for (const Value& one : list(key)) {
        auto& section = out.emplace_back();
        if (!one.is_null()) section.emplace(one, at(key, out.size() - 1), *budget_);
    }
    return out;
}

const List& Section::list(std::string_view key) const { return as_list(get(key), at(key)); }

const List& Section::list_or_empty(std::string_view key) const {
    static const List empty;
    return has(key) ? list(key) : empty;
}

std::string Section::text(std::string_view key) const {
    const Value& value = get(key);
    const auto* text = value.as<std::string>();
    if (!text) refuse_value(at(key), "text", value);
    return *text;
}

std::string Section::text(std::string_view key, std::string_view otherwise) const {
    return has(key) ? text(key) : std::string(otherwise);
}

bool Section::flag(std::string_view key) const {
    const Value& value = untagged(get(key));
    const auto* flag = value.as<bool>();
    if (!flag) refuse_value(at(key), "true or false", value);
    return *flag;
}

int Section::integer(std::string_view key) const { return as_integer(get(key), at(key)); }
double Section::number(std::string_view key) const { return as_number(get(key), at(key)); }

std::vector<int> Section::integers(std::string_view key) const {
    std::vector<int> out;
    for (const Value& one : list(key)) out.push_back(as_integer(one, at(key, out.size())));
    return out;
}

std::vector<int> Section::integers_or_empty(std::string_view key) const {
    return has(key) ? integers(key) : std::vector<int>();
}

std::shared_ptr<const Tensor> Section::array(std::string_view key) const {
    const Value& value = find(key);
    return value.is_null() ? nullptr : as_array(value, at(key), *budget_);
}

std::shared_ptr<const Tensor> Section::required_array(std::string_view key) const {
    std::shared_ptr<const Tensor> out = array(key);
    if (!out) throw InputError(concat(at(key), " is missing"));
    return out;
}

void check_version(const Section& section, int highest) {
    const int version = section.integer("@version", 1);
    if (1 <= version && version <= highest) return;
    const Value& name = section.find("@class");
    throw refusal(section.place(), concat("version ", version, " of ", name.is_null() ? "this part" : as_text(name),
                                          " (known: 1 to ", highest, ")"));
}

int as_integer(const Value& value, const std::string& place) {
    const Value& scalar = untagged(value);
    const auto* whole = scalar.as<std::int64_t>();
    if (!whole || *whole <= -integers_end || *whole >= integers_end) refuse_value(place, "an integer", scalar);
    return static_cast<int>(*whole);
}

double as_number(const Value& value, const std::string& place) {
    const Value& scalar = untagged(value);
    const std::optional<double> number = number_of(scalar);
    if (!number) refuse_value(place, "a number", scalar);
    if (!std::isfinite(*number)) throw InputError(concat(place, ": ", shown(*number), " is not a finite number"));
    return *number;
}

const List& as_list(const Value& value, const std::string& place) {
    const auto* list = value.as<List>();
    if (!list) refuse_value(place, "a list", value);
    return *list;
}

std::string as_text(const Value& value) { return value.as<std::string>() ? value.text() : shown(value); }

std::string found(const Value& value) {
    if (value.is_mapping()) return "dict";
    if (value.is_list()) return "list";
    if (const double* number = only_number(value)) return shown(*number);
    if (value.as<std::shared_ptr<const Tensor>>()) return "ndarray";
    return concat(value.as<std::string>() ? "the text " : "", shown(value));
}

}  // namespace dpmd::importers
