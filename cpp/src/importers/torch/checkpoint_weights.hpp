#pragma once
// The tensors of one model in a checkpoint by name, in the words of both of DeePMD-kit's PyTorch backends.
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "importers/torch/pieces.hpp"
#include "importers/torch/torch_archive.hpp"

namespace dpmd::importers {

/// How a backend names tensors and what holds them.
struct Dialect {
    std::string_view weight, bias;
    std::string_view networks;    ///< the networks of a collection
    std::string_view embeddings;  ///< the collection of embedding nets
    std::string_view fittings;    ///< the collection of fitting nets
};

class CheckpointWeights {
public:
    /// The tensors of a head, by the rest of their names. `state` has every tensor by its whole name; others, such as
    /// averages of weights, are not used. Throws InputError when there are none.
    CheckpointWeights(TorchArchive& archive, const PickledMapping& state, const std::string& head);

    /// Whether it is a checkpoint of the backend that exports programs.
    bool is_exportable() const { return is_exportable_; }
    const Dialect& dialect() const;
    /// Whether there are tensors below a prefix.
    bool holds(const std::string& prefix) const;
    /// The first of these tensors that there is, or null.
    Array array(const std::string& name) const;
    Array array(const std::string& name, const std::string& other) const;
    Value value(const std::string& name) const { return value_of(array(name)); }

    /// The networks of a collection, null where it has none for a place. The last layer has no activation and no
    /// residual where `has_plain_end`.
    List networks(const std::string& collection, const Value& activation, bool has_plain_end = false) const;
    /// A linear map with a bias.
    Value linear(const std::string& place) const;

private:
    List layers(const std::string& prefix, const Value& activation, bool has_plain_end) const;

    TorchArchive* archive_;
    std::map<std::string, const PickledTensor*, std::less<>> tensors_;
    bool is_exportable_ = false;
};

}  // namespace dpmd::importers
