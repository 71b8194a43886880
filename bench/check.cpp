#include "check.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace dpmd::bench {
namespace {

const Result& expected() {
    static const Result result = [] {
        const Structure cell = structure_for(model().type_map, 1);
        PotentialOptions options;
        options.threads = 1;
        return Potential(model_path(), options).compute({cell.positions, cell.types, cell.box, {}, {}});
    }();
    return result;
}

/// The largest acceptable deviation of a force from the exact nets in double, eV/Å, for forces of about 1 eV/Å.
double tolerance(const Variant& variant, const Potential& potential) {
    // Positions of copies are rounded differently from those of the first cell: 1e-15 of about 100 Å, times the
    // stiffness of an O-H bond, about 50 eV/Å^2.
    double sum = 1e-8;
    // Rounding of the nets: ten times, and twice, what the models at hand show.
    if (variant.precision == "mix32" || variant.precision == "mix32-3xtf32") sum += 5e-5;
    if (variant.precision == "mix32-tf32") sum += 1e-2;
    if (variant.precision == "mix16") sum += 5e-2;
    if (variant.form != "off") sum += 10 * potential.compression().tolerance;
    return sum;
}

}  // namespace

std::string fault_of(const Variant& variant, const Potential& potential, std::span<const double> forces,
                     double energy) {
    const std::vector<double>& one_cell = expected().forces;
    double largest = 0;
    for (std::size_t k = 0; k < forces.size(); ++k) {
        const double deviation = std::fabs(forces[k] - one_cell[k % one_cell.size()]);
        if (!(deviation <= largest)) largest = deviation;
        if (!std::isfinite(deviation)) break;
    }
    const double allowed = tolerance(variant, potential);
    if (!(largest <= allowed)) return concat("a force is wrong by ", largest, " eV/Å, more than ", allowed);
    const double n_atoms = double(one_cell.size()) / 3, cells = double(forces.size()) / double(one_cell.size());
    const double energy_deviation = std::fabs(energy / cells - expected().energy) / n_atoms;
    if (!(energy_deviation <= allowed))
        return concat("the energy is wrong by ", energy_deviation, " eV per atom, more than ", allowed);
    return "";
}

}  // namespace dpmd::bench
