#pragma once
// Electron configurations of the elements as DeePMD-kit feeds them to a type embedding (use_econf_tebd). Every orbital
// of the ground state of the neutral atom gives two numbers, one per spin: 1 where there is an electron and -1 where
// there is none. The orbitals of a subshell are filled by Hund's rule, and all numbers are divided by the square root
// of their count.
#include <string>
#include <vector>

#include "importers/tensor.hpp"

namespace dpmd::importers {

/// The numbers of each type [n_types][118]. Throws InputError for a name that is no symbol of an element.
Tensor configuration_rows(const std::vector<std::string>& type_map, const std::string& place);

}  // namespace dpmd::importers
