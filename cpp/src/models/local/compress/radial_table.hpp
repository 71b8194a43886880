#pragma once
// Projects a radial function onto a basis of its channels and tabulates the result.
#include <vector>

#include "models/local/compress/channel_value.hpp"
#include "models/local/moment_form.hpp"

namespace dpmd::compress {

/// What a table approximates, from `nearest` (Å) to the cutoff.
struct TableSource {
    const RadialFunction* function;
    RadialView view;
    double nearest;
};

/// How the knots are spread and how many there are.
struct TableKnots {
    double softening = 1;
    int n_intervals = 64;
};

/// The softening that needs the fewest intervals, from a trial of each.
struct KnotSpread {
    double softening = 1;
    double trial_error = 0;  ///< largest deviation of s dG/dr with as many intervals as a trial has
};
KnotSpread find_spread(const TableSource& source);
/// Intervals for a largest deviation of s dG/dr, at most `most_intervals`.
TableKnots choose_knots(const KnotSpread& spread, double error, int most_intervals);

/// The first n_functions functions B = directions G, `directions` [n_functions][n_channels]. Each interval's polynomial
/// has the exact values and slopes at both ends and in the middle, so the table and its derivative are continuous. A
/// table of the distance has a knot where the switch begins.
RadialTable make_table(const TableSource& source, const TableKnots& knots, const std::vector<double>& directions,
                       int n_functions);

/// Value of one function at x, and its slope dB/dx.
ValueSlope<double> look_up(const RadialTable& table, double x, int function);

}  // namespace dpmd::compress
