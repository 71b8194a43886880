// Hybrids are several descriptors, whose features stand one behind the other. All of them see one neighbour list. It
// reaches to the largest of their cutoffs and has the largest sel of each type.
#include "importers/dpmodel/descriptors.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/kind.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr int highest_version = 1;  // of a hybrid, whose meaning is known

std::optional<LowerInput> lower_input_of(std::string_view name) {
    if (name == "nlist") return LowerInput::nlist;
    if (name == "graph" || name == "dpa1_canonical") return LowerInput::graph;
    return std::nullopt;
}

Descriptor read_descriptor(const Section& section, std::string_view lower_input) {
    const std::string type = section.text("type"), name = descriptor_name(type);
    if (!is_descriptor_run(name)) throw refusal("descriptor", concat("the descriptor ", type));
    const std::optional<LowerInput> kind = lower_input_of(lower_input);
    const bool has_graph = name == "se_atten" || name == "se_atten_v2";
    if (!kind || (*kind == LowerInput::graph && !has_graph))
        throw refusal(section.place(),
                      concat("a program that takes ", shown(lower_input), " (lower_input_kind) for ", name));
    if (name == "se_e2_a") return read_se_a(section);
    if (name == "se_e2_r") return read_se_r(section);
    if (name == "se_e3") return read_se_t(section);
    if (name == "se_e3_tebd") return read_se_t_tebd(section);
    if (has_graph) return read_se_atten(section, *kind);
    throw refusal(section.place(), concat("the descriptor ", name, " outside a TensorFlow graph"));
}

Environment& environment_of(Descriptor& descriptor) {
    return std::visit([](auto& one) -> Environment& { return one.environment; }, descriptor);
}

void require_same_types(const std::vector<Descriptor>& descriptors, const Section& section) {
    std::vector<int> counts;
    counts.reserve(descriptors.size());
    for (const Descriptor& one : descriptors) counts.push_back(dpmd::environment_of(one).n_types());
    if (std::any_of(counts.begin(), counts.end(), [&](int n) { return n != counts.front(); }))
        throw InputError(
            concat(section.place(), ": its parts are for ", shown(counts), " types, must be for the same"));
}

bool is_shifted(const Environment& environment, int type) {
    const auto n = std::size_t(environment.n_components);
    const double* row = environment.shift.data() + std::size_t(type) * n;
    return std::any_of(row, row + n, [](double x) { return x != 0; });
}

/// Whether what empty slots add depends on the type of the first atom of the system.
bool needs_first_atom(const SeAtten& descriptor) {
    const bool types_enter = descriptor.type_input == TypedNetwork::TypeInput::concat || !descriptor.smooth;
    bool any = false;
    for (int type = 0; type < descriptor.n_types(); ++type) any = any || is_shifted(descriptor.environment, type);
    return descriptor.empty_slots == SeAtten::EmptySlots::first_atom && types_enter && any;
}

/// Neighbours beyond the cutoff of a part are in the list. They are to be what an empty slot is, or the energy depends
/// on them.
void check_far_neighbors(const Section& part, const Descriptor& descriptor, double reach) {
    const Environment& environment = dpmd::environment_of(descriptor);
    if (environment.cutoff >= reach) return;
    const std::string where =
        concat("in a part of a hybrid whose cutoff is ", environment.cutoff, " Å where another part has ", reach, " Å");
    for (const auto& [a, b] : environment.exclude_types)
        if (is_shifted(environment, a) || is_shifted(environment, b))
            throw refusal(part.place(), concat("exclude_types ", where),
                          "in such a model excluded neighbours beyond the cutoff change the energy, unless it was "
                          "trained with set_davg_zero or without exclude_types in this part");
    const auto* typed = std::get_if<SeAtten>(&descriptor);
    const bool has_hard_attention = typed && !typed->attention.empty() && !typed->smooth;
    if (typed && (needs_first_atom(*typed) || has_hard_attention))
        throw refusal(part.place(), concat(part.text("type"), " ", where),
                      "in such a model neighbours beyond the cutoff change the energy, unless it was trained with "
                      "set_davg_zero and without attention that is not smooth");
}

/// Settles which neighbours the parts with slots by type find in the list: the nearest of each type, unless the list is
/// as long as their own slots.
void share_list(std::vector<Descriptor>& descriptors) {
    std::vector<int> widest;
    int shared = 0;
    for (Descriptor& one : descriptors) {
        const Environment& environment = environment_of(one);
        if (environment.slot_order == SlotOrder::mixed) shared = std::max(shared, environment.n_slots());
        if (environment.slot_order != SlotOrder::all_types) continue;
        widest.resize(environment.sel.size());
        for (std::size_t t = 0; t < widest.size(); ++t) widest[t] = std::max(widest[t], environment.sel[t]);
    }
    for (Descriptor& one : descriptors) {
        Environment& environment = environment_of(one);
        if (environment.slot_order == SlotOrder::all_types &&
            (environment.sel != widest || environment.n_slots() < shared))
            environment.slot_order = SlotOrder::by_type;
    }
}

}  // namespace

std::vector<Section> descriptor_parts(const Section& section) {
    if (section.text("type") != "hybrid") return {section};
    check_version(section, highest_version);
    std::vector<Section> out;
    for (const std::optional<Section>& part : section.sections("list"))
        if (part) out.push_back(*part);
    if (out.empty()) throw InputError(concat(section.at("list"), " holds no descriptor"));
    return out;
}

std::vector<Descriptor> read_descriptors(const Section& section, std::string_view lower_input) {
    const std::vector<Section> parts = descriptor_parts(section);
    std::vector<Descriptor> out;
    out.reserve(parts.size());
    for (const Section& part : parts) out.push_back(read_descriptor(part, lower_input));
    require_same_types(out, section);
    double reach = 0;
    for (const Descriptor& one : out) reach = std::max(reach, dpmd::environment_of(one).cutoff);
    for (std::size_t k = 0; k < out.size(); ++k) check_far_neighbors(parts[k], out[k], reach);
    share_list(out);
    return out;
}

}  // namespace dpmd::importers
