#pragma once
// The terms of DeePMD-kit's model dictionary: one model, a pair table, a weighted sum of models, or DP-ZBL. The
// dictionary of a combination holds the dictionaries of its members. The biases and exclusions of a member belong to
// it, as in PyTorch; DeePMD-kit's NumPy backend, which runs .dp files, ignores them.
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "importers/dpmodel/section.hpp"
#include "models/local/local_model.hpp"

namespace dpmd::importers {

using Term = std::variant<NetTerm, PairTable>;

/// What the energy of a model is made of.
struct Terms {
    std::vector<Term> terms;
    std::vector<std::string> type_map;
    std::string precision;         ///< of the networks in the source
    std::optional<Bridge> bridge;  ///< between two terms, in place of their sum
};

/// `model` is the section of a model in the dictionary; `lower_input` as for read_descriptors.
Terms read_terms(const Section& model, std::string_view lower_input);

}  // namespace dpmd::importers
