#include <memory>
#include <utility>

#include "models/local/se_atten.hpp"
#include "models/local/se_atten_rows.hpp"

namespace dpmd {
namespace {

/// The channels of a pair of types; n_types stands for padding. `stripped` is the network of all pairs in strip mode.
RadialFunction function_of(const SeAtten& model, const std::shared_ptr<const Network>& stripped, int center,
                           int neighbor) {
    RadialFunction out;
    if (model.type_input == SeAtten::TypeInput::concat) {
        out.network = std::make_shared<const Network>(network_of_types(model, neighbor, center));
        return out;
    }
    using Switch = RadialFunction::Switch;
    out.network = stripped;
    out.factors = type_factors(model, neighbor, center);
    if (model.smooth) out.switch_kind = model.switch_kind == SeAtten::Switch::w ? Switch::w : Switch::cubic;
    out.cubic_smooth = model.environment.cutoff_smooth;
    return out;
}

/// Whether empty slots are the same for every type, since the factors of the types are 0 where the switch is.
bool has_plain_empty_slots(const SeAtten& model) {
    return model.type_input == SeAtten::TypeInput::strip && model.smooth;
}

bool has_shift(const SeAtten& model) {
    for (const double shift : model.environment.shift)
        if (shift != 0) return true;
    return false;
}

}  // namespace

std::string refusal_of_moments(const SeAtten& model) {
    if (!model.attention.empty()) return "neighbours attend to each other, which no table of one distance holds";
    if (model.lmax() > 1) return "moments of degrees above 1 have no moment form here";
    if (has_shift(model) && has_excluded_rows(model))
        return "excluded neighbours show the shift of the normalisation, which tables do not know";
    if (has_shift(model) && model.empty_slots == SeAtten::EmptySlots::first_atom && !has_plain_empty_slots(model))
        return "empty slots show the type of the first atom, which tables do not know";
    return "";
}

RadialFunctions functions_by_pair(const SeAtten& model) {
    RadialFunctions out;
    const auto stripped = std::make_shared<const Network>(model.network);
    for (int i = 0; i < (model.type_one_side ? 1 : model.n_types()); ++i) {
        auto& row = out.rows.emplace_back();
        for (int j = 0; j < model.n_types(); ++j) row.emplace_back(function_of(model, stripped, i, j));
    }
    return out;
}

std::vector<RadialFunction> functions_of_empty_slots(const SeAtten& model) {
    using EmptySlots = SeAtten::EmptySlots;
    std::vector<RadialFunction> out;
    if (!has_shift(model) || model.empty_slots == EmptySlots::none || model.empty_slots == EmptySlots::section)
        return out;
    const auto stripped = std::make_shared<const Network>(model.network);
    for (int i = 0; i < model.n_types(); ++i) out.push_back(function_of(model, stripped, i, model.n_types()));
    return out;
}

}  // namespace dpmd
