#include "models/local/compress/reduced_basis.hpp"

#include <algorithm>
#include <cmath>

#include "math/environment.hpp"
#include "models/local/compress/channel_value.hpp"
#include "models/local/compress/singular_vectors.hpp"

namespace dpmd::compress {
namespace {

// Rows are weighted by the switch function, the product of |R| = w/r and of the square root of the number of neighbours
// at r, but never by less than the floor.
constexpr double weight_floor = 0.02;
// The weight of dG/dr against that of G: a force holds R dG/dr and (dR/dr) G, and dR/dr is R/r.
constexpr double slope_weight = 0.5;
// The value at the cutoff is what every empty slot adds, hundreds of times; rows of zeros are as many.
constexpr double cutoff_weight = 10;

int samples_per_section(std::size_t n_sections) { return n_sections == 1 ? 240 : n_sections < 4 ? 160 : 100; }

/// Columns of a growing matrix.
struct Samples {
    explicit Samples(int n_channels) : columns(std::size_t(n_channels)) {}
    void add(const double* row, double weight) {
        for (std::size_t c = 0; c < columns.size(); ++c) columns[c].push_back(weight * row[c]);
    }
    std::vector<std::vector<double>> columns;
};

/// Householder reflections that bring n_rows vectors of k components into the first ones; applied to `basis` [k][m].
void turn_axis_first(std::vector<double> axis, std::size_t n_axis, std::size_t k, std::vector<double>& basis,
                     std::size_t m) {
    // axis [n_axis][k]: the components of each axis channel
    const auto reflect = [k](const std::vector<double>& v, std::size_t from, double* vector, std::size_t stride) {
        double overlap = 0;
        for (std::size_t i = from; i < k; ++i) overlap += v[i] * vector[i * stride];
        for (std::size_t i = from; i < k; ++i) vector[i * stride] -= 2 * overlap * v[i];
    };
    std::vector<double> v(k);
    for (std::size_t j = 0; j < std::min(n_axis, k); ++j) {
        const double* row = axis.data() + j * k;
        double length2 = 0;
        for (std::size_t i = j; i < k; ++i) length2 += row[i] * row[i];
        std::fill(v.begin(), v.end(), 0.0);
        for (std::size_t i = j; i < k; ++i) v[i] = row[i];
        v[j] += std::copysign(std::sqrt(length2), row[j]);
        double norm2 = 0;
        for (std::size_t i = j; i < k; ++i) norm2 += v[i] * v[i];
        if (norm2 == 0) continue;
        for (double& x : v) x /= std::sqrt(norm2);
        for (std::size_t a = 0; a < n_axis; ++a) reflect(v, j, axis.data() + a * k, 1);
        for (std::size_t c = 0; c < m; ++c) reflect(v, j, basis.data() + c, m);
    }
}

}  // namespace

ReducedBasis::ReducedBasis(const Environment& environment, int n_axis, int center, const std::vector<Section>& sections)
    : n_axis_(n_axis) {
    const RadialView view = view_of(environment, center);
    const SwitchRange& range = view.range;
    const int n_samples = samples_per_section(sections.size());
    for (const Section& section : sections) n_channels_ = section.function->n_channels();

    Samples samples(n_channels_);
    std::vector<double> row(std::size_t(n_channels_), 0.0), slope_scales;  // of the slope rows: s / weight
    for (const Section& section : sections) {
        ChannelValue channels(*section.function, view);
        channels.at_row(section.empty_row);
        samples.add(channels.value(), cutoff_weight);
        slope_scales.push_back(0);
        if (section.has_zero_rows) {
            channels.at_row(0);
            samples.add(channels.value(), cutoff_weight);
            slope_scales.push_back(0);
        }
        if (!section.has_rows) continue;
        for (int k = 0; k < n_samples; ++k) {
            const double r = section.nearest + (range.cutoff - section.nearest) * k / n_samples;
            const EnvironmentRadial<double> f = environment_radial(r, range, environment.protection);
            const double weight = std::max(weight_floor, switch_function(r, range).value);
            channels.at_distance(r);
            samples.add(channels.value(), weight);
            slope_scales.push_back(0);
            for (std::size_t c = 0; c < row.size(); ++c) row[c] = channels.slope_by_distance(c);
            samples.add(row.data(), slope_weight * weight);
            slope_scales.push_back(f.s / (slope_weight * weight));
        }
    }

    const std::size_t m = row.size(), n_rows = slope_scales.size();
    std::vector<double> columns;
    for (const auto& column : samples.columns) columns.insert(columns.end(), column.begin(), column.end());
    vectors_ = singular_vectors(std::move(columns), n_channels_, static_cast<int>(n_rows)).vectors;

    // what is left out of each row, from the last direction to the first
    std::vector<double> left(n_rows, 0.0), component(n_rows);
    errors_.assign(m + 1, 0.0);
    for (std::size_t k = m; k-- > 0;) {
        std::fill(component.begin(), component.end(), 0.0);
        for (std::size_t c = 0; c < m; ++c) {
            const double v = vectors_[k * m + c];
            const std::vector<double>& column = samples.columns[c];
            for (std::size_t r = 0; r < n_rows; ++r) component[r] += v * column[r];
        }
        double largest = 0;
        for (std::size_t r = 0; r < n_rows; ++r) {
            left[r] += component[r] * component[r];
            largest = std::max(largest, left[r] * slope_scales[r] * slope_scales[r]);
        }
        errors_[k] = std::sqrt(largest);
    }
}

int ReducedBasis::rank_for(double error) const {
    int k = std::max(1, std::min(n_axis_, n_channels_));
    while (k < n_channels_ && error_of(k) > error) ++k;
    return k;
}

std::vector<double> ReducedBasis::directions(int k) const {
    const auto m = std::size_t(n_channels_), n = std::size_t(k), n_axis = std::size_t(n_axis_);
    std::vector<double> basis(vectors_.begin(), vectors_.begin() + std::ptrdiff_t(n * m));
    std::vector<double> axis(n_axis * n);
    for (std::size_t a = 0; a < n_axis; ++a)
        for (std::size_t i = 0; i < n; ++i) axis[a * n + i] = basis[i * m + a];
    turn_axis_first(std::move(axis), n_axis, n, basis, m);
    return basis;
}

}  // namespace dpmd::compress
