#include "importers/torch/torchscript.hpp"

#include <utility>

#include "core/text.hpp"
#include "importers/common.hpp"
#include "importers/dpmodel/dictionary.hpp"
#include "importers/kind.hpp"
#include "importers/torch/module.hpp"
#include "importers/torch/module_terms.hpp"

namespace dpmd::importers {
namespace {

/// The settings of the training; empty where there are none. Combinations that were never trained hold an empty text.
Value script_of(const TorchModule& root, const std::string& path) {
    const Value text = root.get("model_def_script");
    if (text.text().empty()) return Value(Mapping());
    Value script = json_document(text.text(), concat(path, ": model_def_script"));
    return script.is_mapping() ? std::move(script) : Value(Mapping());
}

/// A number that may be stored as an array.
Value scalar(Value value) {
    const auto* array = value.as<Array>();
    return array != nullptr && (*array)->size() == 1 ? Value((*array)->values.front()) : std::move(value);
}

}  // namespace

ImportedModel read_torchscript(std::span<const std::byte> content, const std::string& path, Source source) {
    Budget budget(content.size());
    TorchArchive archive(content, path, budget);
    const TorchModule root(archive.root(), "model", archive);
    const Value script = script_of(root, path);
    refuse_other_kinds(kind_of(script), path);
    if (!root.optional("atomic_model"))
        throw refusal(concat(root.place(), " (", root.class_name(), ")"), "a model without one atomic model");
    const Value model = section_of_module(root.module("atomic_model"), script);
    return read_dictionary(Section(model, path + ": model", budget), std::move(source),
                           scalar(root.get("min_nbor_dist")), script.is_true() ? script : Value());
}

}  // namespace dpmd::importers
