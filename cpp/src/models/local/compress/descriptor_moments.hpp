#pragma once
// The moment forms that one descriptor can have, from the samples of its nets.
#include <string>
#include <vector>

#include "models/local/compress/moment_nets.hpp"
#include "models/local/compress/radial_table.hpp"
#include "models/local/compress/reduced_basis.hpp"
#include "models/local/descriptors.hpp"
#include "models/local/moment_form.hpp"

namespace dpmd::compress {

/// How closely a moment form follows the nets.
struct Accuracy {
    double error = 0;          ///< bases and tables leave out at most this of s dG/dr each, if their limits allow
    bool whole_basis = false;  ///< K = M: tables only
};

/// Largest deviation of any channel of any net from V B, over the whole range of the tables.
struct NetError {
    double value = 0, slope = 0;  ///< slope: of dG/dr, 1/Å
};

class DescriptorMoments {
public:
    /// Samples the nets of a descriptor that is not refused; `nearest` (Å) is where the tables begin. Each centre type
    /// is the work of one of `n_threads` threads.
    DescriptorMoments(const Descriptor& descriptor, const TypePairs& pair_exclude_types, double nearest, int n_threads);
    DescriptorMoments(const DescriptorMoments&) = delete;  // sections refer to its nets
    DescriptorMoments& operator=(const DescriptorMoments&) = delete;
    DescriptorMoments(DescriptorMoments&&) = default;

    /// Why the descriptor has no moment form; empty: it has one. What finding it costs is bounded by the model's size.
    static std::string refusal(const Descriptor& descriptor, const TypePairs& pair_exclude_types,
                               const std::vector<std::string>& type_map);
    /// Why a form of this accuracy is too large for nets of this size; empty: it is not.
    std::string refusal_of_tables(const Accuracy& accuracy) const;

    /// The rows of V^T of a centre type, [n_basis][n_channels].
    struct Basis {
        int n_basis;
        std::vector<double> directions;
    };
    Basis basis(std::size_t center, const Accuracy& accuracy) const;
    /// What the centre type has on this basis; n_features remains to be filled in.
    MomentCenter center(std::size_t center, const Basis& basis, const Accuracy& accuracy) const;

    NetError deviation(const MomentForm& form) const;

private:
    TableSource source(std::size_t center, std::size_t type) const;

    const Descriptor& descriptor_;
    MomentNets nets_;
    int n_threads_;
    /// [center][type], network null: nothing passes through; behind them the slots that types share, if any
    std::vector<std::vector<Section>> sections_;
    std::vector<std::vector<KnotSpread>> spreads_;  ///< [center][type]
    std::vector<ReducedBasis> bases_;               ///< [center]
};

}  // namespace dpmd::compress
