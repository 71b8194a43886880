#pragma once
// Those who look at a simulation every so many steps. Each rank has one of each; what they ask of other ranks, they ask
// together, and rank 0 writes.
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpmd/simulation.hpp"
#include "md/integrator.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// What there is to look at; forces, energy and motion are those of the current step.
struct Scene {
    const State& state;
    const Integrator& integrator;
    double timestep;                        ///< fs
    const std::vector<std::string>& names;  ///< of the types
    std::span<const double> masses;         ///< [n_types] atomic mass units
};

class Observer {
public:
    virtual ~Observer() = default;
    virtual void observe(const Scene& scene) = 0;
    /// Returns when all that this rank has written is on disk.
    virtual void sync() {}
    /// Whether a step that it failed to observe should be shown again when the run goes on.
    virtual bool may_repeat() const { return true; }
    /// The last step seen before, by an earlier process.
    virtual std::optional<std::int64_t> last_step() const { return std::nullopt; }
};

/// An observer of a file: a fresh run starts it anew, one resumed at a step continues it behind that step.
using ResumedAt = std::optional<std::int64_t>;
std::unique_ptr<Observer> make_thermo_log(const std::string& path, const Scene& scene, ResumedAt resumed_at);
/// What other models say about the current step: forces of this rank's atoms, energy and virial of all.
struct ModelForces {
    std::vector<double> forces;  ///< [n][3] eV/Å
    double energy;               ///< eV
    std::array<double, 9> virial;
};
using Models = std::function<std::vector<ModelForces>()>;  ///< collective
/// `largest`: where every rank keeps max_devi_f of the last row.
std::unique_ptr<Observer> make_deviation_log(const DeviationOptions& options, Models models, double& largest,
                                             const Scene& scene, ResumedAt resumed_at);
std::unique_ptr<Observer> make_trajectory(const TrajectoryOptions& options, const Scene& scene, ResumedAt resumed_at);

}  // namespace dpmd::md
