#include "importers/dpmodel/typed_network.hpp"

#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/dpmodel/networks.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"
#include "importers/type_embedding.hpp"

namespace dpmd::importers {
namespace {

Tensor read_type_embedding(const Section& section, int n_types, const List& type_map) {
    const Network network = read_network(section.section("embedding")).network;
    if (!section.flag("use_econf_tebd", false)) return embedding_of_types(network, n_types, section.place());
    if (type_map.size() != std::size_t(n_types))
        throw InputError(concat(section.place(), ": use_econf_tebd needs the elements of ", n_types, " types, found ",
                                shown(Value(type_map))));
    std::vector<std::string> names;
    for (const Value& name : type_map) names.push_back(as_text(name));
    return embedding_of_elements(network, names, section.place());
}

Network read_only_table(const Section& variables, bool is_symmetric) {
    const List &tables = variables.list("compress_data"), &infos = variables.list("compress_info");
    if (tables.size() != 1 || infos.size() != 1)
        throw InputError(concat(variables.place(), ": ", tables.size(), " tables with ", infos.size(),
                                " descriptions, expected one"));
    const std::string place = variables.at("compress_data", 0);
    auto table = read_table(tables.front(), infos.front(), place, is_symmetric, variables.budget());
    if (!table) throw InputError(concat(place, ".data is missing"));
    return std::move(*table);
}

/// Factors by the types that count; the last of each is that of an empty slot.
std::vector<double> read_type_factors(const Section& variables, int n_types, const TypedNetwork& network) {
    const auto values = variables.required_array("type_embd_data");
    const std::int64_t n_rows = n_types + 1;
    const Shape shape{network.type_one_side ? 1 : n_rows, n_rows, network.n_channels()};
    if (values->size() != std::size_t(shape[0] * shape[1] * shape[2]))
        throw InputError(concat(variables.at("type_embd_data"), " has shape ", shown_shape(values->shape),
                                ", its numbers must fill ", shown_shape(shape)));
    return values->values;
}

void read_compressed(const Section& descriptor, int n_types, Bodies bodies, TypedNetwork& out) {
    const Section compress = descriptor.section("compress");
    if (out.type_input != TypedNetwork::TypeInput::strip)
        throw InputError(
            concat(compress.place(), ": tables, but types enter the embedding net (concat), which has none"));
    const bool is_symmetric = bodies == Bodies::three;
    const Section variables = compress.section("@variables");
    out.network = compress.flag("geo_compress", is_symmetric) ? read_only_table(variables, is_symmetric)
                                                              : read_only_network(descriptor.section("embeddings"));
    out.type_factors = read_type_factors(variables, n_types, out);
}

}  // namespace

TypedNetwork::TypeInput read_type_input(const Section& descriptor) {
    const std::string mode = descriptor.text("tebd_input_mode", "concat");
    if (mode == "concat") return TypedNetwork::TypeInput::concat;
    if (mode == "strip") return TypedNetwork::TypeInput::strip;
    throw refusal(descriptor.at("tebd_input_mode"),
                  concat("a type embedding that enters as ", shown(std::string_view(mode))));
}

void read_typed_network(const Section& descriptor, int n_types, Bodies bodies, TypedNetwork& out) {
    if (descriptor.has("compress")) {
        read_compressed(descriptor, n_types, bodies, out);
    } else {
        if (out.type_input == TypedNetwork::TypeInput::strip)
            out.type_network = read_only_network(descriptor.section("embeddings_strip"));
        out.network = read_only_network(descriptor.section("embeddings"));
    }
    Tensor embedding =
        read_type_embedding(descriptor.section("type_embedding"), n_types, descriptor.list_or_empty("type_map"));
    out.type_width = static_cast<int>(embedding.shape[1]);
    out.type_embedding = std::move(embedding.values);
}

}  // namespace dpmd::importers
