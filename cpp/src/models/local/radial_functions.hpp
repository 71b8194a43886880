#pragma once
// What turns the distance of a neighbour into channels, by types, without the descriptor around it: a moment form is
// made from these functions.
#include <memory>
#include <optional>
#include <vector>

#include "models/local/embedding_nets.hpp"

namespace dpmd {

/// The channels G = g (1 + f t) of a neighbour, for one pair of types.
struct RadialFunction {
    enum class Switch { none, w, cubic };  ///< f: 1, w(r), or the cubic of s (math/switch_function.hpp)

    std::shared_ptr<const Network> network;  ///< g, of the normalised radial component
    std::vector<double> factors;             ///< t, [n_channels]; empty: zeros
    Switch switch_kind = Switch::none;       ///< f
    double cubic_smooth = 0;                 ///< Å, where the cubic ends

    int n_channels() const { return network->n_out(); }
    /// As a function of s, w(r) has a kink of the kind s^(4/3) at the cutoff; as one of the distance it is smooth.
    bool is_of_distance() const { return switch_kind != Switch::none; }
};

struct RadialFunctions {
    std::vector<std::vector<std::optional<RadialFunction>>> rows;  ///< [1 or n_types][n_types], none: no contribution

    const std::optional<RadialFunction>& at(int center, int neighbor) const {
        return rows[rows.size() == 1 ? 0 : std::size_t(center)][std::size_t(neighbor)];
    }
    /// Calls f with each of the functions.
    template <class F>
    void for_each(F&& f) const {
        for (const auto& row : rows)
            for (const auto& one : row)
                if (one) f(*one);
    }
    /// Channels of every function, 0 without one.
    int n_channels() const {
        for (const auto& row : rows)
            for (const auto& one : row)
                if (one) return one->n_channels();
        return 0;
    }
};

/// The nets of a descriptor that are functions of s alone.
inline RadialFunctions functions_by_pair(const EmbeddingNets& embedding) {
    RadialFunctions out;
    for (const auto& nets : embedding.nets) {
        auto& row = out.rows.emplace_back();
        for (const auto& network : nets) {
            auto& one = row.emplace_back();
            if (network) one.emplace().network = std::make_shared<const Network>(*network);
        }
    }
    return out;
}

/// The functions of a descriptor that has a moment form.
template <class One>
RadialFunctions functions_of(const One& descriptor) {
    if constexpr (requires { descriptor.embedding; }) return functions_by_pair(descriptor.embedding);
    else return functions_by_pair(descriptor);
}

}  // namespace dpmd
