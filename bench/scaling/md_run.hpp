#pragma once
// MD on several ranks: what each rank has and sends, and where the time of a step goes.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dpmd/communicator.hpp"
#include "dpmd/simulation.hpp"
#include "json_text.hpp"
#include "options.hpp"
#include "structure.hpp"
#include "variant.hpp"

namespace dpmd::bench {

/// One rank in one turn. Times are seconds per step; compute, collectives, start, finish and rest add up to the step.
struct RankCost {
    std::int64_t owned = 0, ghosts_local = 0, ghosts_remote = 0, sent = 0, peers = 0;
    double messages = 0, bytes_out = 0, bytes_in = 0, n_collectives = 0;  ///< per step
    double compute = 0;                                                   ///< the stages of the tiles
    double collectives = 0;  ///< in sums and maxima, including the wait for slower ranks
    double start = 0;        ///< handing messages over
    double finish = 0;       ///< waiting for messages
    double rest = 0;         ///< list, integration, packing
    double cpu = 0;          ///< time on a core for the rank's thread: less than the step if it slept or had no core
    /// As the engine reports them, including waits; they overlap with the times above.
    double list = 0, halo = 0, migration = 0;
};

/// A run of some steps on a number of ranks.
struct Turn {
    double energy = 0;                                ///< eV, conserved, after the last step
    double step_seconds = 0;                          ///< mean over all steps
    std::vector<double> kept_seconds, build_seconds;  ///< steps that keep the list, and that build it
    double imbalance = 1;
    std::array<int, 3> grid{1, 1, 1};
    std::vector<RankCost> ranks;

    /// The least share of time in which a rank had work but no core, because something else ran on this machine.
    double core_lost() const;
};

/// The case that all ranks run.
struct MdCase {
    Variant variant;
    std::shared_ptr<Potential> potential;
    Structure structure;
    Options options;
};

/// About `n_atoms` atoms in equal cells of the model's structure, with no edge more than twice another.
Structure structure_of_about(std::int64_t n_atoms);

/// Collective; the result is the same on all ranks. Throws InternalError when forces are wrong or the number of ghosts
/// disagrees with geometry.
Turn run_turn(const std::shared_ptr<Communicator>& ranks, const MdCase& what);

/// Describes the turns of one number of ranks.
JsonText describe_turns(const MdCase& what, const std::string& transport, const std::vector<Turn>& turns);

}  // namespace dpmd::bench
