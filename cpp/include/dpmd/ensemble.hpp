#pragma once
// What a simulation keeps constant. Temperatures in K, times in fs, pressures in bar.
//
// An ensemble is a struct of its parameters, whose initial values are the defaults, with a table that describes them.
// Checks, messages, checkpoints, the Python classes and the keys of input files are all made from the tables.
#include <array>
#include <cstddef>
#include <tuple>
#include <utility>
#include <variant>

namespace dpmd {

/// What the dynamics does to the total momentum.
enum class Momentum {
    conserved,  ///< left as it is
    driven,     ///< changed by noise, unless it is held at zero
    amplified   ///< scaled with all velocities, so it must be held at zero
};

/// What the pressure changes.
enum class Coupling {
    isotropic,  ///< the volume only
    full        ///< all lengths and angles of the cell; the cell does not rotate
};
inline constexpr std::array<const char*, 2> coupling_names{"isotropic", "full"};  ///< indexed by Coupling

inline constexpr int longest_thermostat_chain = 16;

/// Facts about an ensemble as a whole.
struct EnsembleKind {
    const char* name;        ///< its class in Python, also used in messages and checkpoints
    const char* statistics;  ///< `ensemble` of an input file: "nve", "nvt" or "npt"
    /// `thermostat` of an input file, where several ensembles have the same statistics.
    const char* thermostat = "";
    Momentum momentum = Momentum::conserved;
    bool changes_cell = false;  ///< then the box must be periodic in all directions
    const char* about = "";     ///< for users; the first line is a summary
};

/// A number: finite, and above zero where it `is_positive`.
template <class E>
struct NumberParameter {
    const char* name;  ///< as users write it
    double E::*member;
    const char* unit;
    bool is_positive = true;
    bool is_required = false;
    const char* about = "";  ///< for users
};

/// A whole number from `least` to `most`.
template <class E>
struct CountParameter {
    const char* name;
    int E::*member;
    int least, most;
    const char* about = "";
};

/// One of `coupling_names`.
template <class E>
struct CouplingParameter {
    const char* name;
    Coupling E::*member;
    const char* about = "";
};

struct Nve {
    bool operator==(const Nve&) const = default;

    static constexpr EnsembleKind kind{
        .name = "NVE",
        .statistics = "nve",
        .about = "Constant energy: velocity Verlet (Swope et al., J. Chem. Phys. 76, 637, 1982)."};
    static constexpr std::tuple<> parameters{};
};

struct Langevin {
    double temperature = 0;
    double damping = 100;
    bool operator==(const Langevin&) const = default;

    static constexpr EnsembleKind kind{
        .name = "Langevin",
        .statistics = "nvt",
        .thermostat = "langevin",
        .momentum = Momentum::driven,
        .about =
            "Constant temperature by friction and noise.\n"
            "The BAOAB splitting of Leimkuhler and Matthews (Appl. Math. Res. Express 2013, 34). The noise does "
            "not move the centre of mass unless the simulation has ``zero_momentum=False``."};
    static constexpr std::tuple parameters{
        NumberParameter<Langevin>{.name = "temperature",
                                  .member = &Langevin::temperature,
                                  .unit = "K",
                                  .is_required = true,
                                  .about = "Temperature of the heat bath."},
        NumberParameter<Langevin>{.name = "damping",
                                  .member = &Langevin::damping,
                                  .unit = "fs",
                                  .about = "Inverse friction: velocities decay as exp(-t / damping)."}};
};

struct NoseHoover {
    double temperature = 0;
    double damping = 100;
    int chain = 3;
    bool operator==(const NoseHoover&) const = default;

    static constexpr EnsembleKind kind{
        .name = "NoseHoover",
        .statistics = "nvt",
        .thermostat = "nose-hoover",
        .momentum = Momentum::amplified,
        .about =
            "Constant temperature by a chain of thermostats (Martyna, Klein and Tuckerman, "
            "J. Chem. Phys. 97, 2635, 1992)."};
    static constexpr std::tuple parameters{
        NumberParameter<NoseHoover>{.name = "temperature",
                                    .member = &NoseHoover::temperature,
                                    .unit = "K",
                                    .is_required = true,
                                    .about = "Temperature of the heat bath."},
        NumberParameter<NoseHoover>{.name = "damping",
                                    .member = &NoseHoover::damping,
                                    .unit = "fs",
                                    .about = "tau in the thermostat masses Q_1 = N_f kT tau² and Q_k = kT tau²."},
        CountParameter<NoseHoover>{.name = "chain",
                                   .member = &NoseHoover::chain,
                                   .least = 1,
                                   .most = longest_thermostat_chain,
                                   .about = "Number of thermostats."}};
};

struct Bussi {
    double temperature = 0;
    double damping = 100;
    bool operator==(const Bussi&) const = default;

    static constexpr EnsembleKind kind{.name = "Bussi",
                                       .statistics = "nvt",
                                       .thermostat = "bussi",
                                       .momentum = Momentum::amplified,
                                       .about =
                                           "Constant temperature by stochastic velocity rescaling.\n"
                                           "Bussi, Donadio and Parrinello, J. Chem. Phys. 126, 014101 (2007)."};
    static constexpr std::tuple parameters{NumberParameter<Bussi>{.name = "temperature",
                                                                  .member = &Bussi::temperature,
                                                                  .unit = "K",
                                                                  .is_required = true,
                                                                  .about = "Temperature of the heat bath."},
                                           NumberParameter<Bussi>{.name = "damping",
                                                                  .member = &Bussi::damping,
                                                                  .unit = "fs",
                                                                  .about = "Relaxation time of the kinetic energy."}};
};

struct Mtk {
    double temperature = 0;
    double pressure = 0;
    double damping = 100;
    double pressure_damping = 1000;
    Coupling coupling = Coupling::isotropic;
    int chain = 3;
    bool operator==(const Mtk&) const = default;

    static constexpr EnsembleKind kind{
        .name = "MTK",
        .statistics = "npt",
        .momentum = Momentum::amplified,
        .changes_cell = true,
        .about =
            "Constant temperature and pressure, with Nosé-Hoover chains on the particles and on the barostat.\n"
            "Martyna, Tobias and Klein, J. Chem. Phys. 101, 4177 (1994), in the splitting of Tuckerman et al., "
            "J. Phys. A 39, 5629 (2006). The box must be periodic in all directions."};
    static constexpr std::tuple parameters{
        NumberParameter<Mtk>{.name = "temperature",
                             .member = &Mtk::temperature,
                             .unit = "K",
                             .is_required = true,
                             .about = "Temperature of the heat bath."},
        NumberParameter<Mtk>{.name = "pressure",
                             .member = &Mtk::pressure,
                             .unit = "bar",
                             .is_positive = false,
                             .is_required = true,
                             .about = "External hydrostatic pressure."},
        NumberParameter<Mtk>{.name = "damping",
                             .member = &Mtk::damping,
                             .unit = "fs",
                             .about = "Damping of the temperature, as in NoseHoover."},
        NumberParameter<Mtk>{.name = "pressure_damping",
                             .member = &Mtk::pressure_damping,
                             .unit = "fs",
                             .about = "tau in the barostat's mass (N_f + 3) kT tau²."},
        CouplingParameter<Mtk>{
            .name = "coupling",
            .member = &Mtk::coupling,
            .about = "What the pressure changes: the volume, or all lengths and angles of the cell."},
        CountParameter<Mtk>{.name = "chain",
                            .member = &Mtk::chain,
                            .least = 1,
                            .most = longest_thermostat_chain,
                            .about = "Thermostats in each chain."}};
};

using Ensemble = std::variant<Nve, Langevin, NoseHoover, Bussi, Mtk>;

/// Calls visit(row) for each row of the table of E.
template <class E, class F>
void for_each_parameter(F&& visit) {
    std::apply([&](const auto&... rows) { (visit(rows), ...); }, E::parameters);
}

/// Calls visit(ensemble) for each ensemble, with its defaults.
template <class F>
void for_each_ensemble(F&& visit) {
    [&]<std::size_t... k>(std::index_sequence<k...>) { (visit(std::variant_alternative_t<k, Ensemble>{}), ...); }
    (std::make_index_sequence<std::variant_size_v<Ensemble>>{});
}

}  // namespace dpmd
