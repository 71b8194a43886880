#include "models/local/environment.hpp"

#include <numeric>

namespace dpmd {
namespace {

/// Volatile, because g++ 12 vectorises a pair of double -> float -> double conversions into none at all.
double round_to_single(double x) {
    volatile const auto rounded = static_cast<float>(x);
    return double(rounded);
}

}  // namespace

int Environment::sel_of(int neighbor) const {
    switch (slot_order) {
        case SlotOrder::by_type:
        case SlotOrder::all_types: return sel[std::size_t(neighbor)];
        case SlotOrder::mixed: return sel.front();
        case SlotOrder::unlimited: break;
    }
    return most_neighbors;
}

int Environment::n_slots() const {
    return slot_order == SlotOrder::unlimited ? most_neighbors : std::accumulate(sel.begin(), sel.end(), 0);
}

SwitchRange Environment::switch_range() const {
    if (!single_precision_cutoff) return {cutoff_smooth, cutoff, cutoff - cutoff_smooth};
    const double smooth = round_to_single(cutoff_smooth), end = round_to_single(cutoff);
    return {smooth, end, round_to_single(end - smooth)};
}

SectionRule section_rule(const Environment& environment, bool has_network, const TypePairs& pair_exclude_types,
                         int center, int neighbor) {
    const bool excluded = holds_pair(environment.exclude_types, center, neighbor);
    SectionRule rule;
    rule.sel = environment.sel_of(neighbor);
    rule.counts = rule.sel > 0 && !holds_pair(pair_exclude_types, center, neighbor);
    rule.has_rows = has_network && !excluded;
    rule.has_padding = has_network && (!excluded || environment.excluded_slots == ExcludedSlots::keep);
    rule.has_zero_rows = has_network && excluded && rule.counts && environment.excluded_slots != ExcludedSlots::drop;
    rule.has_zero_padding = has_network && excluded && environment.excluded_slots == ExcludedSlots::zero;
    return rule;
}

}  // namespace dpmd
