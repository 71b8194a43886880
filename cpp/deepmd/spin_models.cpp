// Models with spins.
#include "loading.hpp"
#include "refused.hpp"

using namespace dpmd::deepmd;

namespace {

std::size_t count(int n_models) { return n_models > 0 ? static_cast<std::size_t>(n_models) : 0; }

}  // namespace

DP_DeepSpin* DP_NewDeepSpin(const char* model) noexcept { return handle_of<DP_DeepSpin>(refused(no_spin_models)); }
DP_DeepSpin* DP_NewDeepSpinWithParam2(const char* model, int gpu_rank, const char* file_content,
                                      int size_file_content) noexcept {
    return handle_of<DP_DeepSpin>(refused(no_spin_models));
}
DP_DeepSpinModelDevi* DP_NewDeepSpinModelDevi(const char** models, int n_models) noexcept {
    return handle_of<DP_DeepSpinModelDevi>(refused(no_spin_models, count(n_models)));
}
DP_DeepSpinModelDevi* DP_NewDeepSpinModelDeviWithParam(const char** models, int n_models, int gpu_rank,
                                                       const char** file_contents, int n_file_contents,
                                                       const int* size_file_contents) noexcept {
    return handle_of<DP_DeepSpinModelDevi>(refused(no_spin_models, count(n_models)));
}

#define REFUSE_EVALUATION(CLASS, T, F)                                                                               \
    void DP_##CLASS##Compute##F##2(DP_##CLASS * model, int nframes, DP_SPINS(T), DP_PARAMS(T),                       \
                                   DP_SPIN_RESULTS(T)) noexcept {}                                                   \
    void DP_##CLASS##Compute##F##3(DP_##CLASS * model, int nframes, DP_SPINS(T), DP_PARAMS(T), const T* charge_spin, \
                                   DP_SPIN_RESULTS(T)) noexcept {}                                                   \
    void DP_##CLASS##ComputeNList##F##2(DP_##CLASS * model, int nframes, DP_SPINS(T), DP_LISTS, DP_PARAMS(T),        \
                                        DP_SPIN_RESULTS(T)) noexcept {}                                              \
    void DP_##CLASS##ComputeNList##F##3(DP_##CLASS * model, int nframes, DP_SPINS(T), DP_LISTS, DP_PARAMS(T),        \
                                        const T* charge_spin, DP_SPIN_RESULTS(T)) noexcept {}

REFUSE_EVALUATION(DeepSpin, double, )
REFUSE_EVALUATION(DeepSpin, float, f)
REFUSE_EVALUATION(DeepSpinModelDevi, double, )
REFUSE_EVALUATION(DeepSpinModelDevi, float, f)

bool DP_DeepSpinUsesNativeSpinScheme(DP_DeepSpin* model) noexcept { return false; }
bool DP_DeepSpinUsesCanonicalGraphInference(DP_DeepSpin* model) noexcept { return false; }
