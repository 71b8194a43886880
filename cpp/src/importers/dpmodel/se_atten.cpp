#include <cmath>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/dpmodel/descriptors.hpp"
#include "importers/dpmodel/environment.hpp"
#include "importers/dpmodel/typed_network.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr int highest_version = 4;  // whose meaning is known
constexpr int highest_degree = 4;
constexpr double norm_epsilon = 1e-5;            // DeePMD-kit's default
constexpr const char* stripped = "se_atten_v2";  // the name of a descriptor that is always stripped and smooth

std::vector<double> read_degree_gain(const Section& section) {
    const int lmax = section.integer("lmax", 1);
    if (lmax == 1) return {};
    if (lmax < 1 || lmax > highest_degree)
        throw refusal(section.at("lmax"), concat("a degree of ", lmax, " (known: 1 to ", highest_degree, ")"));
    const Section variables = section.section("@variables");
    const auto gain = variables.required_array("degree_gain_raw");
    if (gain->size() != std::size_t(lmax - 1))
        throw InputError(concat(variables.at("degree_gain_raw"), " holds ", gain->size(), " gains, lmax = ", lmax,
                                " needs ", lmax - 1));
    return gain->values;
}

/// The weight of a linear map.
std::shared_ptr<const Tensor> read_weight(const Section& variables) {
    auto out = variables.required_array("w");
    if (!out->is_matrix()) throw InputError(concat(variables.at("w"), ": expected a matrix"));
    return out;
}

/// The bias of a linear map, or zeros.
std::vector<double> read_bias(const Section& variables, std::int64_t n) {
    const auto bias = variables.array("b");
    return bias ? sized(*bias, std::size_t(n), variables.at("b")) : std::vector<double>(std::size_t(n), 0.0);
}

/// What multiplies the products of query and key.
double read_scale(const Section& section, std::int64_t n_hidden) {
    if (section.has("temperature")) return section.number("temperature");
    const double square = section.number("hidden_dim", double(n_hidden)) * section.number("scaling_factor", 1.0);
    if (!(square > 0))
        throw InputError(
            concat(section.place(), ": hidden_dim times scaling_factor is ", shown(square), ", must be positive"));
    return std::pow(square, -0.5);
}

void read_projections(const Section& section, AttentionLayer& out) {
    constexpr std::int64_t widest = 1 << 20;
    const Section in = section.section("in_proj").section("@variables"),
                  back = section.section("out_proj").section("@variables");
    const auto in_weight = read_weight(in), out_weight = read_weight(back);
    const Shape in_shape = in_weight->shape, expected{in_shape[1] / 3, in_shape[0]};
    if (in_shape[0] > widest || in_shape[1] > widest || in_shape[1] % 3 != 0 || out_weight->shape != expected)
        throw InputError(concat(section.place(), ": in_proj has shape ", shown_shape(in_shape), " and out_proj ",
                                shown_shape(out_weight->shape), "; they must be (M, 3 H) and (H, M)"));
    out.n_channels = static_cast<int>(in_shape[0]);
    out.n_hidden = static_cast<int>(in_shape[1] / 3);
    out.in_weight = in_weight->values;
    out.in_bias = read_bias(in, in_shape[1]);
    out.out_weight = out_weight->values;
    out.out_bias = read_bias(back, in_shape[0]);
}

AttentionLayer read_attention_layer(const Section& section, bool is_smooth, double norm_floor) {
    const Section inner = section.section("attention_layer"), norm = section.section("attn_layer_norm");
    if (const int n_heads = inner.integer("num_heads", 1); n_heads != 1)
        throw refusal(inner.at("num_heads"), concat("attention with ", n_heads, " heads"));
    if (inner.flag("smooth", is_smooth) != is_smooth)
        throw refusal(inner.at("smooth"), "attention that is smooth where the type embedding is not");
    AttentionLayer out;
    read_projections(inner, out);
    const Section variables = norm.section("@variables");
    const auto n_channels = std::size_t(out.n_channels);
    out.norm_scale = sized(*variables.required_array("w"), n_channels, variables.at("w"));
    out.norm_shift = sized(*variables.required_array("b"), n_channels, variables.at("b"));
    out.norm_epsilon = norm.number("eps", norm_epsilon);
    out.scale = read_scale(inner, out.n_hidden);
    out.normalize = inner.flag("normalize", true);
    out.norm_floor = norm_floor;
    out.dot_directions = inner.flag("dotr", true);
    return out;
}

std::vector<AttentionLayer> read_attention(const Section& section, bool is_smooth) {
    if (!section.has("attention_layers")) return {};
    // PyTorch has a smallest norm, the dictionary's own program has none.
    const double norm_floor = section.number("norm_floor", 0.0);
    std::vector<AttentionLayer> out;
    for (const std::optional<Section>& one : section.section("attention_layers").sections("attention_layers"))
        if (one) out.push_back(read_attention_layer(*one, is_smooth, norm_floor));
    return out;
}

}  // namespace

SeAtten read_se_atten(const Section& section, LowerInput lower_input) {
    check_version(section, highest_version);
    if (section.flag("attn_mask", false))
        throw refusal(section.at("attn_mask"), "attention without its diagonal, outside a .pb file,");
    const bool is_v2 = section.text("type") == stripped, is_graph = lower_input == LowerInput::graph;
    SeAtten out;
    out.type_input = is_v2 ? TypedNetwork::TypeInput::strip : read_type_input(section);
    out.smooth = is_v2 || section.flag("smooth_type_embedding", true);
    const int n_types = checked_types(section.integer("ntypes"), section.at("ntypes"));
    out.type_one_side = section.flag("type_one_side", false);
    read_typed_network(section, n_types, Bodies::two, out);
    out.environment = read_shared_environment(section, n_types, is_graph);
    out.axis_neuron = section.integer("axis_neuron");
    out.degree_gain = read_degree_gain(section);
    out.empty_slots = is_graph ? SeAtten::EmptySlots::none : SeAtten::EmptySlots::first_atom;
    out.output_type_embedding = section.flag("concat_output_tebd", true);
    out.attention = read_attention(section, out.smooth);
    return out;
}

}  // namespace dpmd::importers
