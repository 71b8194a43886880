#pragma once
// Molecular dynamics with a Potential: numbered steps, observers, checkpoints.
#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpmd/box.hpp"
#include "dpmd/committee.hpp"
#include "dpmd/communicator.hpp"
#include "dpmd/ensemble.hpp"
#include "dpmd/errors.hpp"
#include "dpmd/export.hpp"
#include "dpmd/potential.hpp"

namespace dpmd {

/// How a simulation runs.
struct SimulationOptions {
    double timestep = 0;  ///< fs
    Ensemble ensemble = Nve{};
    double skin = 1.0;       ///< Å by which the neighbour list exceeds the cutoff
    std::uint64_t seed = 0;  ///< of the random numbers of Langevin and Bussi
    /// Total momentum is removed from given velocities and from Langevin's noise, and there are 3N - 3 degrees of
    /// freedom. Without it (Nve and Langevin only) momentum is left alone: Langevin then has 3N degrees of freedom, Nve
    /// 3N - 3, the temperature being that of the motion relative to the centre of mass. Fixed atoms take momentum up,
    /// so with them this has no effect and every free atom has three degrees of freedom.
    bool zero_momentum = true;
    /// Names the run in its checkpoints, thermo logs and extxyz frames, 1 to 2^52. 0: made from model, start and
    /// options, so that equal runs have equal files.
    std::int64_t run_id = 0;
};

/// What a simulation starts from; every array is copied.
struct SimulationStart {
    std::span<const double> positions;    ///< [n][3] Å, need not lie in the box; never wrapped
    std::span<const std::int32_t> types;  ///< [n]
    std::span<const double> velocities;   ///< [n][3] Å/fs; empty: at rest
    std::span<const double> masses;       ///< [n_types] atomic mass units
    Box box;
    std::span<const double> fparam;  ///< [n_fparam]; empty: the model's default
    std::span<const double> aparam;  ///< [n][n_aparam]
    /// Indices of atoms that do not move, each once. They act on others, but have no velocity and no share in
    /// temperature and pressure; where a barostat changes the cell, they keep their place in it (their fractions of its
    /// vectors). Their velocities, where given, must be zero.
    std::span<const std::int32_t> fixed = {};
};

/// The ranks that share a simulation. Each gives the same potential, start and options, and calls the same functions in
/// the same order: a Simulation of several ranks computes together, and files are written by rank 0. Trajectories have
/// the same bits for any number of ranks.
struct RankOptions {
    std::shared_ptr<Communicator> communicator = make_single_rank();
    std::array<int, 3> grid{};     ///< parts along each lattice vector; zeros: those with the fewest ghosts
    double most_imbalance = 1.05;  ///< most atoms of a rank over the mean; beyond it the box is cut anew
};

/// How the work is shared: sums over all ranks, and what this rank has.
struct RankReport {
    int rank = 0, n_ranks = 1;
    std::array<int, 3> grid{1, 1, 1};
    double imbalance = 1;                          ///< most atoms of a rank over the mean
    std::int64_t n_owned = 0, n_ghosts = 0;        ///< on this rank
    std::int64_t n_remote_ghosts = 0, n_sent = 0;  ///< ghosts here of other ranks' atoms, and there of this rank's
    int n_peers = 0;                               ///< ranks that this one talks to in every step
    std::int64_t n_migrated = 0;                   ///< atoms of all ranks that have changed their rank so far
    double migration_seconds = 0;                  ///< spent by this rank
};

/// Thermodynamic quantities at one step. Volume, density and pressure are NaN unless all directions are periodic.
struct Thermo {
    std::int64_t step = 0;
    double time = 0;              ///< fs
    double temperature = 0;       ///< K
    double kinetic_energy = 0;    ///< eV
    double potential_energy = 0;  ///< eV
    double conserved_energy = 0;  ///< eV, what the exact dynamics of the ensemble keeps constant
    double pressure = 0;          ///< bar, a third of the trace of the pressure tensor
    std::array<double, 6>
        pressure_tensor{};         ///< bar, xx yy zz xy xz yz: (sum m v v + virial) / volume; minus the stress
    double volume = 0;             ///< Å^3
    double density = 0;            ///< g/cm^3
    std::array<double, 9> cell{};  ///< Å, rows are lattice vectors; zero rows where there is none
};

/// A trajectory file. A fresh simulation starts it anew. A resumed one checks that it begins as the checkpoint knows
/// it, moves what lies behind to the end of `path`.cut, and continues. Each frame is appended whole or not at all.
struct TrajectoryOptions {
    std::string path;
    std::int64_t every = 0;
    std::string format;       ///< "extxyz", "lammps" (text dump, metal units), or empty: from the name's ending
    bool velocities = false;  ///< extxyz: `velo` in Å/fs, `momenta` and `masses` in ASE's units; lammps: Å/ps
    bool forces = false;      ///< eV/Å
    bool virial = false;      ///< extxyz only: virial in eV and, where all directions are periodic, stress in eV/Å^3
    bool time = false;  ///< lammps: times and units, in lines that not every program reads; extxyz has the time always
};

/// Two atoms that are near each other, and how far apart they (or their periodic images) are.
struct ClosestPair {
    std::int64_t first = 0, second = 0;  ///< the smaller index first
    double distance = 0;                 ///< Å
};

/// Model deviation along the way: other models judge the steps that the potential makes.
struct DeviationOptions {
    std::vector<Model> models;  ///< besides the simulation's own
    std::string path;           ///< the table
    std::int64_t every = 0;
    DeviationLevels levels;
    bool atomic = false;  ///< a column for each atom
    /// Frames whose largest force deviation is at least `lower` and below `upper`, eV/Å, are written to this file
    /// (extxyz): those that are worth a calculation from first principles. Empty: none.
    std::string selected;
    double lower = 0;
    double upper = std::numeric_limits<double>::infinity();
};

/// For one thread at a time, except request_stop. Between two steps, and in callbacks, the state is that of a whole
/// step, so other threads may be let in there, as Python's bindings do. What they change then has the effect that it
/// has between two runs.
class DPMD_API Simulation {
public:
    /// InputError: naming the argument that does not fit.
    Simulation(std::shared_ptr<const Potential> potential, const SimulationStart& start,
               const SimulationOptions& options, const RankOptions& ranks = {});
    /// Continues from a checkpoint bit for bit, for any number of threads and ranks; the model and, where they are
    /// given, the ensemble and the run_id must be the checkpoint's. InputError: naming what differs, or where the file
    /// is damaged.
    static Simulation resume(const std::string& path, std::shared_ptr<const Potential> potential,
                             const std::optional<Ensemble>& expected = std::nullopt, const RankOptions& ranks = {},
                             const std::optional<std::int64_t>& expected_run = std::nullopt);
    ~Simulation();
    Simulation(Simulation&&) noexcept;
    Simulation& operator=(Simulation&&) noexcept;

    /// Velocities from the Maxwell-Boltzmann distribution, a function of (seed, atom); the momentum of the centre of
    /// mass is removed with zero_momentum; fixed atoms get none. `exact`: scaled so that the temperature is exactly the
    /// given one, K.
    void initialize_velocities(double temperature, std::uint64_t seed, bool exact = true);
    /// [n][3] Å/fs; the total momentum is removed with zero_momentum. InputError when a fixed atom has one.
    void set_velocities(std::span<const double> velocities);

    /// Observers: called after every step that is a multiple of `every`, also at the first step of the first run; in
    /// the order they were added, checkpoints last.
    void thermo_log(const std::string& path, std::int64_t every);  ///< a CSV file, continued as a trajectory is
    void trajectory(const TrajectoryOptions& options);
    void deviation(const DeviationOptions& options);  ///< the models share the simulation's neighbour list
    void checkpoint(const std::string& path, std::int64_t every);
    void callback(std::function<void()> function, std::int64_t every);

    /// Runs n_steps or until request_stop; returns the steps done. `between_steps` is called after each step. An
    /// exception from it or from an observer ends the run after a whole step, and the run may go on later. InputError:
    /// the system has blown up (naming atom, step and position), a file cannot be written, or it is running already.
    /// With several ranks a failure of one ends the run on all, with the same error. A callback that asks for what is
    /// collective must do so on every rank.
    std::int64_t run(std::int64_t n_steps, const std::function<void()>& between_steps = {});
    /// From any thread or signal handler: the run ends after its current step. Without a run, the next one ends at
    /// once. With several ranks one of them is enough.
    void request_stop() noexcept;

    std::int64_t step() const;
    double time() const;  ///< fs
    const SimulationOptions& options() const;
    /// The one of the options, or one made from the start; velocities set before the first step are part of the start.
    std::int64_t run_id() const;
    /// What became of the files that were continued, in words: what was moved aside, what had to begin anew. At rank 0.
    const std::vector<std::string>& resume_notes() const;
    std::int32_t n_atoms() const;
    /// The atoms of all ranks, on every rank, in the order in which the start gave them. Collective. Valid until the
    /// next call of the same function or, with one rank, until the state changes.
    std::span<const std::int32_t> types() const;
    std::span<const double> positions() const;    ///< [n][3] Å, unwrapped
    std::span<const double> velocities() const;   ///< [n][3] Å/fs
    std::span<const double> forces();             ///< [n][3] eV/Å, computed if need be
    std::span<const double> masses() const;       ///< [n_types] atomic mass units; not collective, as all that follows
    std::span<const std::int32_t> fixed() const;  ///< atoms that do not move, ascending
    const Box& box() const;
    int degrees_of_freedom() const;
    /// Collective until the first run.
    Thermo thermo();
    /// The nearest pair of atoms, if it is nearer than `within` Å. Rank 0 gathers all atoms and looks for it, which
    /// takes a few microseconds per atom. Collective.
    std::optional<ClosestPair> closest_pair(double within) const;
    /// max_devi_f of the last row of a deviation, eV/Å; NaN before the first. The same on every rank.
    double largest_force_deviation() const;
    /// How often the neighbour list was built.
    std::int64_t n_list_builds() const;
    /// Atoms that took the fallback in the last step (Potential::n_fallback).
    std::int64_t n_fallback() const;
    /// Where the time of all force calls so far went, by stage (Potential::stage_times).
    std::vector<StageTime> stage_times() const;
    /// Memory of the engine: lists, ghosts, scratch; the state of the atoms comes on top. Bytes.
    std::size_t engine_bytes() const;
    /// The packed weights, bytes; the models that they are of are shared with the potentials given.
    std::size_t model_bytes() const;

    RankReport rank_report() const;

    /// Everything a bit-exact continuation needs, as one safetensors file put in place at once.
    void write_checkpoint(const std::string& path);

private:
    class Core;
    explicit Simulation(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace dpmd
