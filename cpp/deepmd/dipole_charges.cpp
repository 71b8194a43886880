// The charges that models of dipoles give to long-range electrostatics.
#include "loading.hpp"
#include "refused.hpp"

using namespace dpmd::deepmd;

DP_DipoleChargeModifier* DP_NewDipoleChargeModifier(const char* model) noexcept {
    return handle_of<DP_DipoleChargeModifier>(refused(no_long_range_models));
}
DP_DipoleChargeModifier* DP_NewDipoleChargeModifierWithParam(const char* model, int gpu_rank,
                                                             const char* name_scope) noexcept {
    return handle_of<DP_DipoleChargeModifier>(refused(no_long_range_models));
}

void DP_DipoleChargeModifierComputeNList(DP_DipoleChargeModifier* model, DP_ATOMS(double), const int* pairs, int npairs,
                                         const double* delef, DP_TENSOR_LISTS, double* dfcorr,
                                         double* dvcorr) noexcept {}
void DP_DipoleChargeModifierComputeNListf(DP_DipoleChargeModifier* model, DP_ATOMS(float), const int* pairs, int npairs,
                                          const float* delef, DP_TENSOR_LISTS, float* dfcorr, float* dvcorr) noexcept {}

double DP_DipoleChargeModifierGetCutoff(DP_DipoleChargeModifier* model) noexcept { return 0; }
int DP_DipoleChargeModifierGetNumbTypes(DP_DipoleChargeModifier* model) noexcept { return 0; }
int DP_DipoleChargeModifierGetNumbSelTypes(DP_DipoleChargeModifier* model) noexcept { return 0; }
int* DP_DipoleChargeModifierGetSelTypes(DP_DipoleChargeModifier* model) noexcept {
    static int none = 0;
    return &none;
}
const char* DP_DipoleChargeModifierCheckOK(DP_DipoleChargeModifier* model) noexcept {
    return error_text(models_of(model));
}
void DP_DeleteDipoleChargeModifier(DP_DipoleChargeModifier* model) noexcept { delete models_of(model); }
