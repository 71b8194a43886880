#include "local/radial_tables.hpp"

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::gpu {

void require_kernels(const MomentCenter& center) {
    if (center.n_basis > most_table_functions)
        throw InputError(concat("the compressed model has ", center.n_basis,
                                " radial functions, but the kernels of a GPU take ", most_table_functions,
                                " at most: choose a larger tolerance, or run it without compression"));
}

template <class Real>
TablesView<Real> prepare_tables(const MomentCenter& from, Weights<Real>& weights) {
    const auto n = std::size_t(from.n_basis), stride = std::size_t(padded(from.n_basis));
    std::vector<TableSection> sections;
    std::vector<Real> quartets, pairs;
    int n_intervals = 0;
    for (const std::optional<RadialTable>& table : from.tables) {
        TableSection& section = sections.emplace_back();
        if (!table) continue;
        section.grid = table->grid();
        section.nearest = table->nearest;
        section.first_interval = n_intervals;
        n_intervals += table->n_intervals;
        const auto end = std::size_t(n_intervals), first = std::size_t(section.first_interval);
        quartets.resize(end * stride * 4, Real(0));
        pairs.resize(end * stride * 2, Real(0));
        for (std::size_t i = first; i < end; ++i)
            for (std::size_t c = 0; c < n; ++c)
                for (std::size_t power = 0; power < 6; ++power) {
                    const auto a = static_cast<Real>(table->coefficients[((i - first) * n + c) * 6 + power]);
                    if (power < 4) quartets[(i * stride + c) * 4 + power] = a;
                    else pairs[(i * stride + c) * 2 + power - 4] = a;
                }
    }
    return {weights.upload(sections), weights.upload(quartets), weights.upload(pairs), static_cast<int>(stride)};
}

template TablesView<double> prepare_tables(const MomentCenter&, Weights<double>&);
template TablesView<float> prepare_tables(const MomentCenter&, Weights<float>&);

}  // namespace dpmd::gpu
