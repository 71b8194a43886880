#pragma once
// What a simulation keeps constant. Temperatures in K, times in fs, pressures in bar.
#include <string>
#include <variant>

namespace dpmd {

/// Constant energy: velocity Verlet (Swope et al., J. Chem. Phys. 76, 637, 1982).
struct Nve {
    bool operator==(const Nve&) const = default;
};

/// Constant temperature by friction and noise, BAOAB splitting (Leimkuhler and Matthews, Appl. Math. Res. Express 2013,
/// 34).
struct Langevin {
    double temperature = 0;
    double damping = 0;  ///< inverse friction: velocities decay as exp(-t / damping)
    bool operator==(const Langevin&) const = default;
};

/// Constant temperature by a chain of thermostats (Martyna, Klein and Tuckerman, J. Chem. Phys. 97, 2635, 1992).
struct NoseHoover {
    double temperature = 0;
    double damping = 0;  ///< tau in the thermostat masses Q_1 = N_f kT tau^2, Q_k = kT tau^2
    int chain = 3;       ///< thermostats, 1 to 16
    bool operator==(const NoseHoover&) const = default;
};

/// Constant temperature by stochastic velocity rescaling (Bussi, Donadio and Parrinello, J. Chem. Phys. 126, 014101,
/// 2007).
struct Bussi {
    double temperature = 0;
    double damping = 0;  ///< relaxation time of the kinetic energy
    bool operator==(const Bussi&) const = default;
};

/// What the pressure changes.
enum class Coupling {
    isotropic,  ///< the volume only
    full        ///< all lengths and angles of the cell; the cell does not rotate
};

/// Constant temperature and pressure (Martyna, Tobias and Klein, J. Chem. Phys. 101, 4177, 1994), with Nosé-Hoover
/// chains on the particles and on the barostat. Needs a box periodic in three directions.
struct Mtk {
    double temperature = 0;
    double pressure = 0;          ///< external, hydrostatic
    double damping = 0;           ///< of the temperature, as in NoseHoover
    double pressure_damping = 0;  ///< tau in the barostat's mass (N_f + 3) kT tau^2
    Coupling coupling = Coupling::isotropic;
    int chain = 3;
    bool operator==(const Mtk&) const = default;
};

using Ensemble = std::variant<Nve, Langevin, NoseHoover, Bussi, Mtk>;

}  // namespace dpmd
