#pragma once
// MD on several ranks: what each has and sends, and where the time of a step goes.
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
    double collectives = 0;  ///< in sums and maxima, waiting for slower ranks included
    double start = 0;        ///< handing messages over
    double finish = 0;       ///< waiting for messages
    double rest = 0;         ///< list, integration, packing
    double cpu = 0;          ///< that the rank's own thread had a core: less than the step where it slept or had none
    /// As the engine tells, with what they wait for: overlapping with the above.
    double list = 0, halo = 0, migration = 0;
};

/// A run of so many steps by so many ranks.
struct Turn {
    double energy = 0;                                ///< eV, conserved, after the last step
    double step_seconds = 0;                          ///< mean over all steps
    std::vector<double> kept_seconds, build_seconds;  ///< steps that keep the list, and that build it
    double imbalance = 1;
    std::array<int, 3> grid{1, 1, 1};
    std::vector<RankCost> ranks;

    /// Share of the time in which a rank had work and no core, at least: what else ran on this machine took it.
    double core_lost() const;
};

/// What all ranks run.
struct MdCase {
    Variant variant;
    std::shared_ptr<Potential> potential;
    Structure structure;
    Options options;
};

/// About so many atoms in equal cells of the model's structure, none of the edges more than twice another.
Structure structure_of_about(std::int64_t n_atoms);

/// Collective; the same on all ranks. InternalError when forces are wrong or ghosts are not as many as geometry says.
Turn run_turn(const std::shared_ptr<Communicator>& ranks, const MdCase& what);

/// Turns of one number of ranks.
JsonText describe_turns(const MdCase& what, const std::string& transport, const std::vector<Turn>& turns);

}  // namespace dpmd::bench
