#include "models/document.hpp"
#include "models/local/environment_file.hpp"
#include "models/local/se_atten.hpp"
#include "models/nets/nets_file.hpp"

namespace dpmd {
namespace {

constexpr int most_degrees = 4, most_attention_layers = 64;
constexpr const char* switch_names[] = {"w", "cubic"};                                     // by Switch
constexpr const char* empty_slots_names[] = {"none", "first_atom", "padding", "section"};  // by EmptySlots
constexpr const char* excluded_rows_names[] = {"zero", "shift"};                           // by ExcludedRows

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

void write(const NewEntry& entry, const AttentionLayer& layer) {
    const int n = layer.n_channels, n_hidden = layer.n_hidden;
    NewObject out = entry.object();
    out.at("in_weight").tensor(layer.in_weight, {n, 3 * n_hidden});
    out.at("in_bias").tensor(layer.in_bias, {3 * n_hidden});
    out.at("out_weight").tensor(layer.out_weight, {n_hidden, n});
    out.at("out_bias").tensor(layer.out_bias, {n});
    out.at("norm_scale").tensor(layer.norm_scale, {n});
    out.at("norm_shift").tensor(layer.norm_shift, {n});
    out.at("norm_epsilon").number(layer.norm_epsilon);
    out.at("scale").number(layer.scale);
    out.at("normalize").flag(layer.normalize);
    out.at("norm_floor").number(layer.norm_floor);
    out.at("dot_directions").flag(layer.dot_directions);
    out.at("mask_diagonal").flag(layer.masks_diagonal);
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
    out.type_one_side = entry.at("type_one_side").flag();
    read(entry, n_types, static_cast<TypedNetwork&>(out));
    out.smooth = entry.at("smooth").flag();
    out.switch_kind = static_cast<SeAtten::Switch>(entry.at("switch").choice(switch_names));
    const Entry axis = entry.at("axis_neuron"), gain = entry.at("degree_gain"), attention = entry.at("attention");
    out.axis_neuron = axis.integer(1, out.n_channels());
    axis.require(out.n_features() <= max_layer_width, " = ", out.axis_neuron, " with ", out.n_channels(),
                 " channels gives more features than the ", max_layer_width, " inputs of a fitting net");
    if (!gain.is_null()) out.degree_gain = gain.tensor({gain.vector_length(most_degrees - 1)});
    out.empty_slots = static_cast<SeAtten::EmptySlots>(entry.at("empty_slots").choice(empty_slots_names));
    out.excluded_rows = static_cast<SeAtten::ExcludedRows>(entry.at("excluded_rows").choice(excluded_rows_names));
    out.output_type_embedding = entry.at("output_type_embedding").flag();
    const std::vector<Entry> layers = attention.list();
    attention.require(layers.size() <= most_attention_layers, " has ", layers.size(), " layers, more than ",
                      most_attention_layers);
    for (const Entry& layer : layers) out.attention.push_back(read_attention(layer, out.n_channels()));
    require_rules_that_exist(entry, out);
}

void write(NewObject& out, const SeAtten& descriptor) {
    write(out.at("environment"), descriptor.environment);
    out.at("type_one_side").flag(descriptor.type_one_side);
    write(out, static_cast<const TypedNetwork&>(descriptor));
    out.at("smooth").flag(descriptor.smooth);
    out.at("switch").text(switch_names[static_cast<int>(descriptor.switch_kind)]);
    out.at("axis_neuron").integer(descriptor.axis_neuron);
    out.at("degree_gain").tensor(descriptor.degree_gain, {static_cast<std::int64_t>(descriptor.degree_gain.size())});
    out.at("empty_slots").text(empty_slots_names[static_cast<int>(descriptor.empty_slots)]);
    out.at("excluded_rows").text(excluded_rows_names[static_cast<int>(descriptor.excluded_rows)]);
    out.at("output_type_embedding").flag(descriptor.output_type_embedding);
    NewList layers = out.at("attention").list();
    for (const AttentionLayer& layer : descriptor.attention) write(layers.next(), layer);
}

}  // namespace dpmd
