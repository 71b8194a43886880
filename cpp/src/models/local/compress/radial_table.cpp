#include "models/local/compress/radial_table.hpp"

#include <algorithm>
#include <cmath>

#include "math/environment.hpp"

namespace dpmd::compress {
namespace {

constexpr int trial_intervals = 64;

/// Coefficients of the quintic on [0, 1] with values f and slopes d at 0, 1/2 and 1.
void quintic_through(const double f[3], const double d[3], double coefficients[6]) {
    // On t = 2x - 1: even and odd parts separate.
    const double h0 = d[0] / 2, h1 = d[1] / 2, h2 = d[2] / 2;  // df/dt
    const double even = (f[2] + f[0]) / 2 - f[1], odd = (f[2] - f[0]) / 2;
    const double even_slope = (h2 - h0) / 2, odd_slope = (h2 + h0) / 2;
    double t[6];
    t[0] = f[1];
    t[1] = h1;
    t[4] = even_slope / 2 - even;  // t2 + t4 = even, 2 t2 + 4 t4 = even_slope
    t[2] = even - t[4];
    const double a = odd - h1, b = odd_slope - h1;  // t3 + t5 = a, 3 t3 + 5 t5 = b
    t[5] = (b - 3 * a) / 2;
    t[3] = a - t[5];
    // sum t_k (2x - 1)^k by powers of x
    static constexpr double binomial[6][6] = {{1, 0, 0, 0, 0, 0}, {1, 1, 0, 0, 0, 0}, {1, 2, 1, 0, 0, 0},
                                              {1, 3, 3, 1, 0, 0}, {1, 4, 6, 4, 1, 0}, {1, 5, 10, 10, 5, 1}};
    for (int p = 0; p < 6; ++p) {
        double sum = 0;
        for (int k = 5; k >= p; --k) sum += t[k] * binomial[k][p] * ((k - p) % 2 == 0 ? 1.0 : -1.0);
        coefficients[p] = sum * double(1 << p);
    }
}

/// x of the table at the distance r.
double argument_at(const TableSource& source, double r) {
    return source.function->is_of_distance() ? r : environment_radial(r, source.view.range, source.view.protection).s;
}

/// A table of the distance has a knot where the switch begins to fall, at rs, since its third derivative jumps there.
/// The softening that puts it there is near to the one asked for, q of the intervals being nearer:
///   q = A (rc + softening)/(rs + softening),  A = (rs - nearest)/(rc - nearest)
TableKnots aligned(const TableSource& source, TableKnots knots) {
    const double smooth = source.view.range.smooth, cutoff = source.view.range.cutoff;
    if (!source.function->is_of_distance() || smooth <= source.nearest || smooth >= cutoff) return knots;
    const double n = knots.n_intervals, least = (smooth - source.nearest) / (cutoff - source.nearest);
    const double first = std::floor(least * n) + 1, last = std::ceil(least * n * cutoff / smooth) - 1;
    if (first > last) return knots;
    const double wanted = least * (cutoff + knots.softening) / (smooth + knots.softening) * n;
    const double q = std::clamp(std::round(wanted), first, last) / n;
    knots.softening = (q * smooth - least * cutoff) / (least - q);
    return knots;
}

/// A table without coefficients.
RadialTable empty_table(const TableSource& source, const TableKnots& knots, int n_functions) {
    const auto place = [&](double x) { return x / (x + knots.softening); };
    RadialTable table;
    table.nearest = source.nearest;
    table.of_distance = source.function->is_of_distance();
    table.softening = knots.softening;
    table.begin = table.of_distance ? place(source.view.range.cutoff) : 0;
    table.end = place(argument_at(source, source.nearest));
    table.n_intervals = knots.n_intervals;
    table.n_functions = n_functions;
    return table;
}

/// Values and slopes (per interval) of the functions of a table; directions null: of the channels themselves.
class Sampler {
public:
    Sampler(const TableSource& source, const RadialTable& table)
        : channels_(*source.function, source.view),
          softening_(table.softening),
          begin_(table.begin),
          interval_((table.end - table.begin) / table.n_intervals) {}
    /// u at a place, counted in intervals.
    double u(double place) const { return begin_ + interval_ * place; }
    double x(double u) const { return softening_ * u / (1 - u); }
    double interval() const { return interval_; }
    void sample(double u, const std::vector<double>* directions, int n, double* value, double* slope) {
        const double x_slope = softening_ / ((1 - u) * (1 - u));
        channels_.at(x(u));
        const double factor = x_slope / channels_.argument_scale() * interval_;
        const auto m = std::size_t(channels_.n_channels());
        for (std::size_t k = 0; k < std::size_t(n); ++k) {
            double v = 0, d = 0;
            if (directions == nullptr) {
                v = channels_.value()[k];
                d = channels_.slope()[k];
            } else {
                const double* row = directions->data() + k * m;
                for (std::size_t c = 0; c < m; ++c) {
                    v += row[c] * channels_.value()[c];
                    d += row[c] * channels_.slope()[c];
                }
            }
            value[k] = v;
            slope[k] = d * factor;
        }
    }

private:
    ChannelValue channels_;
    double softening_, begin_, interval_;
};

RadialTable tabulate(const TableSource& source, const TableKnots& knots, const std::vector<double>* directions,
                     int n_functions) {
    RadialTable table = empty_table(source, aligned(source, knots), n_functions);
    const auto n = std::size_t(n_functions), n_knots = 2 * std::size_t(knots.n_intervals) + 1;
    std::vector<double> value(n_knots * n), slope(n_knots * n);
    Sampler sampler(source, table);
    for (std::size_t k = 0; k < n_knots; ++k)
        sampler.sample(sampler.u(0.5 * double(k)), directions, n_functions, value.data() + k * n, slope.data() + k * n);
    table.coefficients.resize(std::size_t(knots.n_intervals) * n * 6);
    for (std::size_t i = 0; i < std::size_t(knots.n_intervals); ++i)
        for (std::size_t c = 0; c < n; ++c) {
            double f[3], d[3];
            for (std::size_t k = 0; k < 3; ++k) {
                f[k] = value[(2 * i + k) * n + c];
                d[k] = slope[(2 * i + k) * n + c];
            }
            quintic_through(f, d, table.coefficients.data() + (i * n + c) * 6);
        }
    return table;
}

/// Largest deviation of s dG/dr between the knots, of any channel.
double deviation(const TableSource& source, const TableKnots& knots) {
    const int n = source.function->n_channels();
    const RadialTable table = tabulate(source, knots, nullptr, n);
    const double softening = table.softening;
    std::vector<double> value(std::size_t(n), 0.0), slope(std::size_t(n), 0.0);
    Sampler sampler(source, table);
    double largest = 0;
    for (int i = 0; i < knots.n_intervals; ++i) {
        const double x = i % 2 == 0 ? 0.2 : 0.8;  // where the derivative of such an interpolant is farthest off
        const double u = sampler.u(i + x), at = sampler.x(u);
        sampler.sample(u, nullptr, n, value.data(), slope.data());
        double s = at, du_dr = softening / ((at + softening) * (at + softening));
        if (table.of_distance) s = environment_radial(at, source.view.range, source.view.protection).s;
        else du_dr *= s * (s + 1 / source.view.range.cutoff);  // du/ds ds/dr with |ds/dr| close to s (s + 1/rc)
        for (std::size_t c = 0; c < std::size_t(n); ++c) {
            const double* a = table.coefficients.data() + (std::size_t(i) * std::size_t(n) + c) * 6;
            const double found = quintic<double, double>(a, x).slope;
            largest = std::max(largest, std::fabs((found - slope[c]) / sampler.interval()) * du_dr * s);
        }
    }
    return largest;
}

}  // namespace

KnotSpread find_spread(const TableSource& source) {
    KnotSpread best;
    // 1/Å for s, Å for the distance
    const std::vector<double> by_s{8.0, 1.0, 0.4, 0.15}, by_distance{20.0, 6.0, 2.0};
    for (const double softening : source.function->is_of_distance() ? by_distance : by_s) {
        const double found = deviation(source, {softening, trial_intervals});
        if (best.trial_error == 0 || found < best.trial_error) best = {softening, found};
    }
    return best;
}

TableKnots choose_knots(const KnotSpread& spread, double error, int most_intervals) {
    // the derivative of a quintic interpolant is off by the fifth power of the interval
    const double wanted = trial_intervals * std::pow(spread.trial_error / error, 0.2);
    return {spread.softening,
            static_cast<int>(std::clamp(std::ceil(wanted), trial_intervals / 2.0, double(most_intervals)))};
}

ValueSlope<double> look_up(const RadialTable& table, double x, int function) {
    const ValueSlope<double> place = moment_place<double>(x, table.grid());
    const int interval = std::min(static_cast<int>(place.value), table.n_intervals - 1);
    const double* a = table.coefficients.data() +
                      (std::size_t(interval) * std::size_t(table.n_functions) + std::size_t(function)) * 6;
    const ValueSlope<double> f = quintic<double, double>(a, place.value - interval);
    return {f.value, f.slope * place.slope};
}

RadialTable make_table(const TableSource& source, const TableKnots& knots, const std::vector<double>& directions,
                       int n_functions) {
    return tabulate(source, knots, &directions, n_functions);
}

}  // namespace dpmd::compress
