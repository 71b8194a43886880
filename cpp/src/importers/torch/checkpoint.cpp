#include "importers/torch/checkpoint.hpp"

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/dpmodel/dictionary.hpp"
#include "importers/kind.hpp"
#include "importers/torch/checkpoint_terms.hpp"
#include "importers/torch/descriptor_layouts.hpp"
#include "importers/torch/heads.hpp"

namespace dpmd::importers {
namespace {

const PickledMapping* mapping_in(const Pickled* value) {
    auto* const* mapping = value != nullptr ? std::get_if<PickledMapping*>(value) : nullptr;
    return mapping != nullptr ? *mapping : nullptr;
}

/// Every tensor by its name, and the settings beside them.
struct State {
    const PickledMapping* tensors = nullptr;
    const PickledMapping* params = nullptr;
};

State state_of(const TorchArchive& archive) {
    State out{mapping_in(&archive.root()), nullptr};
    if (out.tensors != nullptr && out.tensors->find("model") != nullptr)
        out.tensors = mapping_in(out.tensors->find("model"));
    const PickledMapping* extra = out.tensors != nullptr ? mapping_in(out.tensors->find("_extra_state")) : nullptr;
    out.params = extra != nullptr ? mapping_in(extra->find("model_params")) : nullptr;
    if (out.params == nullptr)
        throw InputError(
            concat(archive.path(), ": no '_extra_state.model_params' in it; is it a DeePMD-kit checkpoint?"));
    return out;
}

/// What the model that the checkpoint belongs to takes: edges, where its backend and its descriptor can. A hybrid and a
/// combination of models take padded lists in every backend.
std::string_view lower_input(const CheckpointWeights& weights, const Section& params) {
    if (!params.has("descriptor") || params.has("use_srtab")) return "nlist";
    const std::string type = params.section("descriptor").text("type");
    if (!weights.is_exportable() || type == "hybrid" || !layout_of(type).takes_edges) return "nlist";
    const Array disabled = weights.array(concat(atomic_model, ".descriptor.graph_lower_disabled"));
    const bool is_disabled = disabled && std::any_of(disabled->values.begin(), disabled->values.end(),
                                                     [](double value) { return value != 0; });
    return is_disabled ? "nlist" : "graph";
}

Value first_of(const Array& values) { return values && values->size() > 0 ? Value(values->values.front()) : Value(); }

}  // namespace

ImportedModel read_checkpoint(std::span<const std::byte> content, const std::string& path, Source source,
                              const std::optional<std::string>& head) {
    Budget budget(content.size());
    TorchArchive archive(content, path, budget);
    const State state = state_of(archive);
    ChosenHead chosen = chosen_head(*state.params, head, archive);
    refuse_other_kinds(kind_of(chosen.settings), path);
    const CheckpointWeights weights(archive, *state.tensors, chosen.name);
    const Section params(chosen.settings, path + ": model_params", budget);
    const Value model = section_of_checkpoint(weights, params);
    const Value distance = first_of(weights.array("min_nbor_dist", "_min_nbor_dist"));
    ImportedModel out = read_dictionary(Section(model, path + ": model", budget), std::move(source), distance,
                                        chosen.settings, lower_input(weights, params));
    out.notes.insert(out.notes.begin(), chosen.notes.begin(), chosen.notes.end());
    return out;
}

}  // namespace dpmd::importers
