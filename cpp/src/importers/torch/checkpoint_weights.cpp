#include "importers/torch/checkpoint_weights.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::importers {
namespace {

constexpr std::size_t most_layers = 1000, most_digits = 6;
constexpr Dialect pytorch{"matrix", "bias", "networks", "filter_layers", "filter_layers"};
constexpr Dialect exportable{"w", "b", "_networks", "embeddings", "nets"};

/// Whether it is what a compiled model is wrapped in; names inside are those of the model.
bool is_wrapping(std::string_view part) {
    return part == "compiled_forward_lower" || part == "original_model" || part == "_orig_mod" ||
           part.starts_with("_task_");
}

std::string without_wrappings(std::string_view name) {
    std::string out;
    for (std::size_t dot; (dot = name.find('.')) != std::string_view::npos; name.remove_prefix(dot + 1))
        if (!is_wrapping(name.substr(0, dot))) out += name.substr(0, dot + 1);
    return out += name;
}

/// The number in "<number><rest>".
std::optional<std::size_t> number_before(std::string_view text, std::string_view rest) {
    if (!text.ends_with(rest)) return std::nullopt;
    text.remove_suffix(rest.size());
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.size() > most_digits) return std::nullopt;
    return value;
}

}  // namespace

CheckpointWeights::CheckpointWeights(TorchArchive& archive, const PickledMapping& state, const std::string& head)
    : archive_(&archive) {
    const std::string prefix = concat("model.", head, ".");
    std::vector<std::pair<std::string_view, const PickledTensor*>> mine;
    for (const auto& [key, value] : state.members()) {
        const auto* name = std::get_if<std::string_view>(&key);
        auto* const* tensor = std::get_if<const PickledTensor*>(&value);
        if (name != nullptr && tensor != nullptr && name->starts_with(prefix))
            mine.emplace_back(name->substr(prefix.size()), *tensor);
    }
    if (mine.empty()) throw InputError(concat(archive.path(), ": no tensors named ", prefix, "…"));
    for (const auto& [name, tensor] : mine) tensors_.insert_or_assign(without_wrappings(name), tensor);
    for (const auto& [name, tensor] : mine) tensors_.insert_or_assign(std::string(name), tensor);
    is_exportable_ =
        std::any_of(tensors_.begin(), tensors_.end(), [](const auto& one) { return one.first.ends_with(".w"); });
}

const Dialect& CheckpointWeights::dialect() const { return is_exportable_ ? exportable : pytorch; }

bool CheckpointWeights::holds(const std::string& prefix) const {
    const std::string below = prefix + ".";
    const auto first = tensors_.lower_bound(below);
    return first != tensors_.end() && first->first.starts_with(below);
}

Array CheckpointWeights::array(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found != tensors_.end() ? archive_->array(*found->second, concat(archive_->path(), ": ", name)) : nullptr;
}

Array CheckpointWeights::array(const std::string& name, const std::string& other) const {
    return array(tensors_.contains(name) ? name : other);
}

List CheckpointWeights::networks(const std::string& collection, const Value& activation, bool has_plain_end) const {
    const std::string prefix = concat(collection, ".", dialect().networks, "."),
                      first_layer = concat(".layers.0.", dialect().weight);
    List out;
    for (auto one = tensors_.lower_bound(prefix); one != tensors_.end() && one->first.starts_with(prefix); ++one) {
        const auto k = number_before(std::string_view(one->first).substr(prefix.size()), first_layer);
        if (!k) continue;
        if (*k >= out.size()) {
            archive_->budget().take((*k + 1 - out.size()) * sizeof(Value), collection);
            out.resize(*k + 1);
        }
        Mapping network;
        add(network, "layers", layers(concat(prefix, *k, ".layers"), activation, has_plain_end));
        out[*k] = Value(std::move(network));
    }
    return out;
}

List CheckpointWeights::layers(const std::string& prefix, const Value& activation, bool has_plain_end) const {
    const auto place = [&](std::size_t k, std::string_view part) { return concat(prefix, ".", k, ".", part); };
    const auto holds_layer = [&](std::size_t k) {
        return k < most_layers && tensors_.contains(place(k, dialect().weight));
    };
    List out;
    for (std::size_t k = 0; holds_layer(k); ++k) {
        const bool is_plain = has_plain_end && !holds_layer(k + 1);
        out.emplace_back(layer_section(value(place(k, dialect().weight)), value(place(k, dialect().bias)),
                                       value(place(k, "idt")), is_plain ? Value(std::string("none")) : activation,
                                       Value(!is_plain)));
    }
    return out;
}

Value CheckpointWeights::linear(const std::string& place) const {
    return linear_section(value(concat(place, ".", dialect().weight)), value(concat(place, ".", dialect().bias)));
}

}  // namespace dpmd::importers
