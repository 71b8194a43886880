#include "engine/staging.hpp"

namespace dpmd {
namespace {

using Output = double* ForceOutputs::*;

bool is_wanted(std::span<const ForceOutputs> outputs, Output output) {
    for (const ForceOutputs& one : outputs)
        if (one.*output != nullptr) return true;
    return false;
}

}  // namespace

Staging::Staging(Memory& memory)
    : memory_(memory),
      positions_(memory),
      aparam_(memory),
      forces_(memory),
      atom_energies_(memory),
      atom_virials_(memory),
      types_(memory),
      ids_(memory) {}

ForceCall Staging::bring(const ForceCall& call) {
    const auto n = std::size_t(call.atoms.n);
    positions_.copy_in({call.atoms.positions, 3 * n});
    types_.copy_in({call.atoms.types, n});
    aparam_.copy_in(call.aparam);
    ForceCall out = call;
    out.atoms = {call.atoms.n, positions_.data(), types_.data(), nullptr};
    if (call.atoms.ids != nullptr) {
        ids_.copy_in({call.atoms.ids, n});
        out.atoms.ids = ids_.data();
    }
    out.aparam = aparam_.span();
    return out;
}

std::vector<ForceOutputs> Staging::places_for(std::span<const ForceOutputs> outputs, std::size_t n) {
    std::vector<ForceOutputs> out(outputs.size());
    const auto place = [&](Array<double>& array, std::size_t size, Output output) {
        if (!is_wanted(outputs, output)) return;
        array.resize_with_slack(size * outputs.size());
        for (std::size_t k = 0; k < outputs.size(); ++k)
            if (outputs[k].*output != nullptr) out[k].*output = array.data() + k * size;
    };
    place(forces_, 3 * n, &ForceOutputs::forces);
    place(atom_energies_, n, &ForceOutputs::atom_energies);
    place(atom_virials_, 9 * n, &ForceOutputs::atom_virials);
    return out;
}

void Staging::fetch(std::span<const ForceOutputs> from, std::span<const ForceOutputs> to, std::size_t n) const {
    const auto copy = [&](std::size_t size, Output output) {
        for (std::size_t k = 0; k < to.size(); ++k)
            if (to[k].*output != nullptr) memory_.copy_out(to[k].*output, from[k].*output, size * sizeof(double));
    };
    copy(3 * n, &ForceOutputs::forces);
    copy(n, &ForceOutputs::atom_energies);
    copy(9 * n, &ForceOutputs::atom_virials);
}

std::size_t Staging::bytes() const {
    return positions_.bytes() + aparam_.bytes() + forces_.bytes() + atom_energies_.bytes() + atom_virials_.bytes() +
           types_.bytes() + ids_.bytes();
}

}  // namespace dpmd
