#pragma once
// One network for all types, with a type embedding that tells them apart: types are inputs of the network, or factors
// of its outputs. Descriptors of several kinds have one.
#include <optional>
#include <vector>

#include "models/nets/network.hpp"

namespace dpmd {

class Entry;
class NewObject;

struct TypedNetwork {
    /// How the types enter: as inputs of the network, or as factors of its outputs, G = g (1 + t).
    enum class TypeInput { concat, strip };

    int type_width = 0;
    std::vector<double> type_embedding;  ///< [n_types + 1][type_width], the last row is that of padding
    TypeInput type_input = TypeInput::concat;
    bool type_one_side = false;           ///< T_2 is left out
    Network network;                      ///< concat: of [x, T_1, T_2] or [x, T_1]; strip: of x
    std::optional<Network> type_network;  ///< strip: of [T_1, T_2] or [T_1]; none: type_factors are given
    std::vector<double> type_factors;     ///< strip: [1 or n_types + 1][n_types + 1][n_channels] t, by types 2, 1

    int n_channels() const { return network.n_out(); }
    /// The row of a type, n_types: of padding.
    const double* embedding_of_type(int type) const { return type_embedding.data() + type * type_width; }
    template <class F>
    void for_each_network(F&& f) const {
        f(network);
        if (type_network) f(*type_network);
    }
};

/// What the network of types takes, and in concat the network behind x: [T_1, T_2] or [T_1].
std::vector<double> type_inputs(const TypedNetwork& model, int first, int second);

/// strip: t of a pair of types, [n_channels]; n_types stands for padding.
std::vector<double> type_factors(const TypedNetwork& model, int first, int second);

/// concat: the network for a pair of types, a function of x alone; n_types stands for padding.
Network network_of_types(const TypedNetwork& model, int first, int second);

/// From a .dpmd file, and to one (typed_network_file.cpp). type_one_side is set.
void read(const Entry& entry, int n_types, TypedNetwork& out);
void write(NewObject& out, const TypedNetwork& network);

}  // namespace dpmd
