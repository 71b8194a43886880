#include <cmath>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/kind.hpp"
#include "importers/number_text.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

struct Name {
    std::string_view name;
    Activation activation;
};
constexpr Name names[] = {
    {"none", Activation::linear}, {"linear", Activation::linear},     {"tanh", Activation::tanh},
    {"gelu", Activation::gelu},   {"gelu_tf", Activation::gelu},      {"relu", Activation::relu},
    {"relu6", Activation::relu6}, {"softplus", Activation::softplus}, {"sigmoid", Activation::sigmoid},
    {"silu", Activation::silu},
};

double silut_threshold(std::string_view text, const std::string& place) {
    if (text.empty()) return Layer().silut_threshold;
    const std::optional<double> value = number_of_text(text);
    if (!value)
        throw InputError(concat(place, ": threshold of silut: expected a number, found the text ", shown(text)));
    if (!std::isfinite(*value))
        throw InputError(concat(place, ": threshold of silut: ", shown(*value), " is not a finite number"));
    return *value;
}

}  // namespace

void set_activation(Layer& layer, const Value& name, const std::string& place) {
    const auto* given = name.as<std::string>();
    std::string text = given != nullptr ? *given : name.is_null() ? "none" : "";
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const std::string_view head = std::string_view(text).substr(0, text.find(':'));
    const std::string_view threshold = std::string_view(text).substr(std::min(text.size(), head.size() + 1));
    if (head == "silut" || head == "custom_silu") {
        layer.activation = Activation::silut;
        layer.silut_threshold = silut_threshold(threshold, place);
        return;
    }
    for (const Name& known : names)
        if (head == known.name && threshold.empty()) {
            layer.activation = known.activation;
            return;
        }
    throw refusal(place, concat("the activation ", shown(name)));
}

}  // namespace dpmd::importers
