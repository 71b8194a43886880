// What hosts ask about models, of any class, and the end of models.
#include "handle.hpp"
#include "texts.hpp"

using namespace dpmd::deepmd;

namespace {

constexpr dpmd_info nothing{};

template <class Handle>
const dpmd_info& info_of(Handle* handle) noexcept {
    return handle != nullptr ? models_of(handle)->info : nothing;
}

/// The names with one blank between them.
template <class Handle>
const char* type_map_of(Handle* handle) noexcept {
    try {
        std::string names;
        for (int type = 0; type < info_of(handle).n_types; ++type) {
            if (type > 0) names += ' ';
            names += dpmd_type_name(models_of(handle)->engine.get(), type);
        }
        return new_text(names);
    } catch (...) {
        return new_text("");
    }
}

template <class Handle>
void set_charge_spin(Handle* handle, int n) noexcept {
    if (handle == nullptr || n == 0) return;
    Models& models = *models_of(handle);
    if (models.engine == nullptr) return;  // the error of loading stays
    fail(models, "the model takes no charge and no spin of the system: numb_chg_spin has to be 0");
}

}  // namespace

#define ANSWER_QUESTIONS(CLASS)                                                                                      \
    double DP_##CLASS##GetCutoff(DP_##CLASS* model) noexcept { return info_of(model).cutoff; }                       \
    int DP_##CLASS##GetNumbTypes(DP_##CLASS* model) noexcept { return info_of(model).n_types; }                      \
    int DP_##CLASS##GetNumbTypesSpin(DP_##CLASS*) noexcept { return 0; }                                             \
    int DP_##CLASS##GetDimFParam(DP_##CLASS* model) noexcept { return info_of(model).n_fparam; }                     \
    int DP_##CLASS##GetDimAParam(DP_##CLASS* model) noexcept { return info_of(model).n_aparam; }                     \
    bool DP_##CLASS##IsAParamNAll(DP_##CLASS*) noexcept { return false; }                                            \
    bool DP_##CLASS##HasDefaultFParam(DP_##CLASS* model) noexcept { return info_of(model).has_default_fparam != 0; } \
    const char* DP_##CLASS##CheckOK(DP_##CLASS* model) noexcept { return error_text(models_of(model)); }             \
    void DP_Delete##CLASS(DP_##CLASS* model) noexcept { delete models_of(model); }

ANSWER_QUESTIONS(DeepPot)
ANSWER_QUESTIONS(DeepPotModelDevi)
ANSWER_QUESTIONS(DeepSpin)
ANSWER_QUESTIONS(DeepSpinModelDevi)
ANSWER_QUESTIONS(DeepBaseModel)
ANSWER_QUESTIONS(DeepBaseModelDevi)

const char* DP_DeepPotGetTypeMap(DP_DeepPot* model) noexcept { return type_map_of(model); }
const char* DP_DeepSpinGetTypeMap(DP_DeepSpin* model) noexcept { return type_map_of(model); }
const char* DP_DeepBaseModelGetTypeMap(DP_DeepBaseModel* model) noexcept { return type_map_of(model); }

#define ANSWER_CHARGE_SPIN(CLASS)                                                                  \
    int DP_##CLASS##GetDimChgSpin(DP_##CLASS*) noexcept { return 0; }                              \
    void DP_##CLASS##SetChargeSpin(DP_##CLASS* model, const double*, int numb_chg_spin) noexcept { \
        set_charge_spin(model, numb_chg_spin);                                                     \
    }

ANSWER_CHARGE_SPIN(DeepPot)
ANSWER_CHARGE_SPIN(DeepPotModelDevi)
ANSWER_CHARGE_SPIN(DeepSpin)
ANSWER_CHARGE_SPIN(DeepSpinModelDevi)
