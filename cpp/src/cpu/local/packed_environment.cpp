#include "cpu/local/packed_environment.hpp"

#include <algorithm>

namespace dpmd::cpu {

PackedEnvironment::PackedEnvironment(const Descriptor& seen_by, const TypePairs& pair_exclude_types) {
    const Environment& from = environment_of(seen_by);
    n_types = from.n_types();
    n_components = from.n_components;
    range = from.switch_range();
    protection = from.protection;
    slot_order = from.slot_order;
    n_slots = from.n_slots();
    for (int i = 0; i < n_types; ++i) {
        Center& center = centers.emplace_back();
        for (int k = 0; k < n_components; ++k) {
            center.shift[k] = from.shift_of(i, k);
            center.inverse_scale[k] = 1.0 / from.scale_of(i, k);
        }
        for (int j = 0; j < n_types; ++j)
            center.sections.push_back(section_rule(from, has_network(seen_by, i, j), pair_exclude_types, i, j));
    }
}

bool PackedEnvironment::sees_like(const PackedEnvironment& other) const {
    if (n_types != other.n_types || n_components != other.n_components || range != other.range ||
        protection != other.protection || slot_order != other.slot_order || n_slots != other.n_slots)
        return false;
    const auto same_rows = [](const SectionRule& a, const SectionRule& b) {
        return a.sel == b.sel && a.counts == b.counts && a.has_rows == b.has_rows;
    };
    for (std::size_t i = 0; i < centers.size(); ++i) {
        const auto &mine = centers[i].sections, &others = other.centers[i].sections;
        if (!std::equal(mine.begin(), mine.end(), others.begin(), others.end(), same_rows)) return false;
    }
    return true;
}

}  // namespace dpmd::cpu
