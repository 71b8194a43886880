// The activation of a layer, from the operations behind its weight.
#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/layers.hpp"

namespace dpmd::importers {
namespace {

struct ActivationOp {
    std::string_view op;
    Activation activation;
};
constexpr ActivationOp activation_ops[] = {
    {"Tanh", Activation::tanh},       {"Gelu", Activation::gelu},   {"GeluCustom", Activation::gelu},
    {"Relu", Activation::relu},       {"Relu6", Activation::relu6}, {"Softplus", Activation::softplus},
    {"Sigmoid", Activation::sigmoid},
};

bool is_sum(const Node& node) { return node.op == "BiasAdd" || node.op == "Add" || node.op == "AddV2"; }
bool is_passive(const Node& node) { return node.op == "Reshape" || node.op == "Shape" || node.op == "ShapeN"; }

/// Consumers, with a change of precision seen through.
std::vector<const Node*> readers(const Graph& graph, const Node& node) {
    std::vector<const Node*> out;
    for (const Node* reader : graph.consumers(node)) {
        if (reader->op != "Cast") {
            out.push_back(reader);
            continue;
        }
        const std::vector<const Node*> behind = graph.consumers(*reader);
        out.insert(out.end(), behind.begin(), behind.end());
    }
    return out;
}

/// gelu_tf is spelled out as a polynomial and a tanh.
bool is_spelled_gelu(const std::set<std::string_view>& ops) {
    return ops.contains("Pow") && std::all_of(ops.begin(), ops.end(), [](std::string_view op) {
               return op == "Pow" || op == "Mul" || op == "Add" || op == "AddV2";
           });
}

Activation gelu_by_cubic(double cubic, const std::string& place) {
    if (cubic == gelu_cubic) return Activation::gelu;
    if (cubic == gelu_single_cubic) return Activation::gelu_single;
    throw refusal(place, concat("a gelu with ", shown(cubic), " before its cube"));
}

/// gelu by the coefficient of its cube, which current releases round to single precision before they widen it.
std::optional<Activation> spelled_gelu(const Graph& graph, const Node& total) {
    for (const Node* cube : readers(graph, total)) {
        if (cube->op != "Pow") continue;
        for (const Node* product : graph.consumers(*cube)) {
            if (product->op != "Mul") continue;
            for (std::size_t k = 0; k < product->n_inputs; ++k) {
                const Node& factor = graph.input(*product, k);
                const Node& source = factor.op == "Cast" ? graph.input(factor, 0) : factor;
                if (source.op == "Const") return gelu_by_cubic(graph.number(source.name), graph.at(source));
            }
        }
    }
    return std::nullopt;
}

/// The activation applied to `total`; nothing where its operations are not a known one.
std::optional<Activation> applied(const Graph& graph, const Node& total) {
    std::set<std::string_view> ops;
    for (const Node* reader : readers(graph, total))
        if (!reader->op.ends_with("Grad") && !is_passive(*reader)) ops.insert(reader->op);
    if (ops.empty()) return Activation::linear;
    if (ops == std::set<std::string_view>{"Sigmoid", "Mul"}) return Activation::silu;
    if (is_spelled_gelu(ops)) return spelled_gelu(graph, total);
    if (ops.size() > 1) return std::nullopt;
    const auto* found = std::find_if(std::begin(activation_ops), std::end(activation_ops),
                                     [&](const ActivationOp& one) { return one.op == *ops.begin(); });
    return found == std::end(activation_ops) ? std::nullopt : std::optional(found->activation);
}

/// The node that holds the layer's sums, which the activation is applied to.
const Node& total_of(const Graph& graph, const std::string& matrix, bool has_bias) {
    for (const Node* product : products(graph, matrix)) {
        if (!has_bias) return *product;
        for (const Node* reader : readers(graph, *product))
            if (is_sum(*reader)) return *reader;
    }
    throw InputError(concat(graph.at(matrix), ": the graph does not use this weight as a layer"));
}

}  // namespace

std::vector<const Node*> products(const Graph& graph, const std::string& matrix) {
    std::vector<const Node*> out = readers(graph, graph.node(matrix));
    std::erase_if(out, [](const Node* node) { return node->op != "MatMul"; });
    return out;
}

void set_activation_behind(Layer& layer, const Graph& graph, const std::string& matrix, const Value& scripted) {
    const std::string place = graph.at(matrix);
    const std::optional<Activation> found = applied(graph, total_of(graph, matrix, !layer.bias.empty()));
    if (found) {
        layer.activation = *found;
    } else {
        if (scripted.is_null()) throw refusal(place, "the operation after this layer");
        set_activation(layer, scripted, place);
    }
}

}  // namespace dpmd::importers
