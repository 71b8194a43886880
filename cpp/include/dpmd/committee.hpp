#pragma once
// Several models on the same atoms, and how far they disagree, which shows when a simulation has left the region that
// they were trained for.
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dpmd/errors.hpp"
#include "dpmd/export.hpp"
#include "dpmd/potential.hpp"

namespace dpmd {

/// Models of the same types and parameters. They share one neighbour list, and one environment matrix where it is the
/// same for them; each model keeps its own precision, compression and overflow policy.
/// Threads may share a committee: computations take turns.
class DPMD_API Committee {
public:
    /// Throws InputError when there is no model, when types or parameters differ, and whenever Potential would.
    explicit Committee(std::vector<Model> models, const RunOptions& options = {});
    ~Committee();
    Committee(Committee&&) noexcept;
    Committee& operator=(Committee&&) noexcept;

    std::size_t size() const;
    const Model& model(std::size_t k) const;
    /// One result for each model, in their order.
    std::vector<Result> compute(const Atoms& atoms, bool atom_virials = false);

private:
    struct Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// What a deviation is divided by.
struct DeviationLevels {
    double force = -1;   ///< eV/Å; not negative: deviations of forces are divided by |<F>| + force
    double virial = -1;  ///< eV; not negative: deviations of the virial are divided by |<v>| + virial
};

/// The spread of the models' answers, sqrt(<|x_k - <x>|^2>) over models k, as DeePMD-kit prints it.
struct ModelDeviation {
    double max_v = 0, min_v = 0;  ///< over the nine components of the virial per atom, eV
    double avg_v = 0;             ///< root mean square of the nine, eV
    double max_f = 0, min_f = 0;  ///< over the forces on atoms, eV/Å
    double avg_f = 0;             ///< mean over the atoms, eV/Å
    double energy = 0;            ///< deviation of the energy per atom, eV
    std::vector<double> forces;   ///< [n] deviation of the force on each atom, eV/Å
};

/// Throws InputError unless there is at least one result and all are for the same number of atoms.
DPMD_API ModelDeviation model_deviation(std::span<const Result> results, const DeviationLevels& levels = {});

/// What a table of deviations holds besides the columns of forces and virial.
struct DeviationColumns {
    bool atomic = false;  ///< a column for each atom's force
    bool energy = false;  ///< a column of the energy per atom
};

/// The table in DeePMD-kit's format (model_devi.out): a line of titles, and a line per step or frame.
DPMD_API std::string deviation_header(const DeviationColumns& columns = {});
DPMD_API std::string deviation_row(std::int64_t step, const ModelDeviation& deviation,
                                   const DeviationColumns& columns = {});

}  // namespace dpmd
