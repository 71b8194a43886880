#include "importers/torch/pieces.hpp"

#include <algorithm>
#include <cstdint>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::importers {

Value value_of(Array array) { return array ? Value(std::move(array)) : Value(); }

Mapping layer_section(Value weight, Value bias, Value timestep, Value activation, Value resnet) {
    Mapping out, variables;
    add(out, "bias", !bias.is_null());
    add(out, "use_timestep", !timestep.is_null());
    add(out, "activation_function", std::move(activation));
    add(out, "resnet", std::move(resnet));
    add(variables, "w", std::move(weight));
    add(variables, "b", std::move(bias));
    add(variables, "idt", std::move(timestep));
    add(out, "@variables", std::move(variables));
    return out;
}

Value linear_section(Value weight, Value bias) {
    Mapping out, variables;
    add(variables, "w", std::move(weight));
    add(variables, "b", std::move(bias));
    add(out, "@variables", std::move(variables));
    return Value(std::move(out));
}

Value joined_descriptors(std::vector<Value> descriptors) {
    if (descriptors.size() == 1) return std::move(descriptors.front());
    Mapping out;
    add(out, "type", std::string("hybrid"));
    add(out, "list", std::move(descriptors));
    return Value(std::move(out));
}

Value collection(List networks, int n_keys, int n_types) {
    Mapping out;
    add(out, "ndim", std::int64_t(n_keys));
    add(out, "ntypes", std::int64_t(n_types));
    add(out, "networks", std::move(networks));
    return Value(std::move(out));
}

Value excluded_pairs(const Tensor* mask, int n_types, const std::string& place) {
    List pairs;
    if (mask == nullptr) return Value(std::move(pairs));
    const auto n_rows = std::size_t(n_types) + 1;
    if (mask->size() != n_rows * n_rows)
        throw InputError(concat(place, ": a mask of ", mask->size(), " numbers for pairs of ", n_types, " types"));
    for (int i = 0; i < n_types; ++i)
        for (int j = 0; j < n_types; ++j)
            if (mask->values[std::size_t(i) * n_rows + std::size_t(j)] == 0)
                pairs.emplace_back(List{Value(std::int64_t(i)), Value(std::int64_t(j))});
    return Value(std::move(pairs));
}

Value excluded_atoms(const Tensor* mask, int n_types) {
    List types;
    if (mask != nullptr)
        for (std::size_t t = 0; t < std::min(mask->size(), std::size_t(n_types)); ++t)
            if (mask->values[t] == 0) types.emplace_back(std::int64_t(t));
    return Value(std::move(types));
}

int types_of(const Value& descriptor) {
    const auto* n_types = descriptor.get("ntypes").as<std::int64_t>();
    return int(n_types != nullptr ? *n_types : std::int64_t(descriptor.get("sel").entries().size()));
}

}  // namespace dpmd::importers
