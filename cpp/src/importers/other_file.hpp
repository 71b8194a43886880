#pragma once
// Files that are given as a model and are none: what they are, and where they belong.
#include <string>
#include <string_view>

namespace dpmd::importers {

/// Throws InputError when a text is plainly a structure or an input of dpmd. `head`: how the file begins.
void refuse_other_text(const std::string& path, std::string_view head);
/// The same for what is no text.
void refuse_other_binary(const std::string& path, std::string_view head);

}  // namespace dpmd::importers
