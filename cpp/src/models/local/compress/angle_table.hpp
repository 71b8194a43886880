#pragma once
// Tabulates the functions F_c(theta) = theta N_c(theta), where N is the sum of networks.
#include <vector>

#include "models/local/angle_tables.hpp"
#include "models/nets/network.hpp"

namespace dpmd::compress {

/// How the knots of an angle table are spread, and how many intervals there are.
struct AngleKnots {
    double softening = 1;
    int n_intervals = 32;
};

/// The softening that needs the fewest intervals, from a trial of each.
struct AngleSpread {
    double softening = 1;
    double trial_error = 0;  ///< largest deviation of (1 + |theta|) dF/dtheta with as many intervals as a trial has
};

AngleSpread find_angle_spread(const std::vector<Network>& networks, double largest);
/// Intervals for a largest deviation of (1 + |theta|) dF/dtheta, if their limit allows.
AngleKnots choose_angle_knots(const AngleSpread& spread, double error);

/// A table from -largest to largest. The polynomial of each interval has the exact values and slopes at its ends and at
/// its thirds, so that the table and its derivative are continuous.
AngleTable make_angle_table(const std::vector<Network>& networks, double largest, const AngleKnots& knots);

/// Value of one function at theta, and its slope dF/dtheta.
ValueSlope<double> look_up(const AngleTable& table, double theta, int channel);

}  // namespace dpmd::compress
