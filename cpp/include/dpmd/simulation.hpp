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
    std::uint64_t seed = 0;  ///< for the random numbers of Langevin and Bussi
    /// Total momentum is removed from given velocities and from Langevin's noise, and there are 3N - 3 degrees of
    /// freedom. Without it (Nve and Langevin only) momentum is left alone: Langevin then has 3N degrees of freedom, Nve
    /// 3N - 3, and its temperature is that of the motion relative to the centre of mass. Fixed atoms absorb momentum,
    /// so with them this has no effect and every free atom has three degrees of freedom.
    bool zero_momentum = true;
    /// Identifies the run in its checkpoints, thermo logs and extxyz frames, 1 to 2^52. 0: made from model, start and
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
    /// Indices of atoms that do not move, each once. They act on others, but have no velocity and do not count in
    /// temperature and pressure; where a barostat changes the cell, they keep their fractional coordinates. Their
    /// velocities, where given, must be zero.
    std::span<const std::int32_t> fixed = {};
};

/// The ranks that share a simulation. Each passes the same potential, start and options, and calls the same functions
/// in the same order: the ranks compute together, and rank 0 writes the files. Trajectories are bitwise the same for
/// any number of ranks.
struct RankOptions {
    std::shared_ptr<Communicator> communicator = make_single_rank();
    std::array<int, 3> grid{};     ///< parts along each lattice vector; zeros: the grid with the fewest ghosts
    double most_imbalance = 1.05;  ///< most atoms of a rank over the mean; beyond it the box is divided anew
};

/// How the work is shared: totals over all ranks, and this rank's part.
struct RankReport {
    int rank = 0, n_ranks = 1;
    std::array<int, 3> grid{1, 1, 1};
    double imbalance = 1;                          ///< most atoms of a rank over the mean
    std::int64_t n_owned = 0, n_ghosts = 0;        ///< on this rank
    std::int64_t n_remote_ghosts = 0, n_sent = 0;  ///< ghosts of other ranks' atoms; copies sent to other ranks
    int n_peers = 0;                               ///< ranks that this one exchanges messages with in every step
    std::int64_t n_migrated = 0;                   ///< atoms on all ranks that have changed rank so far
    double migration_seconds = 0;                  ///< time spent on this rank
};

/// Thermodynamic quantities at one step. Volume, density and pressure are NaN unless all directions are periodic.
struct Thermo {
    std::int64_t step = 0;
    double time = 0;              ///< fs
    double temperature = 0;       ///< K
    double kinetic_energy = 0;    ///< eV
    double potential_energy = 0;  ///< eV
    double conserved_energy = 0;  ///< eV, the quantity that the exact dynamics of the ensemble conserves
    double pressure = 0;          ///< bar, a third of the trace of the pressure tensor
    std::array<double, 6>
        pressure_tensor{};         ///< bar, xx yy zz xy xz yz: (sum m v v + virial) / volume; minus the stress
    double volume = 0;             ///< Å^3
    double density = 0;            ///< g/cm^3
    std::array<double, 9> cell{};  ///< Å, rows are lattice vectors; zero rows where there is none
};

/// A trajectory file. A fresh simulation starts it anew. A resumed one checks that its beginning is as the checkpoint
/// recorded it, moves everything after that to the end of `path`.cut, and continues. Each frame is appended whole or
/// not at all.
struct TrajectoryOptions {
    std::string path;
    std::int64_t every = 0;
    std::string format;       ///< "extxyz", "lammps" (text dump, metal units), or empty: from the name's ending
    bool velocities = false;  ///< extxyz: `velo` in Å/fs, `momenta` and `masses` in ASE's units; lammps: Å/ps
    bool forces = false;      ///< eV/Å
    bool virial = false;      ///< extxyz only: virial in eV and, where all directions are periodic, stress in eV/Å^3
    bool time = false;  ///< lammps: times and units, in lines that not every program reads; extxyz always has the time
};

/// Two atoms that are near each other, and the distance between them or their nearest periodic images.
struct ClosestPair {
    std::int64_t first = 0, second = 0;  ///< the smaller index first
    double distance = 0;                 ///< Å
};

/// Model deviation during a run: other models assess the structures that the potential visits.
struct DeviationOptions {
    std::vector<Model> models;  ///< besides the simulation's own
    std::string path;           ///< the table
    std::int64_t every = 0;
    DeviationLevels levels;
    bool atomic = false;  ///< a column for each atom
    /// Frames whose largest force deviation is at least `lower` and below `upper`, eV/Å, are written to this file
    /// (extxyz): they are worth a first-principles calculation. Empty: none.
    std::string selected;
    double lower = 0;
    double upper = std::numeric_limits<double>::infinity();
};

/// For one thread at a time, except request_stop. Between two steps, and in callbacks, the state is that of a whole
/// step, so other threads may be let in there, as the Python bindings do. Changes that they make have the same effect
/// as between two runs.
class DPMD_API Simulation {
public:
    /// Throws InputError, which names the argument that does not fit.
    Simulation(std::shared_ptr<const Potential> potential, const SimulationStart& start,
               const SimulationOptions& options, const RankOptions& ranks = {});
    /// Continues from a checkpoint bit for bit, for any number of threads and ranks; the model and, where they are
    /// given, the ensemble and the run_id must be the checkpoint's. Throws InputError, which says what differs or where
    /// the file is damaged.
    static Simulation resume(const std::string& path, std::shared_ptr<const Potential> potential,
                             const std::optional<Ensemble>& expected = std::nullopt, const RankOptions& ranks = {},
                             const std::optional<std::int64_t>& expected_run = std::nullopt);
    ~Simulation();
    Simulation(Simulation&&) noexcept;
    Simulation& operator=(Simulation&&) noexcept;

    /// Draws velocities from the Maxwell-Boltzmann distribution as a function of (seed, atom); with zero_momentum the
    /// total momentum is removed; fixed atoms get none. `exact`: scaled so that the temperature is exactly the given
    /// one, K.
    void initialize_velocities(double temperature, std::uint64_t seed, bool exact = true);
    /// [n][3] Å/fs; with zero_momentum the total momentum is removed. Throws InputError when a fixed atom has a
    /// velocity.
    void set_velocities(std::span<const double> velocities);

    /// Observers are called after every step that is a multiple of `every`, and at the first step of the first run, in
    /// the order in which they were added, checkpoints last.
    void thermo_log(const std::string& path, std::int64_t every);  ///< a CSV file, continued like a trajectory
    void trajectory(const TrajectoryOptions& options);
    void deviation(const DeviationOptions& options);  ///< the models share the simulation's neighbour list
    void checkpoint(const std::string& path, std::int64_t every);
    void callback(std::function<void()> function, std::int64_t every);

    /// Runs n_steps or until request_stop; returns the steps done. `between_steps` is called after each step. An
    /// exception from it or from an observer ends the run after a whole step, and the run may go on later. Throws
    /// InputError when the system has blown up (naming atom, step and position), a file cannot be written, or a run is
    /// already under way. With several ranks a failure of one ends the run on all, with the same error. A callback that
    /// makes a collective call must do so on every rank.
    std::int64_t run(std::int64_t n_steps, const std::function<void()>& between_steps = {});
    /// May be called from any thread or signal handler: the run ends after its current step. Without a run, the next
    /// one ends at once. With several ranks, a request on one of them is enough.
    void request_stop() noexcept;

    std::int64_t step() const;
    double time() const;  ///< fs
    const SimulationOptions& options() const;
    /// The run_id of the options, or one made from the start; velocities set before the first step are part of the
    /// start.
    std::int64_t run_id() const;
    /// What became of the files that were continued, in words: what was moved aside, what had to begin anew. On rank 0
    /// only.
    const std::vector<std::string>& resume_notes() const;
    std::int32_t n_atoms() const;
    /// The atoms of all ranks, on every rank, in the order in which the start gave them. Collective. Valid until the
    /// next call of the same function or, with one rank, until the state changes.
    std::span<const std::int32_t> types() const;
    std::span<const double> positions() const;    ///< [n][3] Å, unwrapped
    std::span<const double> velocities() const;   ///< [n][3] Å/fs
    std::span<const double> forces();             ///< [n][3] eV/Å, computed if need be
    std::span<const double> masses() const;       ///< [n_types] atomic mass units; from here on not collective
    std::span<const std::int32_t> fixed() const;  ///< atoms that do not move, ascending
    const Box& box() const;
    int degrees_of_freedom() const;
    /// Collective until the first run.
    Thermo thermo();
    /// The closest pair of atoms, if it is closer than `within` Å. Rank 0 gathers all atoms and searches them, which
    /// takes a few microseconds per atom. Collective.
    std::optional<ClosestPair> closest_pair(double within) const;
    /// max_devi_f in the last row of a deviation table, eV/Å; NaN before the first. The same on every rank.
    double largest_force_deviation() const;
    /// How often the neighbour list was built.
    std::int64_t n_list_builds() const;
    /// Atoms that took the fallback in the last step (Potential::n_fallback).
    std::int64_t n_fallback() const;
    /// Where the time of all force calls so far went, by stage (Potential::stage_times).
    std::vector<StageTime> stage_times() const;
    /// Memory of the engine, bytes: lists, ghosts and scratch, not counting the state of the atoms.
    std::size_t engine_bytes() const;
    /// The packed weights, bytes; their models are shared with the potentials given.
    std::size_t model_bytes() const;

    RankReport rank_report() const;

    /// Writes everything that a bit-exact continuation needs to one safetensors file, put in place atomically.
    void write_checkpoint(const std::string& path);

private:
    class Core;
    explicit Simulation(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace dpmd
