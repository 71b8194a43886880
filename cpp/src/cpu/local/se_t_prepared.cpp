#include "cpu/local/se_t_prepared.hpp"

#include <utility>

namespace dpmd::cpu {
namespace {

template <class Real>
void pack_frame(const PairFunctions& from, const std::vector<double>& constants, int n_constants,
                const PackedEnvironment& environment, const Packing<Real>& packing, SeTFrame<Real>& out) {
    out.n_channels = from.n_channels();
    out.stride = round_up(out.n_channels, packing.lanes());
    out.is_smooth = from.is_smooth;
    out.protection = environment.protection;
    out.n_constants = n_constants;
    if (n_constants > 0) out.constants = in_whole_vectors<Real>(constants, static_cast<int>(constants.size()));
}

/// The coefficients [rows][n_channels] of what a pair of types adds, and of what it adds by switches.
struct Coefficients {
    std::vector<double> values, weighted;
};

Coefficients coefficients_of(const PairFunctions& functions, const PairFunctions::Pair& pair, const AngleTable& table) {
    Coefficients out;
    out.values = table.coefficients;
    for (double& value : out.values) value *= pair.factor;
    if (pair.type_factors.empty()) return out;
    const auto n = pair.type_factors.size();
    std::vector<double> by_types = out.values;
    for (std::size_t k = 0; k < by_types.size(); ++k) by_types[k] *= pair.type_factors[k % n];
    if (functions.is_weighted(pair)) {
        out.weighted = std::move(by_types);
    } else {
        for (std::size_t k = 0; k < by_types.size(); ++k) out.values[k] += by_types[k];
    }
    return out;
}

/// The coefficients of the derivatives of polynomials.
std::vector<double> derivatives(const std::vector<double>& values, std::size_t n_channels) {
    std::vector<double> out(values.size(), 0.0);
    for (std::size_t row = 0; row < values.size() / n_channels; ++row) {
        const std::size_t power = row % angle_powers;
        for (std::size_t c = 0; c < n_channels && power > 0; ++c)
            out[(row - 1) * n_channels + c] = double(power) * values[row * n_channels + c];
    }
    return out;
}

}  // namespace

template <class Real>
PackedSeT<Real> pack_pair_functions(const PairFunctions& from, const std::vector<double>& constants, int n_constants,
                                    const PackedEnvironment& environment, const Packing<Real>& packing) {
    PackedSeT<Real> out;
    pack_frame(from, constants, n_constants, environment, packing, out);
    std::vector<std::size_t> first;  // network of each function
    for (const std::vector<Network>& networks : from.functions) {
        first.push_back(out.networks.size());
        for (const Network& network : networks) out.networks.push_back(packing.embedding(network));
    }
    for (const PairFunctions::Pair& pair : from.pairs)
        for (std::size_t k = 0; k < from.functions[pair.function].size(); ++k) {
            auto& packed = out.pairs.emplace_back();
            packed.a = pair.a;
            packed.b = pair.b;
            packed.factor = static_cast<Real>(pair.factor);
            packed.network = first[pair.function] + k;
            if (!pair.type_factors.empty()) packed.type_factors = in_whole_vectors<Real>(pair.type_factors, out.stride);
        }
    return out;
}

template <class Real>
PackedSeTTables<Real> pack_angle_tables(const PairFunctions& from, const AngleTables& form,
                                        const std::vector<double>& constants, int n_constants,
                                        const PackedEnvironment& environment, const Packing<Real>& packing) {
    PackedSeTTables<Real> out;
    pack_frame(from, constants, n_constants, environment, packing, out);
    for (const PairFunctions::Pair& pair : from.pairs) {
        const AngleTable& table = form.tables[pair.function];
        auto& packed = out.pairs.emplace_back();
        packed.a = pair.a;
        packed.b = pair.b;
        packed.grid = table.grid<Real>();
        packed.is_weighted = from.is_weighted(pair);
        const Coefficients coefficients = coefficients_of(from, pair, table);
        const auto pack = [&](const std::vector<double>& values, bool transposed, PackedMatrix<Real>& to) {
            to.pack(values.data(), packed.n_sums(), out.n_channels, transposed, packing.kernels.shape);
        };
        pack(coefficients.values, false, packed.values);
        pack(derivatives(coefficients.values, std::size_t(out.n_channels)), true, packed.slopes);
        if (!packed.is_weighted) continue;
        pack(coefficients.weighted, false, packed.weighted_values);
        pack(coefficients.weighted, true, packed.weighted_polynomials);
    }
    return out;
}

template <class Real>
std::size_t PackedSeT<Real>::bytes() const {
    std::size_t sum = this->constants.bytes();
    for (const PackedNetwork<Real>& network : networks) sum += network.bytes();
    for (const Pair& pair : pairs) sum += pair.type_factors.bytes();
    return sum;
}

template <class Real>
std::size_t PackedSeTTables<Real>::bytes() const {
    std::size_t sum = this->constants.bytes();
    for (const Pair& pair : pairs)
        for (const PackedMatrix<Real>* matrix :
             {&pair.values, &pair.slopes, &pair.weighted_values, &pair.weighted_polynomials})
            sum += matrix->panels.bytes();
    return sum;
}

#define DPMD_INSTANTIATE(Real)                                                                                  \
    template struct PackedSeT<Real>;                                                                            \
    template struct PackedSeTTables<Real>;                                                                      \
    template PackedSeT<Real> pack_pair_functions(const PairFunctions&, const std::vector<double>&, int,         \
                                                 const PackedEnvironment&, const Packing<Real>&);               \
    template PackedSeTTables<Real> pack_angle_tables(const PairFunctions&, const AngleTables&,                  \
                                                     const std::vector<double>&, int, const PackedEnvironment&, \
                                                     const Packing<Real>&);
DPMD_INSTANTIATE(double)
DPMD_INSTANTIATE(float)
#undef DPMD_INSTANTIATE

}  // namespace dpmd::cpu
