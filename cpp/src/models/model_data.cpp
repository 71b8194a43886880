#include "models/model_data.hpp"

#include <algorithm>

namespace dpmd {

ModelTraits traits_of(const ModelData& model) {
    ModelTraits out;
    for (const NetTerm& term : model.local().terms) {
        for (const Descriptor& descriptor : term.descriptors) {
            const Environment& environment = environment_of(descriptor);
            out.cutoff = std::max(out.cutoff, environment.cutoff);
            out.sel.resize(environment.sel.size());
            for (std::size_t t = 0; t < out.sel.size(); ++t) out.sel[t] = std::max(out.sel[t], environment.sel[t]);
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
