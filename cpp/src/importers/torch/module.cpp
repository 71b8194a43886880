#include "importers/torch/module.hpp"

#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::importers {
namespace {

const Pickled nothing;

const PickledObject* object_in(const Pickled* value) {
    auto* const* object = value != nullptr ? std::get_if<PickledObject*>(value) : nullptr;
    return object != nullptr ? *object : nullptr;
}

}  // namespace

TorchModule::TorchModule(const Pickled& value, std::string place, TorchArchive& archive)
    : object_(object_in(&value)), place_(std::move(place)), archive_(&archive) {
    if (object_ == nullptr)
        throw InputError(concat(archive.path(), ": ", place_, " is not a module of a TorchScript model"));
}

std::string TorchModule::whole_place() const { return concat(archive_->path(), ": ", place_); }

std::string_view TorchModule::class_name() const { return object_->name.substr(object_->name.rfind('.') + 1); }

Value TorchModule::get(std::string_view name) const {
    const Pickled* value = find(name);
    return value != nullptr ? archive_->value(*value, place_of(name)) : Value();
}

Array TorchModule::array(std::string_view name) const {
    const Pickled* value = find(name);
    auto* const* tensor = value != nullptr ? std::get_if<const PickledTensor*>(value) : nullptr;
    return tensor != nullptr ? archive_->array(**tensor, place_of(name)) : nullptr;
}

TorchModule TorchModule::module(std::string_view name) const {
    const Pickled* value = find(name);
    return {value != nullptr ? *value : nothing, concat(place_, ".", name), *archive_};
}

std::optional<TorchModule> TorchModule::optional(std::string_view name) const {
    if (object_in(find(name)) == nullptr) return std::nullopt;
    return module(name);
}

std::vector<std::optional<TorchModule>> TorchModule::numbered() const {
    std::vector<std::optional<TorchModule>> out;
    for (std::string name = "0"; find(name) != nullptr; name = std::to_string(out.size()))
        out.push_back(optional(name));
    return out;
}

Value TorchModule::numbered_arrays() const {
    List out;
    for (Array one; (one = array(std::to_string(out.size()))) != nullptr;) out.push_back(value_of(one));
    return Value(std::move(out));
}

const Pickled* TorchModule::find(std::string_view name) const {
    auto* const* state = std::get_if<PickledMapping*>(&object_->state);
    return state != nullptr ? (*state)->find(name) : nullptr;
}

std::string TorchModule::place_of(std::string_view name) const { return concat(whole_place(), ".", name); }

Array exclusion_mask(const TorchModule& owner, std::string_view name) {
    const auto mask = owner.optional(name);
    return mask ? mask->array("type_mask") : nullptr;
}

List module_networks(const TorchModule& container) {
    List networks;
    for (const auto& network : container.module("networks").numbered()) {
        List layers;
        if (network)
            for (const auto& layer : network->module("layers").numbered()) layers.push_back(module_layer(layer));
        Mapping section;
        if (!layers.empty()) add(section, "layers", std::move(layers));
        networks.push_back(section.empty() ? Value() : Value(std::move(section)));
    }
    return networks;
}

Value module_layer(const std::optional<TorchModule>& layer) {
    if (!layer) return {};
    Mapping section = layer_section(layer->get("matrix"), layer->get("bias"), layer->get("idt"),
                                    layer->get("activate_name"), layer->get("resnet"));
    add(section, "precision", layer->get("precision"));
    return Value(std::move(section));
}

}  // namespace dpmd::importers
