#include "models/file.hpp"

#include <charconv>
#include <cmath>
#include <span>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/json.hpp"
#include "io/safetensors.hpp"
#include "math/packed_key.hpp"
#include "models/check.hpp"
#include "models/foreign_file.hpp"

namespace dpmd {
namespace {

constexpr std::int64_t format_version = 1;
constexpr std::int64_t max_layer_width = 65536, max_table_rows = std::int64_t(1) << 24;

int bounded(const Json& json, std::int64_t low, std::int64_t high) {
    const std::int64_t value = json.as_integer();
    if (value < low || value > high)
        throw InputError(concat(json.path(), " = ", value, " is not between ", low, " and ", high));
    return static_cast<int>(value);
}

struct ActivationName {
    const char* name;
    Activation activation;
};
constexpr ActivationName activation_names[] = {
    {"linear", Activation::linear},   {"tanh", Activation::tanh},   {"gelu", Activation::gelu},
    {"relu", Activation::relu},       {"relu6", Activation::relu6}, {"softplus", Activation::softplus},
    {"sigmoid", Activation::sigmoid}, {"silu", Activation::silu},   {"gelu_single", Activation::gelu_single},
};

void read_activation(const Json& json, Layer& layer) {
    const std::string& name = json.as_string();
    for (const ActivationName& known : activation_names)
        if (name == known.name) {
            layer.activation = known.activation;
            return;
        }
    if (name.rfind("silut:", 0) == 0) {
        const char* end = name.data() + name.size();
        const auto result = std::from_chars(name.data() + 6, end, layer.silut_threshold);
        if (result.ec == std::errc() && result.ptr == end && std::isfinite(layer.silut_threshold)) {
            layer.activation = Activation::silut;
            return;
        }
    }
    throw InputError(concat(
        json.path(), ": activation '", name,
        "' is not known; dpmd has linear, tanh, gelu, gelu_single, relu, relu6, softplus, sigmoid, silu, silut:T"));
}

Skip read_skip(const Json& json) {
    const std::string& name = json.as_string();
    if (name == "none") return Skip::none;
    if (name == "identity") return Skip::identity;
    if (name == "double") return Skip::twice;
    throw InputError(concat(json.path(), ": skip '", name, "' is not one of none, identity, double"));
}

Layer read_layer(const Json& json, const SafetensorsFile& file, const std::string& name) {
    Layer layer;
    read_activation(json.at("activation"), layer);
    layer.skip = read_skip(json.at("skip"));
    const auto& shape = file.tensor(name + ".w").shape;
    if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1 || shape[0] > max_layer_width || shape[1] > max_layer_width)
        throw InputError(concat(file.path(), ": tensor '", name, ".w' must be a matrix of at most ", max_layer_width,
                                " rows and columns"));
    layer.n_in = static_cast<int>(shape[0]);
    layer.n_out = static_cast<int>(shape[1]);
    layer.weight = file.doubles(name + ".w", shape);
    if (json.at("bias").as_bool()) layer.bias = file.doubles(name + ".b", {shape[1]});
    if (json.at("timestep").as_bool()) layer.timestep = file.doubles(name + ".idt", {shape[1]});
    return layer;
}

Table read_table(const Json& json, const SafetensorsFile& file, const std::string& name) {
    Table table;
    table.lower = json.at("lower").as_number();
    table.upper = json.at("upper").as_number();
    table.max = json.at("max").as_number();
    table.stride0 = json.at("stride0").as_number();
    table.stride1 = json.at("stride1").as_number();
    const std::string& extrapolation = json.at("extrapolation").as_string();
    if (extrapolation != "clamp" && extrapolation != "linear")
        throw InputError(concat(json.path(), ".extrapolation = '", extrapolation, "' is not clamp or linear"));
    table.linear_extrapolation = extrapolation == "linear";
    const auto& shape = file.tensor(name).shape;
    if (shape.size() != 2 || shape[0] < 1 || shape[0] > max_table_rows || shape[1] < 6 || shape[1] % 6 != 0 ||
        shape[1] / 6 > max_layer_width)
        throw InputError(concat(file.path(), ": tensor '", name, "' must have six columns per channel"));
    table.n_rows = static_cast<int>(shape[0]);
    table.n_channels = static_cast<int>(shape[1] / 6);
    table.coefficients = file.doubles(name, shape);
    return table;
}

Network read_network(const Json& json, const SafetensorsFile& file, const std::string& name) {
    Network network;
    if (!json.get("table").is_null()) {
        network.table = read_table(json.at("table"), file, name + ".table");
        return network;
    }
    const Json::List& layers = json.at("layers").as_list();
    for (std::size_t k = 0; k < layers.size(); ++k)
        network.layers.push_back(read_layer(layers[k], file, concat(name, ".", k)));
    return network;
}

TypePairs read_pairs(const Json& json, int n_types) {
    TypePairs out;
    for (const Json& pair : json.as_list()) {
        const Json::List& both = pair.as_list();
        if (both.size() != 2) throw InputError(concat(pair.path(), " must hold two types"));
        out.emplace_back(bounded(both[0], 0, n_types - 1), bounded(both[1], 0, n_types - 1));
    }
    return out;
}

std::vector<double> read_numbers(const Json& json) {
    std::vector<double> out;
    for (const Json& value : json.as_list()) out.push_back(value.as_number());
    return out;
}

SeA read_descriptor(const Json& json, const SafetensorsFile& file, int n_types) {
    SeA out;
    Environment& environment = out.environment;
    const std::string& type = json.at("type").as_string();
    if (type != SeA::name)
        throw InputError(concat(json.path(), ".type: descriptor '", type,
                                "' cannot be run by this version of dpmd, which runs: se_e2_a"));
    environment.cutoff = json.at("cutoff").as_number();
    environment.cutoff_smooth = json.at("cutoff_smooth").as_number();
    const std::string& arithmetic = json.at("cutoff_arithmetic").as_string();
    if (arithmetic != "float32" && arithmetic != "float64")
        throw InputError(concat(json.path(), ".cutoff_arithmetic = '", arithmetic, "' is not float32 or float64"));
    environment.single_precision_cutoff = arithmetic == "float32";
    environment.protection = json.at("env_protection").as_number();
    for (const Json& n : json.at("sel").as_list()) environment.sel.push_back(bounded(n, 0, 1 << 20));
    environment.normalization = bounded(json.at("normalization"), 1, 1 << 24);
    out.axis_neuron = bounded(json.at("axis_neuron"), 1, max_layer_width);
    out.embedding.type_one_side = json.at("type_one_side").as_bool();
    environment.exclude_types = read_pairs(json.at("exclude_types"), n_types);
    const std::string& padding = json.at("excluded_padding").as_string();
    if (padding != "drop" && padding != "keep")
        throw InputError(concat(json.path(), ".excluded_padding = '", padding, "' is not drop or keep"));
    environment.excluded_padding_kept = padding == "keep";
    const std::string& order = json.at("overflow_order").as_string();
    if (order != "by_type" && order != "all_types")
        throw InputError(concat(json.path(), ".overflow_order = '", order, "' is not by_type or all_types"));
    environment.overflow_all_types_first = order == "all_types";
    const Json::List& rows = json.at("networks").as_list();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto& row = out.embedding.nets.emplace_back();
        const Json::List& columns = rows[i].as_list();
        for (std::size_t j = 0; j < columns.size(); ++j) {
            auto& network = row.emplace_back();
            if (!columns[j].is_null()) network = read_network(columns[j], file, concat("embedding.", i, ".", j));
        }
    }
    environment.shift = file.doubles("descriptor.davg", {n_types, 4});
    environment.scale = file.doubles("descriptor.dstd", {n_types, 4});
    return out;
}

Fitting read_fitting(const Json& json, const SafetensorsFile& file, int n_types) {
    Fitting out;
    const Json::List& networks = json.at("networks").as_list();
    for (std::size_t t = 0; t < networks.size(); ++t)
        out.networks.push_back(read_network(networks[t], file, concat("fitting.", t)));
    out.n_fparam = bounded(json.at("n_fparam"), 0, max_layer_width);
    out.n_aparam = bounded(json.at("n_aparam"), 0, max_layer_width);
    if (!json.at("default_fparam").is_null()) out.default_fparam = read_numbers(json.at("default_fparam"));
    for (const Json& flag : json.at("subtract_vacuum").as_list()) out.subtract_vacuum.push_back(flag.as_bool());
    out.energy_shift = file.doubles("fitting.energy_shift", {n_types});
    if (out.n_fparam > 0) {
        out.fparam_shift = file.doubles("fitting.fparam_avg", {out.n_fparam});
        out.fparam_scale = file.doubles("fitting.fparam_inv_std", {out.n_fparam});
    }
    if (out.n_aparam > 0) {
        out.aparam_shift = file.doubles("fitting.aparam_avg", {out.n_aparam});
        out.aparam_scale = file.doubles("fitting.aparam_inv_std", {out.n_aparam});
    }
    if (file.has("fitting.case_embedding")) {
        const auto& shape = file.tensor("fitting.case_embedding").shape;
        if (shape.size() != 1) throw InputError(concat(file.path(), ": fitting.case_embedding must be a vector"));
        out.case_embedding = file.doubles("fitting.case_embedding", shape);
    }
    return out;
}

ModelData read(const SafetensorsFile& file) {
    const std::string& path = file.path();
    ModelData model;
    model.metadata = file.metadata("dpmd");
    const Json json = Json::parse(model.metadata, path);
    const std::int64_t version = json.at("format_version").as_integer();
    if (version != format_version)
        throw InputError(concat(path, ": format version ", version,
                                " cannot be read by this version of dpmd, which reads ", format_version,
                                "; convert the model again"));
    if (json.at("model_type").as_string() != "energy")
        throw InputError(concat(json.at("model_type").path(), " = '", json.at("model_type").as_string(),
                                "': dpmd runs energy models"));
    for (const Json& name : json.at("type_map").as_list()) model.type_map.push_back(name.as_string());
    if (model.type_map.empty() || std::int64_t(model.type_map.size()) > key_max_types)
        throw InputError(concat(path, ": type_map has ", model.type_map.size(), " types; between 1 and ", key_max_types,
                                " are possible"));
    const int n_types = model.n_types();
    model.precision = json.at("precision").as_string();
    LocalModel& local = model.kind.emplace<LocalModel>();
    NetTerm& term = local.terms.emplace_back();
    term.descriptors.emplace_back(read_descriptor(json.at("descriptor"), file, n_types));
    term.fitting = read_fitting(json.at("fitting"), file, n_types);
    local.pair_exclude_types = read_pairs(json.at("pair_exclude_types"), n_types);
    for (const Json& type : json.at("atom_exclude_types").as_list())
        local.atom_exclude_types.push_back(bounded(type, 0, n_types - 1));
    if (!json.get("min_neighbor_distance").is_null())
        model.min_neighbor_distance = json.get("min_neighbor_distance").as_number();
    check_model(model, path);
    return model;
}

}  // namespace

ModelData read_model(const std::string& path) {
    const std::string head = file_head(path);
    refuse_foreign_file(path, std::as_bytes(std::span(head)));
    return read(SafetensorsFile(path, max_model_bytes));
}

ModelData read_model(std::vector<std::byte> content, const std::string& name) {
    refuse_foreign_file(name, content);
    return read(SafetensorsFile(std::move(content), name));
}

}  // namespace dpmd
