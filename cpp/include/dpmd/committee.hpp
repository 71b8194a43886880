#pragma once
// Several models on the same atoms, and how far they disagree: what tells when a simulation has left what they were
// trained for.
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

/// Models of the same types and parameters. They share one neighbour list, and form one environment matrix where they
/// see the same neighbours alike; precision, compression and overflow policy are each model's own.
/// Threads may share one: computations take turns.
class DPMD_API Committee {
public:
    /// InputError when there is no model, when types or parameters differ, and as of Potential.
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
    double virial = -1;  ///< eV; not negative: those of the virial by |<v>| + virial
};

/// The spread of the models' answers, sqrt(<|x_k - <x>|^2>) over models k, as DeePMD-kit prints it.
struct ModelDeviation {
    double max_v = 0, min_v = 0;  ///< of the nine components of the virial per atom, eV
    double avg_v = 0;             ///< root of their mean square, eV
    double max_f = 0, min_f = 0;  ///< of the forces on atoms, eV/Å
    double avg_f = 0;             ///< their mean, eV/Å
    double energy = 0;            ///< of the energy per atom, eV
    std::vector<double> forces;   ///< [n] of each atom, eV/Å
};

/// InputError unless all results are of as many atoms, and there is one.
DPMD_API ModelDeviation model_deviation(std::span<const Result> results, const DeviationLevels& levels = {});

/// What a table of deviations holds besides the columns of forces and virial.
struct DeviationColumns {
    bool atomic = false;  ///< a column for each atom's force
    bool energy = false;  ///< a column of the energy per atom
};

/// The table as DeePMD-kit writes it (model_devi.out): a line of titles, and a line per step or frame.
DPMD_API std::string deviation_header(const DeviationColumns& columns = {});
DPMD_API std::string deviation_row(std::int64_t step, const ModelDeviation& deviation,
                                   const DeviationColumns& columns = {});

}  // namespace dpmd
