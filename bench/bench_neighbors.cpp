// Question: what does building the neighbour list cost per atom, is it linear in atoms, and what do threads take off?
// Counted: pairs in the list, 4 bytes each. Checked before timing: the number of pairs equals that of a double loop
// over all atoms of one cell and their nearest images, times the number of cells.
#include <benchmark/benchmark.h>

#include "backend/backend.hpp"
#include "neighbor/lattice.hpp"
#include "neighbor/verlet_list.hpp"
#include "water_box.hpp"

namespace {

using dpmd::bench::WaterBox;

constexpr double cutoff = 6.0, skin = 1.0;  // Å

/// Ordered pairs nearer than the list cutoff, by a double loop. The cell is wider than the list cutoff, so that images
/// beyond the next cell are too far.
std::int64_t count_pairs(const WaterBox& cell) {
    const double edge = cell.box.cell[0], reach = cutoff + skin;
    std::int64_t n_pairs = 0;
    for (std::int32_t i = 0; i < cell.size(); ++i)
        for (std::int32_t j = 0; j < cell.size(); ++j)
            for (int image = 0; image < 27; ++image) {
                const int shift[3] = {image / 9 - 1, image / 3 % 3 - 1, image % 3 - 1};
                if (i == j && image == 13) continue;
                double r2 = 0;
                for (int c = 0; c < 3; ++c) {
                    const double d = cell.positions[std::size_t(3 * j + c)] + edge * shift[c] -
                                     cell.positions[std::size_t(3 * i + c)];
                    r2 += d * d;
                }
                if (r2 < reach * reach) ++n_pairs;
            }
    return n_pairs;
}

void list_build(benchmark::State& state) {
    const int side = static_cast<int>(state.range(0));
    const WaterBox water = dpmd::bench::water_box(side);
    const dpmd::Lattice lattice(water.box);
    const dpmd::AtomsView atoms{water.size(), water.positions.data(), water.types.data(), nullptr};
    dpmd::VerletList list(dpmd::make_backend({"cpu", static_cast<int>(state.range(1)), ""}), cutoff, skin);
    constexpr int n_types = 2;

    list.build(atoms, lattice, n_types);
    if (list.n_pairs() != side * side * side * count_pairs(dpmd::bench::water_box(1))) {
        state.SkipWithError("the list does not hold every pair");
        return;
    }
    for (auto _ : state) list.build(atoms, lattice, n_types);
    state.SetItemsProcessed(state.iterations() * water.size());
    state.counters["atoms"] = double(water.size());
    state.counters["pairs_per_atom"] = double(list.n_pairs()) / double(water.size());
}

BENCHMARK(list_build)
    ->ArgNames({"side", "threads"})
    ->ArgsProduct({{1, 2, 4, 8}, {1, 2}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
