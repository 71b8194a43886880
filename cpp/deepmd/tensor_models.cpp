// Models of dipoles and polarizabilities.
#include "loading.hpp"
#include "refused.hpp"
#include "texts.hpp"

using namespace dpmd::deepmd;

namespace {

template <class T>
void give_nothing(T** tensor, int* size) {
    if (tensor != nullptr) *tensor = nullptr;
    if (size != nullptr) *size = 0;
}

}  // namespace

DP_DeepTensor* DP_NewDeepTensor(const char* model) noexcept {
    return handle_of<DP_DeepTensor>(refused(no_tensor_models));
}
DP_DeepTensor* DP_NewDeepTensorWithParam(const char* model, int gpu_rank, const char* name_scope) noexcept {
    return handle_of<DP_DeepTensor>(refused(no_tensor_models));
}

#define REFUSE_EVALUATION(T, F)                                                                             \
    void DP_DeepTensorComputeTensor##F(DP_DeepTensor* model, DP_ATOMS(T), T** tensor, int* size) noexcept { \
        give_nothing(tensor, size);                                                                         \
    }                                                                                                       \
    void DP_DeepTensorComputeTensorNList##F(DP_DeepTensor* model, DP_ATOMS(T), DP_TENSOR_LISTS, T** tensor, \
                                            int* size) noexcept {                                           \
        give_nothing(tensor, size);                                                                         \
    }                                                                                                       \
    void DP_DeepTensorCompute##F(DP_DeepTensor* model, DP_ATOMS(T), DP_TENSOR_RESULTS(T)) noexcept {        \
        give_nothing(atomic_tensor, size_at);                                                               \
    }                                                                                                       \
    void DP_DeepTensorComputeNList##F(DP_DeepTensor* model, DP_ATOMS(T), DP_TENSOR_LISTS,                   \
                                      DP_TENSOR_RESULTS(T)) noexcept {                                      \
        give_nothing(atomic_tensor, size_at);                                                               \
    }

REFUSE_EVALUATION(double, )
REFUSE_EVALUATION(float, f)

double DP_DeepTensorGetCutoff(DP_DeepTensor* model) noexcept { return 0; }
int DP_DeepTensorGetNumbTypes(DP_DeepTensor* model) noexcept { return 0; }
int DP_DeepTensorGetOutputDim(DP_DeepTensor* model) noexcept { return 0; }
int DP_DeepTensorGetNumbSelTypes(DP_DeepTensor* model) noexcept { return 0; }
int* DP_DeepTensorGetSelTypes(DP_DeepTensor* model) noexcept {
    static int none = 0;
    return &none;
}
const char* DP_DeepTensorGetTypeMap(DP_DeepTensor* model) noexcept { return new_text(""); }
const char* DP_DeepTensorCheckOK(DP_DeepTensor* model) noexcept { return error_text(models_of(model)); }
void DP_DeleteDeepTensor(DP_DeepTensor* model) noexcept { delete models_of(model); }
