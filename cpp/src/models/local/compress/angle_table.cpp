#include "models/local/compress/angle_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/local/compress/network_sum.hpp"

namespace dpmd::compress {
namespace {

constexpr int trial_intervals = 32, most_intervals = 512;
constexpr std::size_t n_nodes = 4;  // of an interval: its ends and its thirds

/// Coefficients of the polynomial of degree 7 on [0, 1] with values f and slopes d at 0, 1/3, 2/3 and 1, `stride`
/// apart: Newton's form with every node twice, then powers of x.
void polynomial_through(const double f[n_nodes], const double d[n_nodes], std::size_t stride, double* coefficients) {
    constexpr std::size_t n = angle_powers;
    double nodes[n], differences[n];
    for (std::size_t k = 0; k < n; ++k) {
        const std::size_t node = k / 2;
        nodes[k] = double(node) / (n_nodes - 1);
        differences[k] = f[node];
    }
    for (std::size_t order = 1; order < n; ++order)
        for (std::size_t k = n - 1; k >= order; --k)
            differences[k] = order == 1 && k % 2 == 1
                                 ? d[k / 2]
                                 : (differences[k] - differences[k - 1]) / (nodes[k] - nodes[k - order]);
    double powers[n] = {};
    for (std::size_t k = n; k-- > 0;) {  // powers = powers (x - node) + difference
        for (std::size_t p = n - 1; p > 0; --p) powers[p] = powers[p - 1] - nodes[k] * powers[p];
        powers[0] = differences[k] - nodes[k] * powers[0];
    }
    for (std::size_t p = 0; p < n; ++p) coefficients[p * stride] = powers[p];
}

/// Values and slopes, by the place in the grid, of all functions.
class Sampler {
public:
    Sampler(const std::vector<Network>& networks, const AngleTable& table)
        : net_(networks), grid_(table.grid<double>()), value_(std::size_t(net_.n_out())), slope_(value_.size()) {}

    /// `place`: 0 at -largest, n_intervals at the other end.
    void sample(double place) {
        const int half = grid_.n_intervals / 2;
        const double u = (place - half) / grid_.steps, rest = 1 - std::fabs(u);
        theta_ = grid_.softening * u / rest;
        theta_slope_ = grid_.softening / (rest * rest * grid_.steps);
        net_.evaluate(theta_);
        for (std::size_t c = 0; c < value_.size(); ++c) {
            value_[c] = theta_ * net_.value(c);
            slope_[c] = (net_.value(c) + theta_ * net_.slope(c)) * theta_slope_;
        }
    }
    double theta() const { return theta_; }
    double theta_slope() const { return theta_slope_; }
    double value(std::size_t channel) const { return value_[channel]; }
    double slope(std::size_t channel) const { return slope_[channel]; }

private:
    NetworkSum net_;
    AngleGrid<double> grid_;
    std::vector<double> value_, slope_;
    double theta_ = 0, theta_slope_ = 0;
};

/// Largest deviation of (1 + |theta|) dF/dtheta between the knots, of any channel.
double deviation(const std::vector<Network>& networks, double largest, const AngleKnots& knots) {
    const AngleTable table = make_angle_table(networks, largest, knots);
    const auto n = std::size_t(table.n_channels);
    Sampler sampler(networks, table);
    double found = 0;
    for (int i = 0; i < table.n_intervals; ++i)
        for (const double x : {0.1, 0.5, 0.9}) {
            sampler.sample(i + x);
            const double* a = table.coefficients.data() + std::size_t(i) * angle_powers * n;
            for (std::size_t c = 0; c < n; ++c) {
                const double slope = angle_polynomial<double>(a + c, int(n), x).slope;
                found = std::max(found, std::fabs(slope - sampler.slope(c)) / sampler.theta_slope() *
                                            (1 + std::fabs(sampler.theta())));
            }
        }
    return found;
}

}  // namespace

AngleSpread find_angle_spread(const std::vector<Network>& networks, double largest) {
    AngleSpread best;
    for (const double softening : {0.3, 1.0, 3.0, 10.0}) {
        const double found = deviation(networks, largest, {softening, trial_intervals});
        if (best.trial_error == 0 || found < best.trial_error) best = {softening, found};
    }
    return best;
}

AngleKnots choose_angle_knots(const AngleSpread& spread, double error) {
    // the derivative of such an interpolant is off by the seventh power of the interval
    const double wanted = trial_intervals * std::pow(spread.trial_error / error, 1.0 / 7);
    const double n = std::clamp(wanted, trial_intervals / 4.0, double(most_intervals));
    return {spread.softening, 2 * static_cast<int>(std::ceil(n / 2))};
}

AngleTable make_angle_table(const std::vector<Network>& networks, double largest, const AngleKnots& knots) {
    AngleTable table;
    table.softening = knots.softening;
    table.largest = largest;
    table.n_intervals = knots.n_intervals;
    table.n_channels = networks.front().n_out();
    const auto n = std::size_t(table.n_channels), n_intervals = std::size_t(knots.n_intervals);
    const std::size_t steps = n_nodes - 1, n_knots = steps * n_intervals + 1;
    std::vector<double> value(n_knots * n), slope(n_knots * n);
    Sampler sampler(networks, table);
    for (std::size_t k = 0; k < n_knots; ++k) {
        sampler.sample(double(k) / double(steps));
        for (std::size_t c = 0; c < n; ++c) {
            value[k * n + c] = sampler.value(c);
            slope[k * n + c] = sampler.slope(c);
        }
    }
    table.coefficients.resize(n_intervals * angle_powers * n);
    for (std::size_t i = 0; i < n_intervals; ++i)
        for (std::size_t c = 0; c < n; ++c) {
            double f[n_nodes], d[n_nodes];
            for (std::size_t k = 0; k < n_nodes; ++k) {
                f[k] = value[(steps * i + k) * n + c];
                d[k] = slope[(steps * i + k) * n + c];
            }
            polynomial_through(f, d, n, table.coefficients.data() + i * angle_powers * n + c);
        }
    return table;
}

ValueSlope<double> look_up(const AngleTable& table, double theta, int channel) {
    const AngleGrid<double> grid = table.grid<double>();
    const ValueSlope<double> step = angle_step(theta, grid);
    const int interval = angle_interval(step.value, grid);
    const double* a =
        table.coefficients.data() + std::size_t(interval) * angle_powers * std::size_t(table.n_channels) + channel;
    const ValueSlope<double> f = angle_polynomial<double>(a, table.n_channels, angle_place(step.value, interval, grid));
    return {f.value, f.slope * step.slope};
}

}  // namespace dpmd::compress
