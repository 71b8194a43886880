#pragma once
// The tables that a three-body descriptor can have, from the samples of its nets.
#include <string>
#include <vector>

#include "models/local/compress/angle_table.hpp"
#include "models/local/compress/descriptor_forms.hpp"
#include "models/local/environment.hpp"
#include "models/local/pair_functions.hpp"

namespace dpmd::compress {

/// All channels are tabulated: a sum over pairs costs the same for any number of them, so that a reduced basis would
/// save nothing.
class DescriptorAngles final : public DescriptorForms {
public:
    /// Samples the functions of a descriptor that is not refused, for atoms without neighbours nearer than `nearest`
    /// (Å). Behind its channels stand features that do not depend on neighbours, which stay.
    DescriptorAngles(const Environment& environment, PairFunctions functions, int n_features, double nearest,
                     int n_threads);

    /// Why the descriptor has no tables for neighbours from `nearest` on; empty: it has them.
    static std::string refusal(const Environment& environment, const PairFunctions& functions, double nearest);
    std::string refusal_of_tables(const Accuracy& accuracy) const override;
    CompressedDescriptor form(const Accuracy& accuracy) const override;
    void add_center(std::size_t center, const Accuracy& accuracy, CompressedDescriptor& form,
                    FittingFold& fold) const override;
    NetError deviation(const CompressedDescriptor& form) const override;

private:
    /// As near to N as the types' factors ask for.
    AngleKnots knots(std::size_t function, const Accuracy& accuracy) const;

    PairFunctions functions_;
    int n_features_;
    double nearest_;
    double largest_;  // bound of |theta|
    int n_threads_;
    std::vector<AngleSpread> spreads_;  // [functions]
};

}  // namespace dpmd::compress
