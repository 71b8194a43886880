#pragma once
// The modules of a TorchScript model: their attributes, and the parts that all of them have in common.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "importers/torch/pieces.hpp"
#include "importers/torch/torch_archive.hpp"

namespace dpmd::importers {

/// An object of the pickle, with attributes by name.
class TorchModule {
public:
    /// The module that a value is; it refers to the archive. Throws InputError for other values.
    TorchModule(const Pickled& value, std::string place, TorchArchive& archive);

    /// Where it stands in the model, for messages.
    const std::string& place() const { return place_; }
    /// The place in the file too.
    std::string whole_place() const;
    /// The last part of the name of its class.
    std::string_view class_name() const;

    /// An attribute, tensors as arrays; null where there is none.
    Value get(std::string_view name) const;
    /// An attribute that is a tensor; null where it is none.
    Array array(std::string_view name) const;
    TorchModule module(std::string_view name) const;
    /// An attribute that is a module; none where it is anything else.
    std::optional<TorchModule> optional(std::string_view name) const;
    /// The items of a ModuleList in order, those that are no modules as none.
    std::vector<std::optional<TorchModule>> numbered() const;
    /// The items of a ParameterList in order.
    Value numbered_arrays() const;

private:
    const Pickled* find(std::string_view name) const;
    std::string place_of(std::string_view name) const;

    const PickledObject* object_;
    std::string place_;
    TorchArchive* archive_;
};

/// The mask of excluded types or pairs that the module `name` of the owner holds; null where there is none.
Array exclusion_mask(const TorchModule& owner, std::string_view name);
/// The networks of a collection, null where it has none.
List module_networks(const TorchModule& container);
/// A layer; null where there is none.
Value module_layer(const std::optional<TorchModule>& layer);

}  // namespace dpmd::importers
