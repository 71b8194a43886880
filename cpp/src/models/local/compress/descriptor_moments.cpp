#include "models/local/compress/descriptor_moments.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "core/threads.hpp"
#include "math/environment.hpp"
#include "models/local/compress/channel_value.hpp"
#include "models/local/compress/kinks.hpp"

namespace dpmd::compress {
namespace {

// A table of 512 intervals of 64 functions in double is 1.6 MB, about what a cache of the second level holds.
constexpr int most_intervals = 512;
constexpr int n_measured = 400, n_searched_for_kinks = 1000;
// What compression may cost grows with the numbers of the embedding nets: a file of some bytes per channel must not ask
// for work that grows with the cube of the width. A trained net has a matrix of width² / 2 numbers and stays far below.
constexpr double base_rotations = 1e8, rotations_per_number = 50;  // of singular vectors: width³ for each centre
constexpr double coefficient_bytes = 6 * sizeof(double);

std::vector<Section> sections_of(const MomentSource& source, const TypePairs& pair_exclude_types, int center,
                                 double nearest) {
    const Environment& environment = source.environment;
    const double empty_row = -environment.shift_of(center) / environment.scale_of(center);
    std::vector<Section> out;
    for (int t = 0; t < environment.n_types(); ++t) {
        Section& section = out.emplace_back();
        const auto& function = source.functions.at(center, t);
        const SectionRule rule = section_rule(environment, function.has_value(), pair_exclude_types, center, t);
        const bool zero_padding = source.uses_zero_rows && rule.has_zero_padding;
        if (!rule.has_padding && !zero_padding) continue;
        section.function = &*function;
        section.has_rows = rule.counts && rule.has_rows;
        section.has_zero_rows = source.uses_zero_rows && rule.has_zero_rows;
        section.empty_row = zero_padding ? 0 : empty_row;
        section.nearest = nearest;
    }
    if (!source.empty_slots.empty()) {
        Section& section = out.emplace_back();
        section.function = &source.empty_slots[std::size_t(center)];
        section.empty_row = empty_row;
    }
    return out;
}

std::vector<Section> those_with_function(const std::vector<Section>& sections) {
    std::vector<Section> out;
    std::copy_if(sections.begin(), sections.end(), std::back_inserter(out),
                 [](const Section& section) { return section.function != nullptr; });
    return out;
}

/// [n_basis] the functions of the basis at a radial component that no distance has.
std::vector<double> in_basis(ChannelValue& channels, double row, const DescriptorMoments::Basis& basis) {
    channels.at_row(row);
    const auto n_channels = std::size_t(channels.n_channels());
    std::vector<double> out(std::size_t(basis.n_basis), 0.0);
    for (std::size_t k = 0; k < out.size(); ++k)
        for (std::size_t c = 0; c < n_channels; ++c)
            out[k] += basis.directions[k * n_channels + c] * channels.value()[c];
    return out;
}

/// Radial components of the rows that tables are for, from the cutoff to `nearest`.
std::vector<double> rows_of_tables(const Environment& environment, int center, double nearest) {
    const RadialView view = view_of(environment, center);
    const double largest = environment_radial(nearest, view.range, view.protection).s;
    std::vector<double> out;
    for (int k = 0; k <= n_searched_for_kinks; ++k)
        out.push_back((largest * k / n_searched_for_kinks - view.shift) / view.scale);
    return out;
}

double count_numbers(const RadialFunctions& functions) {
    double count = 0;
    functions.for_each([&](const RadialFunction& one) {
        count += compress::count_numbers(*one.network) + double(one.factors.size());
    });
    return count;
}

}  // namespace

std::string DescriptorMoments::refusal(const MomentSource& source, const TypePairs& pair_exclude_types,
                                       const std::vector<std::string>& type_map, double nearest) {
    const RadialFunctions& functions = source.functions;
    const int n_types = source.environment.n_types();
    const double width = functions.n_channels();
    if (width * width * width * n_types > base_rotations + rotations_per_number * count_numbers(functions))
        return concat("embedding nets of ", width, " channels are too wide for the few numbers in them");
    for (int t = 0; t < n_types; ++t) {
        if (those_with_function(sections_of(source, pair_exclude_types, t, 1)).empty())
            return concat("no neighbour of ", type_map[std::size_t(t)], " is embedded");
        const std::vector<double> rows = rows_of_tables(source.environment, t, nearest);
        for (int j = 0; j < n_types; ++j) {
            const auto& function = functions.at(t, j);
            if (function && has_kinks(*function->network, rows)) return refusal_of_kinks;
        }
    }
    return "";
}

DescriptorMoments::DescriptorMoments(MomentSource source, const TypePairs& pair_exclude_types, double nearest,
                                     int n_threads)
    : source_(std::move(source)), n_threads_(n_threads) {
    const Environment& environment = source_.environment;
    for (int i = 0; i < environment.n_types(); ++i)
        sections_.push_back(sections_of(source_, pair_exclude_types, i, nearest));
    bases_.resize(sections_.size());
    spreads_.resize(sections_.size());
    parallel_for(n_threads, environment.n_types(), 1, [&](std::int64_t i, int) {
        bases_[std::size_t(i)] = ReducedBasis(environment, source_.n_axis_channels, static_cast<int>(i),
                                              those_with_function(sections_[std::size_t(i)]));
        for (std::size_t t = 0; t < sections_[std::size_t(i)].size(); ++t)
            spreads_[std::size_t(i)].push_back(
                sections_[std::size_t(i)][t].has_rows ? find_spread(table_source(std::size_t(i), t)) : KnotSpread{});
    });
}

TableSource DescriptorMoments::table_source(std::size_t center, std::size_t type) const {
    const Section& section = sections_[center][type];
    return {section.function, view_of(source_.environment, static_cast<int>(center)), section.nearest};
}

std::string DescriptorMoments::refusal_of_tables(const Accuracy& accuracy) const {
    double bytes = 0;
    for (std::size_t i = 0; i < bases_.size(); ++i) {
        const int n_basis = accuracy.whole_basis ? bases_[i].n_channels() : bases_[i].rank_for(accuracy.error);
        for (std::size_t t = 0; t < sections_[i].size(); ++t)
            if (sections_[i][t].has_rows)
                bytes += coefficient_bytes * n_basis *
                         choose_knots(spreads_[i][t], table_share * accuracy.error, most_intervals).n_intervals;
    }
    return compress::refusal_of_tables(bytes, count_numbers(source_.functions));
}

DescriptorMoments::Basis DescriptorMoments::basis(std::size_t center, const Accuracy& accuracy) const {
    const ReducedBasis& all = bases_[center];
    const int n_basis = accuracy.whole_basis ? all.n_channels() : all.rank_for(accuracy.error);
    return {n_basis, all.directions(n_basis)};
}

MomentCenter DescriptorMoments::center(std::size_t center, const Basis& basis, const Accuracy& accuracy) const {
    const auto n_types = std::size_t(source_.environment.n_types());
    const SlotOrder order = source_.environment.slot_order;
    const bool has_slots_by_type = order == SlotOrder::by_type || order == SlotOrder::all_types;
    MomentCenter out;
    out.n_basis = basis.n_basis;
    out.n_axis = std::min(source_.n_axis_channels, basis.n_basis);
    out.tables.resize(n_types);
    out.padding.assign(n_types, std::vector<double>(std::size_t(basis.n_basis), 0.0));
    out.zero_row.resize(n_types);
    for (std::size_t t = 0; t < sections_[center].size(); ++t) {
        const Section& section = sections_[center][t];
        if (section.function == nullptr) continue;
        ChannelValue channels(*section.function, view_of(source_.environment, static_cast<int>(center)));
        const std::vector<double> empty = in_basis(channels, section.empty_row, basis);
        if (t == n_types) std::fill_n(out.padding.begin(), has_slots_by_type ? n_types : 1, empty);
        else if (has_slots_by_type) out.padding[t] = empty;
        if (section.has_zero_rows) out.zero_row[t] = in_basis(channels, 0, basis);
        if (!section.has_rows) continue;
        const TableKnots knots = choose_knots(spreads_[center][t], table_share * accuracy.error, most_intervals);
        out.tables[t] = make_table(table_source(center, t), knots, basis.directions, basis.n_basis);
    }
    return out;
}

CompressedDescriptor DescriptorMoments::form(const Accuracy&) const {
    return MomentForm{std::vector<MomentCenter>(bases_.size())};
}

void DescriptorMoments::add_center(std::size_t center, const Accuracy& accuracy, CompressedDescriptor& form,
                                   FittingFold& fold) const {
    const Basis basis = this->basis(center, accuracy);
    MomentCenter& out = std::get<MomentForm>(form).centers[center];
    out = this->center(center, basis, accuracy);
    out.n_features = fold.put(source_.fold(fold.take(source_.n_features), basis.directions, basis.n_basis));
}

NetError DescriptorMoments::deviation(const CompressedDescriptor& form) const {
    const SwitchRange range = source_.environment.switch_range();
    std::vector<NetError> found(bases_.size());
    parallel_for(n_threads_, std::int64_t(bases_.size()), 1, [&](std::int64_t at, int) {
        const auto i = std::size_t(at);
        const RadialView view = view_of(source_.environment, static_cast<int>(at));
        const MomentCenter& center = std::get<MomentForm>(form).centers[i];
        const std::vector<double> directions = bases_[i].directions(center.n_basis);
        const auto m = std::size_t(bases_[i].n_channels());
        std::vector<double> value(m), slope(m);
        for (std::size_t t = 0; t < center.tables.size(); ++t) {
            if (!center.tables[t]) continue;
            const RadialTable& table = *center.tables[t];
            ChannelValue channels(*sections_[i][t].function, view);
            for (int k = 0; k < n_measured; ++k) {
                // points are spread unevenly over the intervals of the table
                const double r = table.nearest + (range.cutoff - table.nearest) * (k + 0.37) / n_measured;
                const EnvironmentRadial<double> f = environment_radial(r, range, view.protection);
                channels.at_distance(r);
                std::fill(value.begin(), value.end(), 0.0);
                std::fill(slope.begin(), slope.end(), 0.0);
                for (std::size_t b = 0; b < std::size_t(center.n_basis); ++b) {
                    const ValueSlope<double> function = look_up(table, table.of_distance ? r : f.s, int(b));
                    const double by_distance = function.slope * (table.of_distance ? 1 : f.s_slope);
                    for (std::size_t c = 0; c < m; ++c) {
                        value[c] += directions[b * m + c] * function.value;
                        slope[c] += directions[b * m + c] * by_distance;
                    }
                }
                for (std::size_t c = 0; c < m; ++c) {
                    found[i].value = std::max(found[i].value, std::fabs(value[c] - channels.value()[c]));
                    found[i].slope = std::max(found[i].slope, std::fabs(slope[c] - channels.slope_by_distance(c)));
                }
            }
        }
    });
    NetError largest;
    for (const NetError& error : found) {
        largest.value = std::max(largest.value, error.value);
        largest.slope = std::max(largest.slope, error.slope);
    }
    return largest;
}

}  // namespace dpmd::compress
