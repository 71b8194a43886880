#pragma once
// Damage to an attribute of a node shows whether or not it is read.
#include <string_view>

namespace dpmd::importers {

/// Goes through an entry of the map of attributes. Throws WireError.
void check_attribute(std::string_view entry);

}  // namespace dpmd::importers
