#include "models/nets/nets_file.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

#include "io/number_text.hpp"

namespace dpmd {
namespace {

constexpr std::int64_t max_table_rows = std::int64_t(1) << 24;
constexpr std::int64_t n_coefficients = 6;  // of a quintic polynomial

constexpr const char* skip_names[] = {"none", "identity", "double"};  // by Skip
constexpr const char* extrapolation_names[] = {"clamp", "linear"};
constexpr const char* silut_prefix = "silut:";  // the threshold follows

struct ActivationName {
    const char* name;
    Activation activation;
};
constexpr ActivationName activation_names[] = {
    {"linear", Activation::linear},   {"tanh", Activation::tanh},   {"gelu", Activation::gelu},
    {"relu", Activation::relu},       {"relu6", Activation::relu6}, {"softplus", Activation::softplus},
    {"sigmoid", Activation::sigmoid}, {"silu", Activation::silu},   {"gelu_single", Activation::gelu_single},
};

void read_activation(const Entry& entry, Layer& layer) {
    const std::string name = entry.text();
    for (const ActivationName& known : activation_names)
        if (name == known.name) {
            layer.activation = known.activation;
            return;
        }
    if (name.starts_with(silut_prefix)) {
        const char* end = name.data() + name.size();
        const auto result = std::from_chars(name.data() + std::strlen(silut_prefix), end, layer.silut_threshold);
        if (result.ec == std::errc() && result.ptr == end && std::fabs(layer.silut_threshold) <= largest_number) {
            layer.activation = Activation::silut;
            return;
        }
    }
    entry.cannot_run("activation", name,
                     "linear, tanh, gelu, gelu_single, relu, relu6, softplus, sigmoid, silu, silut:T");
}

Layer read_layer(const Entry& entry, std::int64_t n_in) {
    Layer layer;
    read_activation(entry.at("activation"), layer);
    const Entry weight = entry.at("weight"), skip = entry.at("skip");
    const std::vector<std::int64_t> shape = weight.matrix_shape(max_layer_width, max_layer_width);
    layer.n_in = static_cast<int>(shape[0]);
    layer.n_out = static_cast<int>(shape[1]);
    entry.require(layer.n_in == n_in, " takes ", layer.n_in, " inputs but gets ", n_in);
    layer.weight = weight.tensor(shape);
    if (!entry.at("bias").is_null()) layer.bias = entry.at("bias").tensor({shape[1]});
    if (!entry.at("timestep").is_null()) layer.timestep = entry.at("timestep").tensor({shape[1]});
    layer.skip = static_cast<Skip>(skip.choice(skip_names));
    const int n_skipped = layer.skip == Skip::twice ? 2 * layer.n_in : layer.n_in;
    skip.require(layer.skip == Skip::none || layer.n_out == n_skipped, " = '", skip.text(),
                 "' does not fit a layer from ", layer.n_in, " to ", layer.n_out);
    return layer;
}

void check_grid(const Entry& entry, const Table& table) {
    entry.require(table.min <= table.lower && table.lower < table.upper && table.upper <= table.max &&
                      table.stride0 > 0 && table.stride1 > 0,
                  ": the range ", table.min, " to ", table.lower, " to ", table.upper, " to ", table.max,
                  " with strides ", table.stride0, ", ", table.stride1, " is not increasing");
    const double before = std::floor((table.lower - table.min) / table.stride1),
                 fine = std::floor((table.upper - table.lower) / table.stride0),
                 coarse = std::floor((table.max - table.upper) / table.stride1);
    entry.require(fine >= 1, ": there is no fine step of ", table.stride0, " from ", table.lower, " to ", table.upper);
    entry.require(coarse >= 1, ": there is no coarse step of ", table.stride1, " from ", table.upper, " to ",
                  table.max);
    entry.require(before + fine + coarse <= table.n_rows, " has ", table.n_rows, " rows, its range needs ",
                  before + fine + coarse);
}

Table read_table(const Entry& entry) {
    Table table;
    table.min = entry.at("min").number();
    table.lower = entry.at("lower").number();
    table.upper = entry.at("upper").number();
    table.max = entry.at("max").number();
    table.stride0 = entry.at("stride0").number();
    table.stride1 = entry.at("stride1").number();
    table.linear_extrapolation = entry.at("extrapolation").choice(extrapolation_names) == 1;
    const Entry coefficients = entry.at("coefficients");
    const std::vector<std::int64_t> shape = coefficients.matrix_shape(max_table_rows, n_coefficients * max_layer_width);
    coefficients.require(shape[1] % n_coefficients == 0, " must have six columns per channel");
    table.n_rows = static_cast<int>(shape[0]);
    table.n_channels = static_cast<int>(shape[1] / n_coefficients);
    check_grid(entry, table);
    table.coefficients = coefficients.tensor(shape);
    return table;
}

std::string activation_text(const Layer& layer) {
    for (const ActivationName& known : activation_names)
        if (layer.activation == known.activation) return known.name;
    std::string out = silut_prefix;
    append_real(out, layer.silut_threshold);
    return out;
}

void write(const NewEntry& entry, const Layer& layer) {
    NewObject out = entry.object();
    out.at("weight").tensor(layer.weight, {layer.n_in, layer.n_out});
    out.at("bias").tensor(layer.bias, {layer.n_out});
    out.at("timestep").tensor(layer.timestep, {layer.n_out});
    out.at("activation").text(activation_text(layer));
    out.at("skip").text(skip_names[static_cast<int>(layer.skip)]);
}

void write(const NewEntry& entry, const Table& table) {
    NewObject out = entry.object();
    out.at("coefficients").tensor(table.coefficients, {table.n_rows, n_coefficients * table.n_channels});
    out.at("min").number(table.min);
    out.at("lower").number(table.lower);
    out.at("upper").number(table.upper);
    out.at("max").number(table.max);
    out.at("stride0").number(table.stride0);
    out.at("stride1").number(table.stride1);
    out.at("extrapolation").text(extrapolation_names[table.linear_extrapolation ? 1 : 0]);
}

}  // namespace

Network read_layers(const Entry& entry, std::int64_t n_in) {
    entry.at("table").require(entry.at("table").is_null(), " must be null: layers stand here, not a table");
    Network network;
    for (const Entry& layer : entry.at("layers").list()) {
        network.layers.push_back(read_layer(layer, n_in));
        n_in = network.layers.back().n_out;
    }
    entry.at("layers").require(!network.layers.empty(), " has no layers");
    return network;
}

Network read_layers_or_table(const Entry& entry) {
    const Entry table = entry.at("table");
    if (table.is_null()) return read_layers(entry, 1);
    entry.at("layers").require(entry.at("layers").is_null(), " must be null beside a table");
    Network network;
    network.table = read_table(table);
    return network;
}

void write(const NewEntry& entry, const Network& network) {
    NewObject out = entry.object();
    if (network.table) {
        out.at("layers").null();
        write(out.at("table"), *network.table);
        return;
    }
    {
        NewList layers = out.at("layers").list();
        for (const Layer& layer : network.layers) write(layers.next(), layer);
    }
    out.at("table").null();
}

void write(const NewEntry& entry, const std::optional<Network>& network) {
    if (network) write(entry, *network);
    else entry.null();
}

}  // namespace dpmd
