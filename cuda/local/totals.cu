#include "local/totals.hpp"

#include <cmath>

namespace dpmd::gpu {
namespace {

GPU_KERNEL clear_totals_kernel(DeviceTotals* totals) {
    if (item() != 0) return;
    *totals = {};
    totals->fault = no_fault;
}

/// The fault that came first, with what the message needs.
GPU_DEVICE EvaluateStatus status_of(const SystemView& system, FaultKey key) {
    EvaluateStatus status;
    if (key == no_fault) return status;
    status.fault = static_cast<EvaluateFault>((key >> 33) & 7);
    status.atom = static_cast<std::int32_t>(key >> 36);
    const auto place = static_cast<std::int32_t>(key & 0xfffffu);
    if (status.fault == EvaluateFault::too_many_neighbors) {
        status.type = static_cast<std::int32_t>((key >> 26) & 0x7f);
        if (status.type == type_of_all) status.type = -1;
        status.descriptor = static_cast<std::int32_t>((key >> 20) & 0x3f);
        status.count = place;
    } else if (status.fault == EvaluateFault::energy_not_finite) {
        status.value = system.atom_energies[status.atom];
    } else {
        status.neighbor = system.index[system.first[status.atom] + place];
        double square = 0;
        for (int k = 0; k < 3; ++k) {
            const double d = system.positions[3 * std::int64_t(status.neighbor) + k] -
                             system.positions[3 * std::int64_t(status.atom) + k];
            square += d * d;
        }
        status.value = ::sqrt(square);
    }
    return status;
}

GPU_KERNEL finish_totals_kernel(SystemView system, std::int64_t n_fallback, EvaluateTotals* out) {
    if (item() != 0) return;
    const DeviceTotals& totals = *system.totals;
    out->energy = totals.energy;
    for (int k = 0; k < 9; ++k) out->virial[k] = totals.virial[k];
    out->status = status_of(system, totals.fault);
    out->n_fallback = n_fallback + totals.n_left;
    out->n_deferred = totals.n_left;
}

}  // namespace

void clear_totals(Queue& queue, DeviceTotals* totals) {
    queue.for_each("clear_totals", 1, &clear_totals_kernel, totals);
}

void finish_totals(Queue& queue, const SystemView& system, std::int64_t n_fallback, EvaluateTotals* totals) {
    queue.for_each("finish_totals", 1, &finish_totals_kernel, system, n_fallback, totals);
}

}  // namespace dpmd::gpu
