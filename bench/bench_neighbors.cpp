// Question: what does building the neighbour list cost per atom, is it linear in the number of atoms, and how much
// faster do threads or a GPU make it?
// Counted: the pairs in the list, for each of which 4 bytes are written, and the atoms, for each of which 28 bytes of
// position and type are read. Checked before timing: the number of pairs equals that of a double loop over all atoms of
// one cell and their images, times the number of cells.
#include "backend/backend.hpp"
#include "cases.hpp"
#include "core/text.hpp"
#include "neighbor/lattice.hpp"
#include "neighbor/verlet_list.hpp"
#include "structure.hpp"
#include "variant.hpp"

namespace dpmd::bench {
namespace {

constexpr double cutoff = 6.0, skin = 1.0;  // Å
constexpr double bytes_per_pair = 4, bytes_per_atom = 28;

/// Counts the ordered pairs nearer than the list cutoff with a double loop. The cell is wider than the list cutoff, so
/// images beyond the next cell are too far away.
std::int64_t count_pairs(const Structure& cell) {
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

void list_build(benchmark::State& state, const std::string& device, const Size& size) {
    const std::vector<std::string> water = {"O", "H"};
    const Structure structure = structure_for(water, size.side);
    const Lattice lattice(structure.box);
    const std::shared_ptr<Backend> backend = make_backend({device, size.threads, ""});
    Memory& memory = backend->memory();
    Array<double> positions(memory);
    positions.copy_in(structure.positions);
    Array<std::int32_t> types(memory);
    types.copy_in(structure.types);
    const AtomsView atoms{structure.size(), positions.data(), types.data(), nullptr};
    VerletList list(backend, cutoff, skin);

    list.build(atoms, lattice, int(water.size()));
    if (list.n_pairs() != size.side * size.side * size.side * count_pairs(structure_for(water, 1)))
        return state.SkipWithError("the list does not hold every pair");

    const double seconds = time_calls(state, [&] {
        list.build(atoms, lattice, int(water.size()));
        std::int32_t neighbor = 0;
        memory.copy_out(&neighbor, list.neighbors().index, sizeof neighbor);  // waits for the device
        benchmark::DoNotOptimize(neighbor);
    });
    const double n_atoms = structure.size(), n_pairs = double(list.n_pairs());
    set_counters(state, {n_atoms, 0, bytes_per_pair * n_pairs + bytes_per_atom * n_atoms, 0}, seconds);
    state.counters["pairs/s"] = n_pairs / seconds;
    state.counters["pairs_per_atom"] = n_pairs / n_atoms;
}

}  // namespace

void register_cases() {
    const auto add_cases = [](const std::string& device, const std::string& prefix) {
        for (const Size& size : sizes_on(device, {1, 2, 4, 8}))
            add_case(concat(prefix, size.name()), [=](benchmark::State& state) {
                list_build(state, device, size);
            })->UseRealTime();
    };
    add_cases("cpu", "list_build/");
    for (const std::string& device : usable_devices()) add_cases(device, concat("list_build/device:", device, "/"));
}

}  // namespace dpmd::bench
