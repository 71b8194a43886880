#include "engine/sum_over_ranks.hpp"

#include <algorithm>

#include "comm/together.hpp"

namespace dpmd {

bool sum_over_ranks(Communicator& ranks, EvaluateTotals& totals) {
    const bool has_failed = totals.status.fault != EvaluateFault::none;
    if (ranks.size() == 1) return has_failed;
    FixedSum sums[12] = {totals.energy};
    std::copy_n(totals.virial, 9, sums + 1);
    sums[10].add(static_cast<double>(totals.n_fallback));
    sums[11].add(has_failed ? 1 : 0);
    sum(ranks, sums);
    totals.energy = sums[0];
    std::copy_n(sums + 1, 9, totals.virial);
    totals.n_fallback = sums[10].limbs[0];
    return sums[11].limbs[0] > 0;
}

}  // namespace dpmd
