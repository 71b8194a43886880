#pragma once
// Physical constants, CODATA 2018 (Tiesinga et al., Rev. Mod. Phys. 93, 025010, 2021), in Å, fs, eV, K.

namespace dpmd {

inline constexpr double electron_volt_joule = 1.602176634e-19;  // exact
inline constexpr double atomic_mass_unit_kg = 1.66053906660e-27;

/// Boltzmann's constant, eV/K: 1.380649e-23 J/K (exact) in electron volts, 8.617333262145e-5.
inline constexpr double boltzmann = 1.380649e-23 / electron_volt_joule;

/// The atomic mass unit in eV fs^2/Å^2. One such unit is 1 eV (1e-15 s)^2 / (1e-10 m)^2 = eV in joule * 1e-10 kg, so
/// u = 1.66053906660e-27 kg / 1.602176634e-29 kg = 103.642696….
inline constexpr double atomic_mass_unit = atomic_mass_unit_kg / (electron_volt_joule * 1e-10);

/// One eV/Å^3 in bar: 1.602176634e11 Pa.
inline constexpr double bar_per_ev_per_cubic_angstrom = electron_volt_joule * 1e30 * 1e-5;

/// One u/Å^3 in g/cm^3.
inline constexpr double gram_per_cubic_centimetre = atomic_mass_unit_kg * 1e3 * 1e24;

}  // namespace dpmd
