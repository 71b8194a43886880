#include "importers/dpmodel/networks.hpp"

#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/dpmodel/array.hpp"

namespace dpmd::importers {
namespace {

std::optional<Tensor> copy_of(const std::shared_ptr<const Tensor>& array) {
    return array ? std::optional<Tensor>(*array) : std::nullopt;
}

Layer read_layer(const Section& section) {
    const Section variables = section.section("@variables");
    const std::shared_ptr<const Tensor> weight = variables.array("w");
    if (!weight || !weight->is_matrix()) throw InputError(concat(variables.at("w"), ": expected a matrix"));
    std::optional<Tensor> bias, timestep;
    if (section.flag("bias", true)) bias = copy_of(variables.array("b"));
    if (section.flag("use_timestep", true)) timestep = copy_of(variables.array("idt"));
    Layer out = make_layer(*weight, bias ? &*bias : nullptr, timestep ? &*timestep : nullptr, variables.at("w"));
    set_activation(out, section.find("activation_function"), section.place());
    if (section.flag("resnet", false)) out.skip = skip_by_width(out.n_in, out.n_out);
    return out;
}

std::vector<std::optional<Network>> read_tables(const Section& compress, bool is_symmetric) {
    const Section variables = compress.section("@variables");
    const List &tables = variables.list("compress_data"), &infos = variables.list("compress_info");
    if (tables.size() != infos.size())
        throw InputError(
            concat(variables.place(), ": ", tables.size(), " tables with ", infos.size(), " descriptions"));
    std::vector<std::optional<Network>> out;
    for (std::size_t k = 0; k < tables.size(); ++k)
        out.push_back(
            read_table(tables[k], infos[k], concat(variables.place(), "[", k, "]"), is_symmetric, compress.budget()));
    return out;
}

}  // namespace

ReadNetwork read_network(const Section& section) {
    ReadNetwork out;
    out.precision = section.text("precision", "float64");
    for (const std::optional<Section>& layer : section.sections("layers")) {
        if (!layer) throw InputError(concat(section.at("layers"), ": a layer is null"));
        out.network.layers.push_back(read_layer(*layer));
        out.precision = layer->text("precision", out.precision);
    }
    if (out.network.layers.empty()) throw InputError(concat(section.at("layers"), " has no layers"));
    return out;
}

Network read_only_network(const Section& collection) {
    std::optional<Section> only;
    std::size_t n = 0;
    for (const std::optional<Section>& one : collection.sections("networks"))
        if (one && ++n == 1) only.emplace(*one);
    if (n != 1)
        throw InputError(concat(collection.at("networks"), " holds ", n, " networks, expected one for all types"));
    return read_network(*only).network;
}

std::optional<Network> read_table(const Value& coefficients, const Value& info, const std::string& place,
                                  bool is_symmetric, Budget& budget) {
    if (coefficients.is_null() || info.is_null()) return std::nullopt;
    const auto rows = as_array(coefficients, place + ".data", budget),
               numbers = as_array(info, place + ".info", budget);
    if (rows->size() == 0) return std::nullopt;
    Network out;
    out.table = make_table(*rows, *numbers, place, is_symmetric);
    return out;
}

std::vector<std::optional<Network>> read_networks(const Section& descriptor, int n_keys, int n_types,
                                                  bool has_symmetric_tables) {
    if (descriptor.has("compress")) return read_tables(descriptor.section("compress"), has_symmetric_tables);
    const Section collection = descriptor.section("embeddings");
    if (collection.integer("ndim") != n_keys || collection.integer("ntypes") != n_types)
        throw InputError(concat(collection.place(), ": expected ", n_keys, " type keys over ", n_types, " types"));
    std::vector<std::optional<Network>> out;
    for (const std::optional<Section>& one : collection.sections("networks")) {
        auto& network = out.emplace_back();
        if (one) network = read_network(*one).network;
    }
    return out;
}

}  // namespace dpmd::importers
