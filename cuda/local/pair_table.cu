#include "local/pair_table.hpp"

#include "local/pair_gradients.hpp"
#include "local/tile_grid.hpp"
#include "math/pair_table.hpp"
#include "models/local/local_model.hpp"

namespace dpmd::gpu {
namespace {

/// u and du/dr of a neighbour; 0 for one that is nearer than the table begins.
GPU_DEVICE ValueSlope<double> pair_energy(const PairTableView& table, const Neighbor& neighbor) {
    if (neighbor.r < table.first) return {0, 0};
    return pair_table_at(neighbor.r, table.first, table.spacing, table.n_intervals,
                         table.coefficients + std::int64_t(4) * neighbor.type * table.n_intervals);
}

GPU_DEVICE double tile_least(double value) {
    for (int step = tile_lanes / 2; step > 0; step /= 2) {
        const double other = shuffle_xor(value, step);
        value = other < value ? other : value;
    }
    return value;
}

/// Faults of an atom with more neighbours than slots.
GPU_DEVICE void check_slots(const SystemView& system, const EnvironmentView& environment, std::int32_t atom,
                            const std::int32_t* counts) {
    std::int32_t n = 0;
    for (int t = lane(); t < environment.n_types; t += tile_lanes) {
        empty_slots(system, environment.sections[t], atom, t, counts[t]);
        n += counts[t];
    }
    n = tile_sum(n);
    if (lane() == 0 && n > environment.n_slots)
        atomic_min(&system.totals->fault,
                   fault_key(atom, EvaluateFault::too_many_neighbors, no_type, system.descriptor, n));
}

/// What one pass over the neighbours of an atom gives each lane.
struct PairSums {
    double energy = 0, least = 1e300;
};

/// Counts the neighbours and adds up their energies. All lanes of a tile call together.
GPU_DEVICE PairSums look_at_pairs(const PairTableArgs& args, std::int32_t atom, std::int32_t* counts) {
    const SystemView& system = args.tile.system;
    const std::int64_t first = system.first[atom], last = system.first[atom + 1];
    PairSums out;
    for (int place = 0; first + place < last; place += tile_lanes) {
        const Neighbor neighbor = read_and_count(system, args.table.environment, atom, first, last, place, counts);
        if (!neighbor.inside) continue;
        if (neighbor.r < args.table.first)
            atomic_min(&system.totals->fault,
                       fault_key(atom, EvaluateFault::nearer_than_table, neighbor.type, 0, neighbor.place));
        out.energy += 0.5 * pair_energy(args.table, neighbor).value;
        out.least = neighbor.r < out.least ? neighbor.r : out.least;
    }
    sync_tile();
    return out;
}

/// The soft minimum of the distances of an atom to its neighbours. All lanes of a tile call together, and get it.
GPU_DEVICE SoftMinimum find_minimum(const PairTableArgs& args, std::int32_t atom, double least) {
    const SystemView& system = args.tile.system;
    const std::int64_t first = system.first[atom], last = system.first[atom + 1];
    double sum = 0, weighted = 0;
    for (int place = lane(); first + place < last; place += tile_lanes) {
        const Neighbor neighbor = read_neighbor(system, args.table.environment, atom, first, last, place);
        if (!neighbor.inside) continue;
        const double term = soft_minimum_term(neighbor.r, least, args.bridge.softness);
        sum += term;
        weighted += term * neighbor.r;
    }
    sync_tile();
    sum = tile_sum(sum);
    weighted = tile_sum(weighted);
    return soft_minimum(least, sum, weighted, args.bridge.softness, args.bridge.least_sum);
}

/// One tile of lanes per atom.
GPU_KERNEL pair_energies_kernel(PairTableArgs args) {
    const int tiles = block_threads() / tile_lanes, n_types = args.table.environment.n_types;
    const SystemView& system = args.tile.system;
    SharedMemory shared;
    FixedSum* block_energy = shared.take<FixedSum>(1);
    std::int32_t* counts = shared.take<std::int32_t>(tiles * n_types) + tile() * n_types;
    if (thread_index() == 0) *block_energy = {};
    sync_block();
    const int a = block_index() * tiles + tile();
    if (a < args.tile.n_atoms && (args.kept == nullptr || args.kept[a] != 0)) {
        const std::int32_t atom = args.tile.atoms[a];
        for (int t = lane(); t < n_types; t += tile_lanes) counts[t] = 0;
        sync_tile();
        const PairSums sums = look_at_pairs(args, atom, counts);
        check_slots(system, args.table.environment, atom, counts);
        double energy = args.table.is_silent ? 0 : tile_sum(sums.energy) + args.table.energy_shift;
        if (args.bridged != nullptr) {
            BridgedAtom out{};
            out.minimum = find_minimum(args, atom, tile_least(sums.least));
            if (out.minimum.sigma > 0)
                out.weight = bridge_weight(out.minimum.sigma, args.bridge.inner, args.bridge.outer, args.bridge.width);
            out.table_energy = energy;
            out.net_share = 1 - out.weight.value;
            if (lane() == 0) args.bridged[a] = out;
            energy *= out.weight.value;
        }
        if (lane() == 0) {
            system.atom_energies[atom] += energy;
            if (fixed_in_range(energy, fixed_term_limit)) add_term(block_energy, energy);
            else atomic_min(&system.totals->fault, fault_key(atom, EvaluateFault::energy_not_finite, 0, 0, 0));
        }
    }
    sync_block();
    if (thread_index() == 0) add_sum(&system.totals->energy, *block_energy);
}

/// One tile of lanes per atom.
GPU_KERNEL pair_forces_kernel(PairTableArgs args) {
    const int tiles = block_threads() / tile_lanes;
    const SystemView& system = args.tile.system;
    TileVirial tile_virial;
    for (int a = block_index() * tiles + tile(); a < args.tile.n_atoms; a += grid_blocks() * tiles) {
        if (args.kept != nullptr && args.kept[a] == 0) continue;
        const std::int32_t atom = args.tile.atoms[a];
        const std::int64_t first = system.first[atom], last = system.first[atom + 1];
        BridgedAtom between{};
        if (args.bridged != nullptr) between = args.bridged[a];
        const double share = args.table.is_silent ? 0.0 : args.bridged != nullptr ? between.weight.value : 1.0;
        const double rise = between.weight.slope * (between.table_energy - between.net_energy);
        std::int64_t own[3] = {};
        double virial[9] = {};
        for (int place = lane(); first + place < last; place += tile_lanes) {
            const Neighbor neighbor = read_neighbor(system, args.table.environment, atom, first, last, place);
            if (!neighbor.inside) continue;
            double slope = share * 0.5 * pair_energy(args.table, neighbor).slope;
            if (rise != 0) slope += rise * soft_minimum_slope(neighbor.r, between.minimum, args.bridge.softness);
            double g[3];
            for (int k = 0; k < 3; ++k) g[k] = slope / neighbor.r * neighbor.d[k];
            if (!keep_in_range(neighbor, g))
                atomic_min(&system.totals->fault,
                           fault_key(atom, EvaluateFault::force_too_large, neighbor.type, 0, neighbor.place));
            add_pair(system, neighbor, g, own, virial);
        }
        sync_tile();
        add_own(system, atom, own, virial, tile_virial);
    }
    tile_virial.finish(system.totals);
}

}  // namespace

DevicePairTable::DevicePairTable(const PairTable& table, GemmTuner& gemm, Memory& memory)
    : weights_(Operands::plain, gemm, memory) {
    const double* coefficients = weights_.upload(table.coefficients);
    const int n_types = table.n_types();
    for (int i = 0; i < n_types; ++i) {
        std::vector<SectionRule> sections;
        for (int j = 0; j < n_types; ++j) {
            SectionRule& section = sections.emplace_back();
            section.sel = table.sel[std::size_t(j)];
            section.counts = section.has_rows = table.sees(i, j);
        }
        PairTableView& view = views_.emplace_back();
        view.environment.range = {0, table.cutoff, table.cutoff};
        view.environment.n_components = 0;
        view.environment.n_types = n_types;
        view.environment.n_slots = table.n_slots;
        view.environment.slot_order = table.slot_order;
        view.environment.sections = weights_.upload(sections);
        view.first = table.first;
        view.spacing = table.spacing;
        view.n_intervals = table.n_intervals;
        view.coefficients = coefficients + std::int64_t(4) * i * n_types * table.n_intervals;
        view.energy_shift = table.energy_shift[std::size_t(i)];
        view.is_silent = is_silent_in(table, i);
        if (i == 0) sections_ = sections;
    }
}

void run_pair_energies(Queue& queue, const PairTableArgs& args) {
    const std::size_t bytes = shared_piece<FixedSum>(1) +
                              shared_piece<std::int32_t>(std::size_t(atoms_per_block * args.table.environment.n_types));
    queue.launch("pair_energies", &pair_energies_kernel, grid_of_atoms(args.tile.n_atoms), threads_of_atoms, bytes,
                 args);
}

void run_pair_forces(Queue& queue, const PairTableArgs& args) {
    queue.launch("pair_forces", &pair_forces_kernel, looping_grid(queue, args.tile.n_atoms, atoms_per_block),
                 threads_of_atoms, 0, args);
}

}  // namespace dpmd::gpu
