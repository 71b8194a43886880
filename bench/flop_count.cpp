#include "flop_count.hpp"

#include <cstddef>
#include <vector>

#include "models/local/flop_counts.hpp"
#include "structure.hpp"
#include "variant.hpp"

namespace dpmd::bench {
namespace {

// Per listed pair (the list reaches a skin beyond the cutoff): the difference and its square; index and position are
// read.
constexpr double flop_per_listed = 8, bytes_per_listed = 4 + 3 * 8;
// Per neighbour: root 1, switch function and slope 18, radial functions and slopes 10 (math/environment.hpp),
// normalised row 11. Index, difference, distance, four radial functions and the row in the precision of the nets are
// written.
constexpr double flop_per_row = 40, bytes_per_row = 4 + 3 * 8 + 8 + 4 * 8;
// The place of a neighbour in a table, and its slope (math/moment_table.hpp).
constexpr double flop_per_place = 8;
// Per neighbour: chain rule 22, rounding 3, virial 18. The row is read, a force is read and written.
constexpr double flop_per_pair_force = 43, bytes_per_pair_force = bytes_per_row + 2 * 3 * 8;

// Per row and channel of DeePMD-kit's tables: forwards polynomial 5, backwards value and slope 9 and slope times
// gradient 1, all twice.
constexpr double flop_per_table_channel = 2 * (5 + 10);
// Coefficients of a function, read forwards and backwards.
constexpr double coefficients_per_function = 2 * 6;

const NetTerm& term() { return model().local().terms.front(); }
const Descriptor& the_descriptor() { return term().descriptors.front(); }
int n_components() { return environment_of(the_descriptor()).n_components; }

/// The counts of one cell.
struct Counts {
    std::vector<double> atoms;              ///< [n_types]
    std::vector<std::vector<double>> rows;  ///< [center type][neighbour type] neighbours with environment rows
    double listed = 0;
};

Counts count_cell(const Potential& potential) {
    const Structure cell = structure_for(model().type_map, 1);
    const auto n_types = std::size_t(model().n_types());
    Counts out{std::vector<double>(n_types), std::vector(n_types, std::vector<double>(n_types)), 0};
    for (const std::int32_t type : cell.types) out.atoms[std::size_t(type)] += 1;
    const Environment& environment = environment_of(the_descriptor());
    const EmbeddingNets& nets = embedding_of(the_descriptor());
    const double cutoff = environment.cutoff;
    const Neighbors pairs = neighbor_list(cell.positions, cell.box, cutoff + potential.options().skin);
    out.listed = double(pairs.center.size());
    for (std::size_t k = 0; k < pairs.center.size(); ++k) {
        const int i = cell.types[std::size_t(pairs.center[k])], j = cell.types[std::size_t(pairs.neighbor[k])];
        const SectionRule rule =
            section_rule(environment, nets.at(i, j).has_value(), term().pair_exclude_types, i, j);
        if (pairs.distance[k] < cutoff && rule.counts && rule.has_rows) out.rows[std::size_t(i)][std::size_t(j)] += 1;
    }
    return out;
}

/// The part that differs between the forms, for the atoms of one centre type.
void add_exact(std::size_t type, const Counts& counts, double real_bytes, CallWork& work) {
    const EmbeddingNets& nets = embedding_of(the_descriptor());
    StageWork& embedding = work[std::size_t(Stage::embedding)];
    StageWork& descriptor = work[std::size_t(Stage::descriptor)];
    double n_channels = 0;
    for (std::size_t t = 0; t < counts.atoms.size(); ++t) {
        const auto& network = nets.at(int(type), int(t));
        const double rows = counts.rows[type][t];
        if (!network || rows == 0) continue;
        n_channels = network->n_out();
        if (network->table) {
            embedding.flop += rows * flop_per_table_channel * n_channels;
            embedding.bytes += rows * coefficients_per_function * n_channels * real_bytes;
        } else {
            embedding.flop += rows * flop_of(*network);
        }
        descriptor.flop += rows * flop_per_channel(n_components()) * n_channels;
    }
    descriptor.flop += counts.atoms[type] * flop_per_feature(n_components()) * n_features(the_descriptor());
    work[std::size_t(Stage::fitting)].flop += counts.atoms[type] * flop_of(term().fitting.networks[type]);
}

void add_moment_form(const CompressionInfo& form, std::size_t type, const Counts& counts, double real_bytes,
                     CallWork& work) {
    StageWork& embedding = work[std::size_t(Stage::embedding)];
    const double n_functions = form.n_basis[type], n_features = form.n_features[type];
    for (const double rows : counts.rows[type]) {
        work[std::size_t(Stage::environment)].flop += rows * flop_per_place;
        embedding.flop += rows * flop_per_table_function(n_components()) * n_functions;
        embedding.bytes += rows * coefficients_per_function * n_functions * real_bytes;
    }
    // the first layer takes the features instead of the descriptor
    const Layer& first = term().fitting.networks[type].layers.front();
    const double fewer = double(form.n_descriptor) - n_features;
    work[std::size_t(Stage::descriptor)].flop += counts.atoms[type] * flop_per_feature(n_components()) * n_features;
    work[std::size_t(Stage::fitting)].flop +=
        counts.atoms[type] * (flop_of(term().fitting.networks[type]) - 4 * fewer * first.n_out);
}

}  // namespace

CallWork count_call(const Potential& potential, int side) {
    const Counts counts = count_cell(potential);
    const double real_bytes = potential.model().options().precision == "double" ? 8 : 4;
    CallWork work{};
    double n_rows = 0;
    for (std::size_t type = 0; type < counts.atoms.size(); ++type) {
        for (const double rows : counts.rows[type]) n_rows += rows;
        if (potential.compression().active) add_moment_form(potential.compression(), type, counts, real_bytes, work);
        else add_exact(type, counts, real_bytes, work);
    }
    StageWork& environment = work[std::size_t(Stage::environment)];
    environment.flop += counts.listed * flop_per_listed + n_rows * flop_per_row;
    environment.bytes += counts.listed * bytes_per_listed + n_rows * (bytes_per_row + 4 * real_bytes);
    StageWork& forces = work[std::size_t(Stage::forces)];
    forces.flop += n_rows * flop_per_pair_force;
    forces.bytes += n_rows * (bytes_per_pair_force + 4 * real_bytes);
    const double cells = double(side) * side * side;
    for (StageWork& stage : work) {
        stage.flop *= cells;
        stage.bytes *= cells;
    }
    return work;
}

double total_flop(const CallWork& work) {
    double sum = 0;
    for (const StageWork& stage : work) sum += stage.flop;
    return sum;
}

}  // namespace dpmd::bench
