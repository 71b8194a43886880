#pragma once
// Observers look at a simulation at regular intervals. Each rank has one of each; they communicate collectively, and
// rank 0 writes.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dpmd/simulation.hpp"
#include "md/forces.hpp"
#include "md/integrator.hpp"
#include "md/output_files.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// What an observer sees; forces, energy and motion are those of the current step.
struct Scene {
    const State& state;
    const Integrator& integrator;
    double timestep;                        ///< fs
    const std::vector<std::string>& names;  ///< by type
    std::span<const double> masses;         ///< [n_types] atomic mass units
    std::int64_t run_id;
};

class Observer {
public:
    virtual ~Observer() = default;
    virtual void observe(const Scene& scene) = 0;
    /// Returns when all that this rank has written is on disk.
    virtual void sync() {}
    /// Adds the states of its files, on rank 0.
    virtual void add_marks(std::vector<FileMark>&) const {}
    /// Whether a step whose observation failed is shown again when the run goes on.
    virtual bool may_repeat() const { return true; }
    /// The last step seen by an earlier process.
    virtual std::optional<std::int64_t> last_step() const { return std::nullopt; }
};

/// Observers of files: a fresh run (no resumption) starts them anew, a resumed one continues them.
std::unique_ptr<Observer> make_thermo_log(const std::string& path, const Scene& scene, Resumption* resumption);
/// Evaluates the other models at the current step. Collective.
using Models = std::function<std::vector<ModelForces>()>;
/// `largest`: where every rank keeps max_devi_f of the last row.
std::unique_ptr<Observer> make_deviation_log(const DeviationOptions& options, Models models, double& largest,
                                             const Scene& scene, Resumption* resumption);
std::unique_ptr<Observer> make_trajectory(const TrajectoryOptions& options, const Scene& scene, Resumption* resumption);
/// Calls the function, which may make collective calls.
std::unique_ptr<Observer> make_callback(std::function<void()> function, const Resumption* resumption);
/// Calls `write`, but not at the first step.
std::unique_ptr<Observer> make_checkpoint_writer(std::function<void()> write, std::int64_t first_step);

}  // namespace dpmd::md
