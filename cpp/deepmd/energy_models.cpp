// The functions that compute with energy models.
#include "evaluation.hpp"
#include "handle.hpp"

using namespace dpmd::deepmd;

namespace {

constexpr Form form_of(const DP_DeepPot*) { return Form::frames; }
constexpr Form form_of(const DP_DeepPotModelDevi*) { return Form::one_frame; }

}  // namespace

// From the arguments that c_api.h names in groups.
#define CALL(T, nframes, fparam, aparam) \
    Call<T> { nframes, natoms, coord, atype, cell, fparam, aparam }
#define RESULTS(T) \
    Results<T> { energy, force, virial, atomic_energy, atomic_virial }

#define DEFINE_BY_CELL(CLASS, T, F)                                                                      \
    void DP_##CLASS##Compute##F(DP_##CLASS* model, DP_ATOMS(T), DP_RESULTS(T)) noexcept {                \
        evaluate(models_of(model), form_of(model), CALL(T, 1, nullptr, nullptr), RESULTS(T));            \
    }                                                                                                    \
    void DP_##CLASS##Compute##F##2(DP_##CLASS * model, int nframes, DP_ATOMS(T), DP_PARAMS(T),           \
                                   DP_RESULTS(T)) noexcept {                                             \
        evaluate(models_of(model), form_of(model), CALL(T, nframes, fparam, aparam), RESULTS(T));        \
    }                                                                                                    \
    void DP_##CLASS##Compute##F##3(DP_##CLASS * model, int nframes, DP_ATOMS(T), DP_PARAMS(T), const T*, \
                                   DP_RESULTS(T)) noexcept {                                             \
        evaluate(models_of(model), form_of(model), CALL(T, nframes, fparam, aparam), RESULTS(T));        \
    }

#define DEFINE_BY_LISTS(CLASS, T, F)                                                                          \
    void DP_##CLASS##ComputeNList##F(DP_##CLASS* model, DP_ATOMS(T), DP_LISTS, DP_RESULTS(T)) noexcept {      \
        const Lists lists{nghost, nlist, ago};                                                                \
        evaluate(models_of(model), form_of(model), CALL(T, 1, nullptr, nullptr), RESULTS(T), &lists);         \
    }                                                                                                         \
    void DP_##CLASS##ComputeNList##F##2(DP_##CLASS * model, int nframes, DP_ATOMS(T), DP_LISTS, DP_PARAMS(T), \
                                        DP_RESULTS(T)) noexcept {                                             \
        const Lists lists{nghost, nlist, ago};                                                                \
        evaluate(models_of(model), form_of(model), CALL(T, nframes, fparam, aparam), RESULTS(T), &lists);     \
    }                                                                                                         \
    void DP_##CLASS##ComputeNList##F##3(DP_##CLASS * model, int nframes, DP_ATOMS(T), DP_LISTS, DP_PARAMS(T), \
                                        const T*, DP_RESULTS(T)) noexcept {                                   \
        const Lists lists{nghost, nlist, ago};                                                                \
        evaluate(models_of(model), form_of(model), CALL(T, nframes, fparam, aparam), RESULTS(T), &lists);     \
    }

#define DEFINE_MIXED_TYPES(T, F)                                                                     \
    void DP_DeepPotComputeMixedType##F(DP_DeepPot* model, int nframes, DP_ATOMS(T), DP_PARAMS(T),    \
                                       DP_RESULTS(T)) noexcept {                                     \
        evaluate(models_of(model), Form::mixed_types, CALL(T, nframes, fparam, aparam), RESULTS(T)); \
    }

DEFINE_BY_CELL(DeepPot, double, )
DEFINE_BY_CELL(DeepPot, float, f)
DEFINE_BY_CELL(DeepPotModelDevi, double, )
DEFINE_BY_CELL(DeepPotModelDevi, float, f)
DEFINE_BY_LISTS(DeepPot, double, )
DEFINE_BY_LISTS(DeepPot, float, f)
DEFINE_BY_LISTS(DeepPotModelDevi, double, )
DEFINE_BY_LISTS(DeepPotModelDevi, float, f)
DEFINE_MIXED_TYPES(double, )
DEFINE_MIXED_TYPES(float, f)
