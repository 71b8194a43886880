#pragma once
// Which element a mass belongs to.
#include <string_view>

namespace dpmd::lammps {

/// The element that atoms of this name really are, judging by their mass in atomic mass units, if it is another one; ""
/// where the name is no element, the mass fits it, or the mass tells nothing.
std::string_view element_of_mass_instead(std::string_view name, double mass);

}  // namespace dpmd::lammps
