#include "importers/dpmodel/environment.hpp"

#include <numeric>

#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/kind.hpp"

namespace dpmd::importers {
namespace {

constexpr int highest_version = 3;  // whose meaning is known

void refuse_exponential_switch(const Section& descriptor) {
    if (descriptor.has("env_mat") && descriptor.section("env_mat").flag("use_exp_switch", false))
        throw refusal(descriptor.at("env_mat"), "the exponential switch (use_exp_switch)");
}

std::vector<int> read_sel(const Section& descriptor) {
    const std::vector<int> sel = descriptor.integers("sel");
    return checked_sel({sel.begin(), sel.end()}, descriptor.at("sel"));
}

/// The environment with its range and its statistics; slots as these have them.
Environment read_rows(const Section& descriptor, const std::vector<int>& sel, int n_components, int n_types) {
    const Section variables = descriptor.section("@variables");
    const auto shift = variables.required_array("davg"), scale = variables.required_array("dstd");
    RowStatistics rows = row_statistics(*shift, *scale, sel, n_components, variables.at("davg, dstd"), n_types);
    Environment out;
    out.cutoff = descriptor.number("rcut");
    out.cutoff_smooth = descriptor.number("rcut_smth");
    out.protection = descriptor.number("env_protection", 0.0);
    out.n_components = n_components;
    out.sel = std::move(rows.sel);
    out.normalization = std::accumulate(sel.begin(), sel.end(), 0);
    out.shift = std::move(rows.shift);
    out.scale = std::move(rows.scale);
    descriptor.list_or_empty("exclude_types");
    out.exclude_types = read_type_pairs(descriptor.find("exclude_types"), n_types, descriptor.at("exclude_types"));
    out.excluded_slots = ExcludedSlots::keep;
    return out;
}

}  // namespace

Environment read_environment(const Section& descriptor, int n_components) {
    check_version(descriptor, highest_version);
    refuse_exponential_switch(descriptor);
    const std::vector<int> sel = read_sel(descriptor);
    Environment out = read_rows(descriptor, sel, n_components, static_cast<int>(sel.size()));
    out.slot_order = SlotOrder::all_types;
    return out;
}

Environment read_shared_environment(const Section& descriptor, int n_types, bool is_graph) {
    refuse_exponential_switch(descriptor);
    const std::vector<int> sel = read_sel(descriptor);
    Environment out = read_rows(descriptor, {std::accumulate(sel.begin(), sel.end(), 0)}, 4, n_types);
    if (is_graph) out.sel.clear();
    out.slot_order = is_graph ? SlotOrder::unlimited : SlotOrder::mixed;
    return out;
}

}  // namespace dpmd::importers
