// Model deviation from the forces or virials of several models.
#include "capi/engine.hpp"
#include "math/model_deviation.hpp"

using namespace dpmd;
using namespace dpmd::capi;

int dpmd_force_deviation(int32_t n_models, int32_t n_atoms, const double* forces, double relative, double* deviations) {
    return guarded([&] {
        const std::size_t n = count(n_atoms, "n_atoms"), k = count(n_models, "n_models");
        const auto from = array(forces, k * 3 * n, "forces");
        if (k == 0) throw InputError("n_models = 0; a deviation needs models");
        if (n > 0) given(deviations, "deviations");
        for (std::size_t i = 0; i < n; ++i)
            deviations[i] = model_deviation(from.data() + 3 * i, k, 3 * n, 3, 1.0, relative);
    });
}

int dpmd_virial_deviation(int32_t n_models, int64_t n_atoms, const double* virials, double relative,
                          double* deviations) {
    return guarded([&] {
        const std::size_t k = count(n_models, "n_models");
        if (k == 0 || n_atoms < 1)
            throw InputError(concat("n_models = ", n_models, " and n_atoms = ", n_atoms, " must be 1 or more"));
        const auto from = array(virials, 9 * k, "virials");
        given(deviations, "deviations");
        for (std::size_t c = 0; c < 9; ++c)
            deviations[c] = model_deviation(from.data() + c, k, 9, 1, 1.0 / double(n_atoms), relative);
    });
}
