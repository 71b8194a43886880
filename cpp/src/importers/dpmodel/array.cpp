#include "importers/dpmodel/array.hpp"

#include <algorithm>
#include <limits>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/dpmodel/section.hpp"
#include "importers/number_text.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr std::string_view types[] = {"float64", "float32", "float16", "int64", "int32", "bool"};

using Array = std::shared_ptr<const Tensor>;

[[noreturn]] void refuse_numbers(const std::string& place, const std::string& why) {
    throw InputError(concat(place, ": not an array of numbers: ", why));
}

/// Lists and what is in them, each counted; bounds the depth.
std::uint64_t count(const Value& value, const std::string& place, int depth) {
    if (!value.is_list()) return 1;
    if (depth > max_nesting) throw InputError(concat(place, ": lists nested deeper than ", max_nesting));
    std::uint64_t out = 1;
    for (const Value& one : value.entries()) out += count(one, place, depth + 1);
    return out;
}

/// A number as NumPy reads it in a list.
double entry(const Value& value, const std::string& place) {
    if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
    if (const auto* real = value.as<double>()) return *real;
    if (const auto* whole = value.as<std::int64_t>()) return double(*whole);
    if (const auto* flag = value.as<bool>()) return *flag ? 1 : 0;
    if (const auto* text = value.as<std::string>()) {
        if (const std::optional<double> number = number_of_text(*text)) return *number;
        refuse_numbers(place, concat("could not convert string to float: ", shown(std::string_view(*text))));
    }
    if (const auto* big = value.as<BigInteger>()) return as_number(Value(big->digits), place);
    refuse_numbers(place, concat("float() argument must be a string or a real number, not '", found(value), "'"));
}

/// Collects nested lists, all of which at one depth must have the same length.
class Stack {
public:
    Stack(const std::string& place, Tensor& out) : place_(place), out_(out) {}

    void add(const Value& value, std::size_t depth) {
        if (const auto* array = value.as<Array>()) return add_array(**array, depth);
        if (value.is_list()) return add_list(value.entries(), depth);
        require(depth == out_.shape.size(), depth);
        is_deepest_ = true;
        out_.values.push_back(entry(value, place_));
    }

private:
    void add_list(const List& list, std::size_t depth) {
        extend(depth, std::int64_t(list.size()));
        for (const Value& one : list) add(one, depth + 1);
    }
    void add_array(const Tensor& array, std::size_t depth) {
        for (const std::int64_t n : array.shape) extend(depth++, n);
        require(depth == out_.shape.size(), depth);
        is_deepest_ = true;
        out_.values.insert(out_.values.end(), array.values.begin(), array.values.end());
    }
    /// A list of this length stands at this depth.
    void extend(std::size_t depth, std::int64_t n) {
        if (depth < out_.shape.size()) return require(out_.shape[depth] == n, depth);
        require(!is_deepest_, depth);
        if (depth >= max_dimensions) refuse_numbers(place_, concat("more than ", max_dimensions, " dimensions"));
        out_.shape.push_back(n);
    }
    void require(bool condition, std::size_t depth) const {
        if (condition) return;
        refuse_numbers(place_, concat("its lists have different lengths after ", depth, " dimensions"));
    }

    const std::string& place_;
    Tensor& out_;
    bool is_deepest_ = false;  ///< the depth of the numbers is known
};

Array of_mapping(const Mapping& mapping, const std::string& place, Budget& budget) {
    const auto member = [&](std::string_view key) {
        const auto at = std::find_if(mapping.begin(), mapping.end(), [&](const Member& one) { return one.key == key; });
        return at == mapping.end() ? nullptr : &at->value;
    };
    const Value otherwise{std::string("float64")};
    const Value *type = member("dtype"), *value = member("value");
    if (!type) type = &otherwise;
    if (!value || std::find(std::begin(types), std::end(types), type->text()) == std::end(types))
        throw InputError(concat(place, ": an array of type ", shown(*type), " cannot be read"));
    return as_array(*value, place, budget);
}

}  // namespace

std::shared_ptr<const Tensor> as_array(const Value& value, const std::string& place, Budget& budget) {
    if (const auto* array = value.as<Array>()) return *array;
    if (const auto* mapping = value.as<Mapping>()) return of_mapping(*mapping, place, budget);
    auto out = std::make_shared<Tensor>();
    if (value.is_list()) {
        budget.take(sizeof(double) * count(value, place, 0), place);
        Stack(place, *out).add(value, 0);
    } else {
        if (value.is_null() || value.as<std::string>())
            throw InputError(concat(place, ": expected an array, found ", found(value)));
        out->values.push_back(as_number(value, place));  // an array without dimensions
    }
    return out;
}

}  // namespace dpmd::importers
