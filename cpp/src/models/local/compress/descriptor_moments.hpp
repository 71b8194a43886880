#pragma once
// The moment forms that one descriptor can have, from the samples of its functions.
#include <functional>
#include <string>
#include <vector>

#include "models/local/compress/descriptor_forms.hpp"
#include "models/local/compress/radial_table.hpp"
#include "models/local/compress/reduced_basis.hpp"
#include "models/local/radial_functions.hpp"

namespace dpmd::compress {

/// What has to be known of a descriptor for its moment form (models/local/descriptors.hpp).
struct MomentSource {
    const Environment& environment;
    RadialFunctions functions;
    std::vector<RadialFunction> empty_slots;  ///< [n_types] by centre; none: slots are empty as those of their sections
    int n_features, n_axis_channels;
    bool uses_zero_rows;
    /// fold_weights of the descriptor: from its rows of the first layer and the rows of V^T, [n_basis][n_channels].
    std::function<std::vector<double>(const Layer& own, const std::vector<double>& directions, int n_basis)> fold;
};

class DescriptorMoments final : public DescriptorForms {
public:
    /// Samples the functions of a descriptor that is not refused; `nearest` (Å) is where the tables begin. Each centre
    /// type is the work of one of `n_threads` threads.
    DescriptorMoments(MomentSource source, const TypePairs& pair_exclude_types, double nearest, int n_threads);

    /// Why the descriptor has no moment form with tables from `nearest`; empty: it has one. What finding it costs is
    /// bounded by the model's size.
    static std::string refusal(const MomentSource& source, const TypePairs& pair_exclude_types,
                               const std::vector<std::string>& type_map, double nearest);
    std::string refusal_of_tables(const Accuracy& accuracy) const override;
    CompressedDescriptor form(const Accuracy& accuracy) const override;
    void add_center(std::size_t center, const Accuracy& accuracy, CompressedDescriptor& form,
                    FittingFold& fold) const override;
    NetError deviation(const CompressedDescriptor& form) const override;

    /// The rows of V^T of a centre type, [n_basis][n_channels].
    struct Basis {
        int n_basis;
        std::vector<double> directions;
    };

private:
    Basis basis(std::size_t center, const Accuracy& accuracy) const;
    MomentCenter center(std::size_t center, const Basis& basis, const Accuracy& accuracy) const;
    TableSource table_source(std::size_t center, std::size_t type) const;

    MomentSource source_;
    int n_threads_;
    /// [center][type], function null: nothing passes through; behind them the empty slots that types share, if any
    std::vector<std::vector<Section>> sections_;
    std::vector<std::vector<KnotSpread>> spreads_;  ///< [center][type]
    std::vector<ReducedBasis> bases_;               ///< [center]
};

}  // namespace dpmd::compress
