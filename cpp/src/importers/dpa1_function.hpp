#pragma once
// Which of DPA-1's functions a file means, and how a user asks for the other one. DeePMD-kit computes different
// energies from the same weights, and nothing in the weights tells which. The file does, by its format; docs/theory.md
// has the three functions.
#include <optional>
#include <string>

#include "importers/imported.hpp"

namespace dpmd::importers {

/// Gives the model the function that a user asks for ("dense" or "graph"), if any, and notes that say which it has.
/// Throws InputError when there is no such function, or the model has only one.
void choose_function(ImportedModel& model, const std::optional<std::string>& asked, const std::string& path);

}  // namespace dpmd::importers
