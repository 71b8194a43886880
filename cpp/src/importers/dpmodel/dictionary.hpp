#pragma once
// DeePMD-kit's backend-independent model dictionary as a model. .dp, .hlo, .yaml and .pt2 files hold this dictionary as
// it is; the readers of .pth and .pt build it from their modules.
#include <string_view>

#include "importers/dpmodel/section.hpp"
#include "importers/imported.hpp"

namespace dpmd::importers {

/// The model of a document: the model dictionary and what stands beside it. `source` names the file and its format; the
/// version is taken from the document. `lower_input` is DeePMD-kit's lower_input_kind: whether its programs take padded
/// lists of neighbours ("nlist") or edges ("graph", "dpa1_canonical"). Throws InputError for what is no such document,
/// and for models that dpmd does not run.
ImportedModel read_document(const Section& root, Source source, std::string_view lower_input = "nlist");

/// The model of the section `model` of a document. `distance` is the least distance of the training, Å, or what stands
/// in its place; `script` are the settings of the training, or null.
ImportedModel read_dictionary(const Section& model, Source source, const Value& distance, const Value& script,
                              std::string_view lower_input = "nlist");

}  // namespace dpmd::importers
