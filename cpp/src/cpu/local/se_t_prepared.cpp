#include "cpu/local/se_t_prepared.hpp"

namespace dpmd::cpu {
namespace {

/// Calls f with every pair of types a <= b that has a network.
template <class F>
void for_each_pair(const SeT& descriptor, F&& f) {
    const int n_types = descriptor.embedding.n_types;
    for (int a = 0; a < n_types; ++a)
        for (int b = a; b < n_types; ++b)
            if (descriptor.embedding.at(a, b)) f(a, b);
}

}  // namespace

template <class Real>
PackedSeT<Real> prepare(const SeT& from, const PackedEnvironment&, const Packing<Real>& packing) {
    PackedSeT<Real> out;
    out.n_channels = from.n_features();
    out.stride = round_up(out.n_channels, packing.lanes());
    for_each_pair(from, [&](int a, int b) {
        out.pairs.push_back({a, b, static_cast<Real>(from.factor(a, b)), packing.embedding(*from.embedding.at(a, b))});
    });
    return out;
}

template <class Real>
PackedSeTTables<Real> prepare_compressed(const SeT& from, const AngleTables& form, const PackedEnvironment&,
                                         const Packing<Real>& packing) {
    PackedSeTTables<Real> out;
    out.n_channels = from.n_features();
    out.stride = round_up(out.n_channels, packing.lanes());
    const auto n = std::size_t(out.n_channels);
    for_each_pair(from, [&](int a, int b) {
        const AngleTable& table = *form.tables[std::size_t(place_of_pair(a, b, from.embedding.n_types))];
        auto& pair = out.pairs.emplace_back();
        pair.a = a;
        pair.b = b;
        pair.grid = table.grid<Real>();
        std::vector<double> values = table.coefficients;
        for (double& value : values) value *= from.factor(a, b);
        std::vector<double> slopes(values.size(), 0.0);
        for (std::size_t row = 0; row < values.size() / n; ++row) {
            const std::size_t power = row % angle_powers;
            for (std::size_t c = 0; c < n && power > 0; ++c)
                slopes[(row - 1) * n + c] = double(power) * values[row * n + c];
        }
        pair.values.pack(values.data(), pair.n_sums(), out.n_channels, false, packing.kernels.shape);
        pair.slopes.pack(slopes.data(), pair.n_sums(), out.n_channels, true, packing.kernels.shape);
    });
    return out;
}

template <class Real>
std::size_t PackedSeT<Real>::bytes() const {
    std::size_t sum = 0;
    for (const Pair& pair : pairs) sum += pair.network.bytes();
    return sum;
}

template <class Real>
std::size_t PackedSeTTables<Real>::bytes() const {
    std::size_t sum = 0;
    for (const Pair& pair : pairs) sum += pair.values.panels.bytes() + pair.slopes.panels.bytes();
    return sum;
}

template struct PackedSeT<double>;
template struct PackedSeT<float>;
template struct PackedSeTTables<double>;
template struct PackedSeTTables<float>;
template PackedSeT<double> prepare(const SeT&, const PackedEnvironment&, const Packing<double>&);
template PackedSeT<float> prepare(const SeT&, const PackedEnvironment&, const Packing<float>&);
template PackedSeTTables<double> prepare_compressed(const SeT&, const AngleTables&, const PackedEnvironment&,
                                                    const Packing<double>&);
template PackedSeTTables<float> prepare_compressed(const SeT&, const AngleTables&, const PackedEnvironment&,
                                                   const Packing<float>&);

}  // namespace dpmd::cpu
