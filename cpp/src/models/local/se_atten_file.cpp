#include "models/document.hpp"
#include "models/local/environment_file.hpp"
#include "models/local/se_atten.hpp"
#include "models/nets/nets_file.hpp"

namespace dpmd {
namespace {

constexpr int most_degrees = 4, most_attention_layers = 64;

AttentionLayer read_attention(const Entry& entry, int n_channels) {
    AttentionLayer out;
    out.n_channels = n_channels;
    const Entry in = entry.at("in_weight");
    const std::vector<std::int64_t> shape = in.matrix_shape(max_layer_width, 3 * max_layer_width);
    in.require(shape[0] == n_channels, " takes ", shape[0], " inputs, but there are ", n_channels, " channels");
    in.require(shape[1] % 3 == 0, " has ", shape[1], " outputs; query, key and value have the same number each");
    out.n_hidden = static_cast<int>(shape[1] / 3);
    out.in_weight = in.tensor(shape);
    out.in_bias = entry.at("in_bias").tensor({shape[1]});
    out.out_weight = entry.at("out_weight").tensor({out.n_hidden, n_channels});
    out.out_bias = entry.at("out_bias").tensor({n_channels});
    out.norm_scale = entry.at("norm_scale").tensor({n_channels});
    out.norm_shift = entry.at("norm_shift").tensor({n_channels});
    out.norm_epsilon = entry.at("norm_epsilon").number();
    entry.at("norm_epsilon").require(out.norm_epsilon > 0, " = ", out.norm_epsilon, " is not positive");
    out.scale = entry.at("scale").number();
    out.normalize = entry.at("normalize").flag();
    out.norm_floor = entry.at("norm_floor").number();
    entry.at("norm_floor").require(out.norm_floor >= 0, " = ", out.norm_floor, " is negative");
    out.dot_directions = entry.at("dot_directions").flag();
    out.masks_diagonal = entry.at("mask_diagonal").flag();
    return out;
}

/// The network of rows, and what the types do to it.
void read_networks(const Entry& entry, int n_types, SeAtten& out) {
    const Entry table = entry.at("type_embedding");
    const std::vector<std::int64_t> shape = table.matrix_shape(n_types + 1, max_layer_width);
    table.require(shape[0] == n_types + 1, " has ", shape[0], " rows, expected one for each of the ", n_types,
                  " types and one for padding");
    out.type_width = static_cast<int>(shape[1]);
    out.type_embedding = table.tensor(shape);
    out.type_one_side = entry.at("type_one_side").flag();
    out.type_input = static_cast<SeAtten::TypeInput>(entry.at("type_input").choice({"concat", "strip"}));
    const int n_embeddings = out.type_one_side ? 1 : 2;
    const Entry type_network = entry.at("type_network"), factors = entry.at("type_factors");
    if (out.type_input == SeAtten::TypeInput::concat) {
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
                             " outputs, the network of rows has ", out.n_channels());
    } else {
        out.type_factors = factors.tensor({out.type_one_side ? 1 : n_types + 1, n_types + 1, out.n_channels()});
    }
}

void require_rules_that_exist(const Entry& entry, const SeAtten& out) {
    const bool by_type =
        out.environment.slot_order == SlotOrder::by_type || out.environment.slot_order == SlotOrder::all_types;
    const bool is_unlimited = out.environment.slot_order == SlotOrder::unlimited;
    const Entry empty = entry.at("empty_slots");
    empty.require(by_type || out.empty_slots != SeAtten::EmptySlots::section, ": 'section' needs slots by type");
    empty.require(!by_type || out.empty_slots != SeAtten::EmptySlots::first_atom,
                  ": 'first_atom' needs slots that types share");
    empty.require(!is_unlimited || out.empty_slots == SeAtten::EmptySlots::none,
                  " must be 'none' where neighbours need no slots");
    entry.at("attention")
        .require(!by_type || out.attention.empty(), ": neighbours with slots by type do not attend to each other");
}

}  // namespace

void read(const Entry& entry, int n_types, SeAtten& out) {
    out.environment = read_environment(entry.at("environment"), n_types, 4);
    read_networks(entry, n_types, out);
    out.smooth = entry.at("smooth").flag();
    out.switch_kind = static_cast<SeAtten::Switch>(entry.at("switch").choice({"w", "cubic"}));
    const Entry axis = entry.at("axis_neuron"), gain = entry.at("degree_gain"), attention = entry.at("attention");
    out.axis_neuron = axis.integer(1, out.n_channels());
    axis.require(out.n_features() <= max_layer_width, " = ", out.axis_neuron, " with ", out.n_channels(),
                 " channels gives more features than the ", max_layer_width, " inputs of a fitting net");
    if (!gain.is_null()) out.degree_gain = gain.tensor({gain.vector_length(most_degrees - 1)});
    out.empty_slots =
        static_cast<SeAtten::EmptySlots>(entry.at("empty_slots").choice({"none", "first_atom", "padding", "section"}));
    out.excluded_rows = static_cast<SeAtten::ExcludedRows>(entry.at("excluded_rows").choice({"zero", "shift"}));
    out.output_type_embedding = entry.at("output_type_embedding").flag();
    const std::vector<Entry> layers = attention.list();
    attention.require(layers.size() <= most_attention_layers, " has ", layers.size(), " layers, more than ",
                      most_attention_layers);
    for (const Entry& layer : layers) out.attention.push_back(read_attention(layer, out.n_channels()));
    require_rules_that_exist(entry, out);
}

}  // namespace dpmd
