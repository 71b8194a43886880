#include "neighbor/atoms_view.hpp"

#include <cmath>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {

void check_atoms(Backend& backend, const AtomsView& atoms, int n_types) {
    CheckAtomsArgs args{atoms.n, atoms.positions, atoms.types, n_types};
    backend.check_atoms(args);
    if (args.bad < 0) return;
    Memory& memory = backend.memory();
    const auto bad = std::size_t(args.bad);
    const std::int64_t id = atoms.ids != nullptr ? memory.element(atoms.ids, bad) : args.bad;
    for (std::size_t k = 0; k < 3; ++k) {
        const double x = memory.element(atoms.positions, 3 * bad + k);
        if (!std::isfinite(x)) throw InputError(concat("positions[", id, "][", k, "] = ", x, " is not finite"));
    }
    throw InputError(concat("types[", id, "] = ", memory.element(atoms.types, bad),
                            " is not a type of this model, which has 0 to ", n_types - 1,
                            " (and -1 for a virtual atom)"));
}

}  // namespace dpmd
