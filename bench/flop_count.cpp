#include "flop_count.hpp"

#include <cstddef>
#include <variant>
#include <vector>

#include "backend/evaluator.hpp"
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

/// The atoms and listed pairs of one cell, and what a descriptor sees of them.
struct Counts {
    std::vector<double> atoms;  ///< [n_types]
    double listed = 0;
};
/// [center type][neighbour type] neighbours with environment rows.
using RowCounts = std::vector<std::vector<double>>;

/// The pairs of one cell; their cutoff is that of the list.
class Cell {
public:
    explicit Cell(const Potential& potential)
        : cell_(structure_for(model().type_map, 1)),
          pairs_(neighbor_list(cell_.positions, cell_.box, traits_of(model()).cutoff + potential.options().skin)) {}

    Counts counts() const {
        Counts out{std::vector<double>(std::size_t(model().n_types())), double(pairs_.center.size())};
        for (const std::int32_t type : cell_.types) out.atoms[std::size_t(type)] += 1;
        return out;
    }
    RowCounts rows(const NetTerm& term, const Descriptor& descriptor) const {
        const auto n_types = std::size_t(model().n_types());
        RowCounts out(n_types, std::vector<double>(n_types));
        const Environment& environment = environment_of(descriptor);
        for (std::size_t k = 0; k < pairs_.center.size(); ++k) {
            const int i = cell_.types[std::size_t(pairs_.center[k])], j = cell_.types[std::size_t(pairs_.neighbor[k])];
            const SectionRule rule =
                section_rule(environment, has_network(descriptor, i, j), term.pair_exclude_types, i, j);
            if (pairs_.distance[k] < environment.cutoff && rule.counts && rule.has_rows)
                out[std::size_t(i)][std::size_t(j)] += 1;
        }
        return out;
    }

private:
    Structure cell_;
    Neighbors pairs_;
};

/// The atoms of one centre type, and what they see.
struct Center {
    std::size_t type;
    double n_atoms;
    std::vector<double> rows;  ///< [n_types]
    double real_bytes;

    /// Unordered pairs of neighbours of the types a <= b, as if all atoms had equally many.
    double angles(std::size_t a, std::size_t b) const {
        return a == b ? rows[a] * (rows[a] / n_atoms + 1) / 2 : rows[a] * rows[b] / n_atoms;
    }
};

/// A descriptor with embedding nets as trained.
template <class One>
void add_trained(const One& descriptor, const EmbeddingNets& nets, const Center& center, CallWork& work) {
    const int n = descriptor.environment.n_components;
    StageWork& embedding = work[std::size_t(Stage::embedding)];
    StageWork& features = work[std::size_t(Stage::descriptor)];
    for (std::size_t t = 0; t < center.rows.size(); ++t) {
        const auto& network = nets.at(int(center.type), int(t));
        const double rows = center.rows[t];
        if (!network || rows == 0) continue;
        const double n_channels = network->n_out();
        if (network->table) {
            embedding.flop += rows * flop_per_table_channel * n_channels;
            embedding.bytes += rows * coefficients_per_function * n_channels * center.real_bytes;
        } else {
            embedding.flop += rows * flop_of(*network);
        }
        features.flop += rows * flop_per_channel(n) * n_channels;
    }
    features.flop += center.n_atoms * flop_per_feature(n) * descriptor.n_features();
}

/// A descriptor with nets over pairs of neighbours.
void add_trained(const PairFunctions& functions, const Center& center, CallWork& work) {
    StageWork& embedding = work[std::size_t(Stage::embedding)];
    const double n_channels = functions.n_channels();
    for (const PairFunctions::Pair& pair : functions.pairs)
        for (const Network& network : functions.functions[pair.function]) {
            const double net = network.table ? flop_per_table_channel * n_channels : flop_of(network);
            embedding.flop += center.angles(std::size_t(pair.a), std::size_t(pair.b)) *
                              (net + flop_per_angle + flop_per_angle_channel * n_channels);
        }
}

/// DPA-1, all of whose neighbours attend to each other.
void add_trained(const SeAtten& descriptor, const Center& center, CallWork& work) {
    const double n_channels = descriptor.n_channels();
    const int n = (descriptor.lmax() + 1) * (descriptor.lmax() + 1);
    StageWork& embedding = work[std::size_t(Stage::embedding)];
    StageWork& features = work[std::size_t(Stage::descriptor)];
    double rows = 0;
    for (const double of_type : center.rows) rows += of_type;
    const double pairs = rows * rows / center.n_atoms;  // as if all atoms had equally many
    if (descriptor.network.table) {
        embedding.flop += rows * flop_per_table_channel * n_channels;
        embedding.bytes += rows * coefficients_per_function * n_channels * center.real_bytes;
    } else {
        embedding.flop += rows * flop_of(descriptor.network);
    }
    embedding.flop += rows * flop_of_types(descriptor);
    for (const AttentionLayer& layer : descriptor.attention)
        embedding.flop +=
            rows * flop_per_attending_row(layer) + pairs * flop_per_attending_pair(layer, descriptor.smooth);
    features.flop += rows * flop_per_channel(n) * n_channels;
    features.flop += center.n_atoms * flop_per_feature(n) * n_channels * descriptor.axis_neuron;
}

/// A local frame has no nets; turning a neighbour into it takes 9 forwards and 18 backwards.
void add_trained(const LocalFrame&, const Center& center, CallWork& work) {
    for (const double rows : center.rows) work[std::size_t(Stage::descriptor)].flop += rows * 2 * (9 + 18);
}

template <class One>
void add_compressed(const One& descriptor, const MomentForm& form, const Center& center, CallWork& work) {
    const int n = descriptor.environment.n_components;
    const MomentCenter& basis = form.centers[center.type];
    StageWork& embedding = work[std::size_t(Stage::embedding)];
    for (const double rows : center.rows) {
        work[std::size_t(Stage::environment)].flop += rows * flop_per_place;
        embedding.flop += rows * flop_per_table_function(n) * basis.n_basis;
        embedding.bytes += rows * coefficients_per_function * basis.n_basis * center.real_bytes;
    }
    work[std::size_t(Stage::descriptor)].flop += center.n_atoms * flop_per_feature(n) * basis.n_features;
}

template <class One>
void add_compressed(const One& descriptor, const AngleTables& form, const Center& center, CallWork& work) {
    StageWork& embedding = work[std::size_t(Stage::embedding)];
    const PairFunctions functions = pair_functions(descriptor);
    for (const PairFunctions::Pair& pair : functions.pairs)
        embedding.flop +=
            center.angles(std::size_t(pair.a), std::size_t(pair.b)) * (flop_per_angle + flop_per_angle_place) +
            center.n_atoms * 4.0 * double(form.tables[pair.function].coefficients.size()) * functions.n_sums(pair);
}

/// Some have no compressed form.
template <class One>
void add_compressed(const One&, std::monostate, const Center&, CallWork&) {}

/// A descriptor for the atoms of one centre type; `form` is null: as trained.
void add_descriptor(const Descriptor& descriptor, const CompressedDescriptor* form, const Center& center,
                    CallWork& work) {
    std::visit(
        [&](const auto& one) {
            using Form = typename std::decay_t<decltype(one)>::Compressed;
            if (form != nullptr) add_compressed(one, std::get<Form>(*form), center, work);
            else if constexpr (requires { pair_functions(one); }) add_trained(pair_functions(one), center, work);
            else if constexpr (requires { one.embedding; }) add_trained(one, one.embedding, center, work);
            else add_trained(one, center, work);
        },
        descriptor);
}

}  // namespace

CallWork count_call(const Potential& potential, int side) {
    const Cell cell(potential);
    const Counts counts = cell.counts();
    const double real_bytes = potential.model().options().precision == "double" ? 8 : 4;
    CallWork work{};
    StageWork& environment = work[std::size_t(Stage::environment)];
    StageWork& forces = work[std::size_t(Stage::forces)];
    for (const NetTerm& term : potential.model().runnable().data->local().terms) {
        for (std::size_t type = 0; type < counts.atoms.size(); ++type) {
            const Network& fitting =
                term.compressed ? term.compressed->fittings[type] : term.fitting.network(static_cast<int>(type));
            work[std::size_t(Stage::fitting)].flop += counts.atoms[type] * flop_of(fitting);
        }
        for (std::size_t d = 0; d < term.descriptors.size(); ++d) {
            const RowCounts rows = cell.rows(term, term.descriptors[d]);
            double n_rows = 0;
            for (std::size_t type = 0; type < rows.size(); ++type) {
                for (const double count : rows[type]) n_rows += count;
                if (counts.atoms[type] > 0)
                    add_descriptor(term.descriptors[d], term.compressed ? &term.compressed->descriptors[d] : nullptr,
                                   {type, counts.atoms[type], rows[type], real_bytes}, work);
            }
            environment.flop += counts.listed * flop_per_listed + n_rows * flop_per_row;
            environment.bytes += counts.listed * bytes_per_listed + n_rows * (bytes_per_row + 4 * real_bytes);
            forces.flop += n_rows * flop_per_pair_force;
            forces.bytes += n_rows * (bytes_per_pair_force + 4 * real_bytes);
        }
    }
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
