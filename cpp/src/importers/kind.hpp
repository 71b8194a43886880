#pragma once
// What kind of model a file holds, in words that a user of DeePMD-kit knows. Files of every format carry the same
// settings: the type of the model, of its descriptor and of its fitting net. A kind that dpmd does not run is refused
// by these before anything else in the file is looked at.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dpmd/errors.hpp"
#include "importers/value.hpp"

namespace dpmd::importers {

/// A model's kind by DeePMD-kit's names of its parts.
struct Kind {
    std::string model = "standard";
    std::vector<Kind> members;             ///< of a combination, whose own descriptors and fitting count for nothing
    std::vector<std::string> descriptors;  ///< several in a hybrid
    std::string fitting = "ener";
    bool spin = false;
    std::vector<std::string> beside;  ///< what stands beside descriptor and fitting net, in words

    /// What of it dpmd does not run, in words; empty where it does.
    std::string unsupported() const;
};

/// The kind by a model's settings: a training script's `model`, or DeePMD-kit's model dictionary. Whatever is missing
/// or malformed counts as se_e2_a with energies: the readers look at it again.
Kind kind_of(const Value& model);

/// Whether a model of this type is a weighted sum of models.
bool is_linear(std::string_view model_type);

/// The name of a descriptor here, by any of those that DeePMD-kit has for it.
std::string descriptor_name(std::string_view name);
/// Whether dpmd runs a descriptor, by its name here.
bool is_descriptor_run(std::string_view name);
/// The settings of the parts of a hybrid; those of any other descriptor as they are.
std::vector<const Value*> descriptor_parts(const Value& descriptor);
/// A data modifier in words.
std::string modifier_words(std::string_view name);

/// The error for a model that DeePMD-kit knows and dpmd does not run.
InputError refusal(const std::string& place, const std::string& what, const std::string& remedy = "");
/// Throws InputError unless dpmd runs models of this kind.
void refuse_other_kinds(const Kind& kind, const std::string& place, const std::string& remedy = "");

/// Texts with a word between them, each once.
std::string joined(std::span<const std::string> texts, std::string_view between);
std::vector<std::string> each_once(std::vector<std::string> texts);

}  // namespace dpmd::importers
