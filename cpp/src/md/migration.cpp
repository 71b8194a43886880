#include "md/migration.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "comm/row_exchange.hpp"
#include "comm/together.hpp"
#include "core/clock.hpp"
#include "core/text.hpp"

namespace dpmd::md {
namespace {

/// Fractional coordinates, wrapped into the box.
std::vector<Vector3> wrapped_fractions(std::span<const double> positions, const Lattice& lattice) {
    const PeriodicCell cell = lattice.geometry();
    std::vector<double> wrapped(positions.begin(), positions.end());
    for (std::size_t i = 0; i < wrapped.size() / 3; ++i) {
        const auto n = lattice.wrap(positions.data() + 3 * i);
        const double cells[3] = {double(n[0]), double(n[1]), double(n[2])};
        const Vector3 moved = row_times(cells, cell.cell);
        for (std::size_t c = 0; c < 3; ++c) wrapped[3 * i + c] -= moved[int(c)];
    }
    return fractions_of(wrapped, cell);
}

template <class T>
void move(RowExchange& exchange, MirroredArray<T>& array, std::size_t width) {
    const std::span<const T> before = array.on_host();
    std::vector<T> rows(before.begin(), before.end());
    exchange.move(rows, width);
    array.assign(rows);
}

}  // namespace

void Migration::distribute(State& state, std::span<const double> positions, const Lattice& lattice) {
    Communicator& ranks = *state.ranks;
    const std::int64_t start = dpmd::nanoseconds();
    std::vector<Vector3> fractional;
    together(ranks, [&] { fractional = wrapped_fractions(positions, lattice); });
    const auto owners = [&] {
        std::vector<int> out;
        out.reserve(fractional.size());
        for (const Vector3& f : fractional) out.push_back(decomposition_.owner(f));
        return out;
    };
    std::vector<int> owner = owners();
    if (!is_cut_ || imbalance_of(state, owner) > options_.most_imbalance) {
        cut(state, fractional, lattice.geometry());
        owner = owners();
    }
    imbalance_ = imbalance_of(state, owner);
    RowExchange exchange(ranks, owner);
    n_migrated_ += exchange.n_moved();
    if (exchange.n_moved() > 0) {
        move(exchange, state.ids, 1);
        move(exchange, state.types, 1);
        move(exchange, state.mass_classes, 1);
        move(exchange, state.positions, 3);
        move(exchange, state.velocities, 3);
        if (state.n_aparam > 0) move(exchange, state.aparam, state.n_aparam);
        state.n = static_cast<std::int32_t>(exchange.n_rows());
        state.forces.assign(std::vector<double>(3 * exchange.n_rows(), 0.0));
    }
    nanoseconds_ += dpmd::nanoseconds() - start;
}

void Migration::cut(State& state, std::span<const Vector3> fractional, const PeriodicCell& cell) {
    Communicator& ranks = *state.ranks;
    const Extent extent = extent_of(ranks, fractional, cell);
    if (!is_cut_) {
        std::array<int, 3> grid = options_.grid;
        if (grid == std::array<int, 3>{})
            grid = choose_grid(ranks.size(), cell, extent, reach_, occupied_shares(ranks, fractional, extent));
        decomposition_ = Decomposition(grid, extent);
        is_cut_ = true;
    }
    decomposition_.balance(ranks, fractional, extent);
}

double Migration::imbalance_of(State& state, std::span<const int> owners) const {
    std::vector<std::int64_t> counts(std::size_t(state.ranks->size()), 0);
    for (const int owner : owners) ++counts[std::size_t(owner)];
    state.ranks->sum(counts);
    const auto most = double(*std::max_element(counts.begin(), counts.end()));
    return most * double(state.ranks->size()) / double(std::max<std::int64_t>(state.n_total, 1));
}

}  // namespace dpmd::md
