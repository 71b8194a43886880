#include "engine/one_frame.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "math/packed_key.hpp"

namespace dpmd {
namespace {

ForceCall call_for(const Atoms& atoms) {
    const std::size_t n = atoms.types.size();
    if (atoms.positions.size() != 3 * n)
        throw InputError(concat("positions has ", atoms.positions.size(), " values, types has ", n,
                                "; three positions per type are needed"));
    if (n >= std::size_t(key_max_atoms))
        throw InputError(concat(n, " atoms are more than one rank can hold (", key_max_atoms, ")"));
    ForceCall call;
    call.atoms = {static_cast<std::int32_t>(n), atoms.positions.data(), atoms.types.data(), nullptr};
    call.lattice = Lattice(atoms.box);
    call.fparam = atoms.fparam;
    call.aparam = atoms.aparam;
    if (n > 0) call.first_type = std::max(atoms.types.front(), std::int32_t(0));
    return call;
}

}  // namespace

std::vector<Result> compute_frame(ForceEngine& engine, const Atoms& atoms, bool atom_virials) {
    const ForceCall call = call_for(atoms);
    const std::size_t n = atoms.types.size();
    std::vector<Result> results(engine.n_models());
    std::vector<ForceOutputs> outputs;
    for (Result& result : results) {
        result.forces.resize(3 * n);
        result.atom_energies.resize(n);
        if (atom_virials) result.atom_virials.resize(9 * n);
        outputs.push_back(
            {result.forces.data(), result.atom_energies.data(), atom_virials ? result.atom_virials.data() : nullptr});
    }
    const std::vector<ForceTotals> totals = engine.compute_on_host(call, outputs);
    for (std::size_t k = 0; k < results.size(); ++k) {
        results[k].energy = totals[k].energy;
        results[k].virial = totals[k].virial;
    }
    return results;
}

Description describe_frame(ForceEngine& engine, const Atoms& atoms) {
    const ForceCall call = call_for(atoms);
    const DescriptionWidths widths = engine.evaluator().description_widths();
    if (widths.hidden == 0) throw InputError("the model has no networks, and so no descriptors");
    Description out;
    out.n_descriptor = widths.descriptor;
    out.n_hidden = widths.hidden;
    out.descriptors.resize(atoms.types.size() * std::size_t(widths.descriptor));
    out.hidden.resize(atoms.types.size() * std::size_t(widths.hidden));
    engine.describe_on_host(call, out.descriptors.data(), out.hidden.data());
    return out;
}

}  // namespace dpmd
