#pragma once
// Numbers that stand as text in foreign files.
#include <optional>
#include <string_view>

namespace dpmd::importers {

/// What Python's float() makes of a text, infinities and NaN included; nothing where it is no number.
std::optional<double> number_of_text(std::string_view text);

}  // namespace dpmd::importers
