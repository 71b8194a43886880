#include "models/local/compress/probe_structure.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "math/philox.hpp"

namespace dpmd {
namespace {

// The part of the slots of sel that an atom of the probe fills: a little less than in water and copper, so that there
// is room for all atoms.
constexpr double probe_filling = 0.6;

/// As many atoms of a type as sel expects, where it has a number for each.
std::vector<std::int32_t> types_by_sel(const std::vector<int>& sel, int n_types, int n_atoms) {
    const bool is_by_type = sel.size() == std::size_t(n_types);
    const double n_slots = std::max(1.0, double(std::accumulate(sel.begin(), sel.end(), 0)));
    std::vector<std::int32_t> types;
    for (std::size_t t = 0; t < std::size_t(n_types); ++t) {
        const double share = is_by_type ? sel[t] / n_slots : 1.0 / n_types;
        const int n = std::max(2, static_cast<int>(std::lround(n_atoms * share)));
        types.insert(types.end(), std::size_t(n), static_cast<std::int32_t>(t));
    }
    return types;
}

double squared_distance(const double* a, const double* b, double side) {
    double sum = 0;
    for (int k = 0; k < 3; ++k) {
        const double d = a[k] - b[k], nearest_image = d - side * std::round(d / side);
        sum += nearest_image * nearest_image;
    }
    return sum;
}

/// Places atoms one by one where there is room; false when it ran out of tries.
bool place_atoms(std::size_t n, double side, double nearest, std::vector<double>& positions) {
    constexpr std::uint64_t tries_per_atom = 400;
    positions.clear();
    std::uint64_t draw = 0;
    while (positions.size() < 3 * n) {
        if (draw > tries_per_atom * n) return false;
        const Philox words = random_words({20201, RandomStream::probe, 0}, draw++);
        double x[3];
        for (int k = 0; k < 3; ++k) x[k] = side * uniform_open(words.words[k]);
        bool has_room = true;
        for (std::size_t i = 0; i < positions.size() && has_room; i += 3)
            has_room = squared_distance(x, positions.data() + i, side) > nearest * nearest;
        if (has_room) positions.insert(positions.end(), x, x + 3);
    }
    return true;
}

}  // namespace

ProbeStructure probe_structure(const ModelData& model, int n_atoms, double nearest) {
    const ModelTraits traits = traits_of(model);
    ProbeStructure out;
    out.types = types_by_sel(traits.sel, model.n_types(), n_atoms);
    const double n = double(out.types.size());
    const double n_neighbors = std::max(1.0, probe_filling * traits.n_slots);
    double volume = n * 4.18879 * std::pow(traits.cutoff, 3) / n_neighbors;
    // where sel is generous for the distances the model knows: more room instead of closer atoms
    while (!place_atoms(out.types.size(), std::cbrt(volume), nearest, out.positions)) volume *= 1.2;
    const double side = std::cbrt(volume);
    out.box = Box::fully_periodic({side, 0, 0, 0, side, 0, 0, 0, side});
    return out;
}

}  // namespace dpmd
