#include "models/local/se_atten.hpp"

namespace dpmd {
namespace {

bool has_shift(const SeAtten& model) {
    for (const double shift : model.environment.shift)
        if (shift != 0) return true;
    return false;
}

}  // namespace

std::string refusal_of_moments(const SeAtten& model) {
    if (!model.attention.empty()) return "neighbours attend to each other, which no table of one distance holds";
    if (model.type_input == SeAtten::TypeInput::strip)
        return "types that are factors of the network's outputs have no moment form here";
    if (model.lmax() > 1) return "moments of degrees above 1 have no moment form here";
    if (model.network.layers.front().skip != Skip::none)
        return "the first embedding layer has a skip connection, which types as a bias have not";
    if (has_shift(model) && model.has_slots_by_type() && model.empty_slots == SeAtten::EmptySlots::padding)
        return "empty slots pass through other networks than neighbours of their types";
    if (has_shift(model) && model.empty_slots == SeAtten::EmptySlots::first_atom)
        return "empty slots show the type of the first atom, which tables do not know";
    return "";
}

EmbeddingNets nets_by_pair(const SeAtten& model) {
    EmbeddingNets out;
    out.type_one_side = model.type_one_side;
    for (int i = 0; i < (model.type_one_side ? 1 : model.n_types()); ++i) {
        auto& row = out.nets.emplace_back();
        for (int j = 0; j < model.n_types(); ++j) row.emplace_back(network_of_types(model, j, i));
    }
    return out;
}

std::vector<Network> nets_of_shared_slots(const SeAtten& model) {
    std::vector<Network> out;
    if (!has_shift(model) || model.empty_slots != SeAtten::EmptySlots::padding || model.has_slots_by_type()) return out;
    for (int i = 0; i < model.n_types(); ++i) out.push_back(network_of_types(model, model.n_types(), i));
    return out;
}

}  // namespace dpmd
