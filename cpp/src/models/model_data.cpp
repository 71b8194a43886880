#include "models/model_data.hpp"

#include <algorithm>

namespace dpmd {

namespace {

void add_slots(const Environment& environment, ModelTraits& out) {
    const bool is_unlimited = environment.slot_order == SlotOrder::unlimited;
    out.n_slots = std::max(out.n_slots, is_unlimited ? environment.normalization : environment.n_slots());
    if (is_unlimited) return;
    if (out.sel.empty()) {
        out.sel = environment.sel;
    } else if (out.sel.size() != environment.sel.size() || environment.slot_order == SlotOrder::mixed) {
        out.sel = {out.n_slots};
    } else {
        for (std::size_t t = 0; t < out.sel.size(); ++t) out.sel[t] = std::max(out.sel[t], environment.sel[t]);
    }
}

}  // namespace

ModelTraits traits_of(const ModelData& model) {
    ModelTraits out;
    for (const NetTerm& term : model.local().terms) {
        for (const Descriptor& descriptor : term.descriptors) {
            const Environment& environment = environment_of(descriptor);
            out.cutoff = std::max(out.cutoff, environment.cutoff);
            add_slots(environment, out);
        }
        const Fitting& fitting = term.fitting;
        out.n_fparam = std::max(out.n_fparam, fitting.n_fparam);
        out.n_aparam = std::max(out.n_aparam, fitting.n_aparam);
        if (fitting.default_fparam) out.default_fparam = &*fitting.default_fparam;
    }
    for (const PairTable& table : model.local().pair_terms) {
        out.cutoff = std::max(out.cutoff, table.cutoff);
        out.sel.resize(table.sel.size());
        for (std::size_t t = 0; t < out.sel.size(); ++t) out.sel[t] = std::max(out.sel[t], table.sel[t]);
    }
    return out;
}

}  // namespace dpmd
