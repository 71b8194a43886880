#include "models/document.hpp"
#include "models/local/typed_network.hpp"
#include "models/nets/nets_file.hpp"

namespace dpmd {
namespace {

constexpr const char* type_input_names[] = {"concat", "strip"};  // by TypeInput

}  // namespace

void read(const Entry& entry, int n_types, TypedNetwork& out) {
    const Entry table = entry.at("type_embedding");
    const std::vector<std::int64_t> shape = table.matrix_shape(n_types + 1, max_layer_width);
    table.require(shape[0] == n_types + 1, " has ", shape[0], " rows, expected one for each of the ", n_types,
                  " types and one for padding");
    out.type_width = static_cast<int>(shape[1]);
    out.type_embedding = table.tensor(shape);
    out.type_input = static_cast<TypedNetwork::TypeInput>(entry.at("type_input").choice(type_input_names));
    const int n_embeddings = out.type_one_side ? 1 : 2;
    const Entry type_network = entry.at("type_network"), factors = entry.at("type_factors");
    if (out.type_input == TypedNetwork::TypeInput::concat) {
        out.network = read_layers(entry.at("network"), 1 + n_embeddings * std::int64_t(out.type_width));
        type_network.require(type_network.is_null(), " must be null: types are inputs of the network");
        factors.require(factors.is_null(), " must be null: types are inputs of the network");
        return;
    }
    out.network = read_layers_or_table(entry.at("network"));
    entry.require(type_network.is_null() != factors.is_null(),
                  ": one of type_network and type_factors is needed, and the other must be null");
    if (!type_network.is_null()) {
        out.type_network = read_layers(type_network, n_embeddings * std::int64_t(out.type_width));
        type_network.require(out.type_network->n_out() == out.n_channels(), " has ", out.type_network->n_out(),
                             " outputs, the network has ", out.n_channels());
    } else {
        out.type_factors = factors.tensor({out.type_one_side ? 1 : n_types + 1, n_types + 1, out.n_channels()});
    }
}

void write(NewObject& out, const TypedNetwork& network) {
    const std::int64_t width = network.type_width, n_rows = std::int64_t(network.type_embedding.size()) / width;
    out.at("type_embedding").tensor(network.type_embedding, {n_rows, width});
    out.at("type_input").text(type_input_names[static_cast<int>(network.type_input)]);
    write(out.at("network"), network.network);
    write(out.at("type_network"), network.type_network);
    out.at("type_factors")
        .tensor(network.type_factors, {network.type_one_side ? 1 : n_rows, n_rows, network.n_channels()});
}

}  // namespace dpmd
