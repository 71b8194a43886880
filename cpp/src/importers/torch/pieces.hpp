#pragma once
// Pieces of DeePMD-kit's PyTorch modules as pieces of its model dictionary.
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "importers/value.hpp"

namespace dpmd::importers {

using Array = std::shared_ptr<const Tensor>;

/// Adds a member to a mapping.
template <class T>
void add(Mapping& mapping, std::string_view key, T value) {
    mapping.push_back({std::string(key), Value(std::move(value))});
}
/// An array as a value; null where there is none.
Value value_of(Array array);

/// A layer; PyTorch applies a time step exactly where it stores one.
Mapping layer_section(Value weight, Value bias, Value timestep, Value activation, Value resnet);
/// A linear map with a bias.
Value linear_section(Value weight, Value bias);
/// One descriptor as it is, several as a hybrid.
Value joined_descriptors(std::vector<Value> descriptors);
/// A network collection over n_keys types each, the first key fastest.
Value collection(List networks, int n_keys, int n_types);

/// Pairs of types from a mask [(n_types + 1)^2], whose last row and column are for empty slots; none where there is no
/// mask. Throws InputError that begins with `place` for a mask of another size.
Value excluded_pairs(const Tensor* mask, int n_types, const std::string& place);
/// Types from a mask [n_types], which may end with one entry for absent atoms; none where there is no mask.
Value excluded_atoms(const Tensor* mask, int n_types);

/// The number of types of a descriptor by its section.
int types_of(const Value& descriptor);

}  // namespace dpmd::importers
