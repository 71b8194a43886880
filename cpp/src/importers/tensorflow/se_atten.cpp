// TensorFlow's function of se_atten, and its se_e2_a with a type embedding, in a frozen graph. A type embedding and one
// net for all types are what both have. se_atten has slots for all types together, se_e2_a a section of slots for each
// type.
#include "models/local/se_atten.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/kind.hpp"
#include "importers/tensorflow/attention.hpp"
#include "importers/tensorflow/graph_descriptors.hpp"
#include "importers/tensorflow/graph_environment.hpp"
#include "importers/tensorflow/graph_kind.hpp"
#include "importers/tensorflow/layers.hpp"
#include "importers/tensorflow/type_map.hpp"
#include "importers/tensorflow/typed_nets.hpp"
#include "importers/type_embedding.hpp"

namespace dpmd::importers {
namespace {

Environment read_environment(const DescriptorScope& scope, bool is_mixed) {
    const int normalization = is_mixed ? sum_of_original_sel(scope) : normalization_of(scope);
    Environment out = read_graph_environment(scope, full_rows, normalization, scripted_exclusions(scope));
    if (is_mixed) {
        out.excluded_slots = ExcludedSlots::keep;
        out.slot_order = SlotOrder::mixed;
    }
    return out;
}

/// [n_types + 1][width]
Tensor read_type_embedding(const DescriptorScope& scope) {
    const Graph& graph = scope.graph;
    const Value& section = scope.model.get("type_embedding");
    Network network;
    network.layers = read_layers(graph, "type_embed_net", "", scripted_activation(section)).layers;
    const std::string place = graph.at("type_embed_net");
    if (!section.get("use_econf_tebd").is_true() && !scope.settings().get("use_econf_tebd").is_true())
        return embedding_of_types(network, scope.n_types, place);
    const std::vector<std::string> elements = type_map_of(graph);
    if (elements.size() != std::size_t(scope.n_types))
        throw InputError(concat(graph.place(), ": model_attr/tmap names ", elements.size(), " types, the model has ",
                                scope.n_types));
    return embedding_of_elements(network, elements, concat(graph.place(), ": model_attr/tmap"));
}

/// Whether the net takes the type of the neighbour alone, by the number of its inputs.
bool is_one_side(const DescriptorScope& scope, const Network& network, int width) {
    if (network.n_in() == 1 + width) return true;
    if (network.n_in() == 1 + 2 * width) return false;
    throw InputError(concat(scope.graph.place(), ": an embedding net of ", network.n_in(),
                            " inputs does not take a distance and the types of one or two atoms, each ", width,
                            " numbers"));
}

int axis_neuron(const DescriptorScope& scope, int width, std::int64_t n_features) {
    if (width <= 0 || n_features <= 0 || n_features % width != 0)
        throw InputError(concat(scope.graph.place(), ": a fitting net for ", n_features,
                                " features besides the type does not fit an embedding net of width ", width));
    return static_cast<int>(n_features / width);
}

/// How types enter, and by which nets.
void read_types(const DescriptorScope& scope, SeAtten& out) {
    std::optional<TypeFactors> factors = read_type_factors(scope, out.type_width, out.network.n_out());
    if (!factors) {
        out.type_input = TypedNetwork::TypeInput::concat;
        out.type_one_side = is_one_side(scope, out.network, out.type_width);
        return;
    }
    out.type_input = TypedNetwork::TypeInput::strip;
    out.type_one_side = factors->is_one_side;
    out.type_network = std::move(factors->network);
    out.type_factors = std::move(factors->values);
}

}  // namespace

ReadDescriptor read_se_atten(const DescriptorScope& scope, std::int64_t n_features) {
    const bool is_mixed = has_mixed_slots(scope.op);
    const Value& settings = scope.settings();
    if (!settings.is_true())
        throw refusal(scope.graph.place(),
                      "one embedding net for all types without the training script and its options");
    SeAtten out;
    Tensor types = read_type_embedding(scope);
    out.type_width = static_cast<int>(types.shape[1]);
    out.type_embedding = std::move(types.values);
    NetworkAndPrecision main = read_main_network(scope);
    out.network = std::move(main.network);
    read_types(scope, out);
    out.smooth =
        is_mixed && (settings.get("type").text() == "se_atten_v2" || settings.get("smooth_type_embedding").is_true());
    out.environment = read_environment(scope, is_mixed);
    const std::vector<double>& shift = out.environment.shift;
    const bool is_shifted = std::any_of(shift.begin(), shift.end(), [](double x) { return x != 0; });
    const bool shows_shift = out.smooth && !out.environment.exclude_types.empty() && is_shifted;
    out.switch_kind = SeAtten::Switch::cubic;
    out.axis_neuron = axis_neuron(scope, out.n_channels(), n_features - out.type_width);
    const bool is_padded = is_mixed || out.type_input == TypedNetwork::TypeInput::strip;
    out.empty_slots = is_padded ? SeAtten::EmptySlots::padding : SeAtten::EmptySlots::section;
    out.excluded_rows = shows_shift ? SeAtten::ExcludedRows::shift : SeAtten::ExcludedRows::zero;
    if (is_mixed) out.attention = read_attention(scope, out.n_channels());
    return {std::move(out), std::move(main.precision)};
}

}  // namespace dpmd::importers
