#pragma once
// The channel space of the radial functions of one centre type, and the few directions in it that matter.
#include <vector>

#include "models/local/environment.hpp"
#include "models/local/radial_functions.hpp"

namespace dpmd::compress {

/// A function that some neighbour, or some empty slot, of the centre type passes through.
struct Section {
    const RadialFunction* function = nullptr;
    bool has_rows = false;       ///< neighbours pass through it by their rows
    bool has_zero_rows = false;  ///< or as rows of zeros; if neither, only empty slots pass through it
    double empty_row = 0;        ///< normalised, what an empty slot is seen as
    double nearest = 0;          ///< Å, where its table will begin
};

class ReducedBasis {
public:
    ReducedBasis() = default;
    /// `n_axis`: so many of the channels come first; 0: none is more than the others.
    ReducedBasis(const Environment& environment, int n_axis, int center, const std::vector<Section>& sections);

    int n_channels() const { return n_channels_; }
    /// Largest deviation, over all samples, of s dG/dr left out by the first k directions: the part of a force's error
    /// that varies fastest with k.
    double error_of(int k) const { return errors_[std::size_t(k)]; }
    /// Fewest directions whose error is at most this.
    int rank_for(double error) const;
    /// [k][n_channels] orthonormal rows, turned so that the axis channels have components along the first
    /// min(k, n_axis) only.
    std::vector<double> directions(int k) const;

private:
    int n_channels_ = 0, n_axis_ = 0;
    std::vector<double> vectors_;  ///< [n_channels][n_channels], most important first
    std::vector<double> errors_;   ///< [n_channels + 1]
};

}  // namespace dpmd::compress
