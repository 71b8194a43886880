#pragma once
// Copies in the memory of a device, for callers whose arrays are in host memory.
#include <span>
#include <vector>

#include "core/array.hpp"
#include "engine/force_call.hpp"

namespace dpmd {

class Staging {
public:
    explicit Staging(Memory& memory);

    /// The same call with arrays in backend memory.
    ForceCall bring(const ForceCall& call);
    /// Arrays in backend memory for everything that `outputs`, of n atoms each, ask for. Valid until the next call.
    std::vector<ForceOutputs> places_for(std::span<const ForceOutputs> outputs, std::size_t n);
    /// Copies the results from backend memory to the caller's arrays.
    void fetch(std::span<const ForceOutputs> from, std::span<const ForceOutputs> to, std::size_t n) const;
    std::size_t bytes() const;

private:
    Memory& memory_;
    Array<double> positions_, aparam_;
    Array<double> forces_, atom_energies_, atom_virials_;  // for all models
    Array<std::int32_t> types_;
    Array<std::int64_t> ids_;
};

}  // namespace dpmd
