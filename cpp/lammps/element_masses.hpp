#pragma once
// What a mass says about an element.
#include <string_view>

namespace dpmd::lammps {

/// The other element that atoms of this name must be, by their mass in atomic mass units; "" where the name is no
/// element, or the mass may be its own or says nothing.
std::string_view element_of_mass_instead(std::string_view name, double mass);

}  // namespace dpmd::lammps
