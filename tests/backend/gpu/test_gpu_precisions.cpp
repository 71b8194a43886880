// Precisions that only GPUs have: each deviates from double by its rounding, and the CPU says that it has none of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/backend_parameter.hpp"
#include "support/compressed.hpp"
#include "support/engine.hpp"
#include "support/expect_error.hpp"
#include "support/model_recipes.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

constexpr double apart = 1.2;  // Å between the atoms of random_system

ModelData wide_model() {
    ModelData model = testing::random_model(testing::wide_recipe(), 20);
    model.min_neighbor_distance = apart;
    return model;
}

TEST(GpuPrecisions, DeviateByTheirRoundingInExactAndInMomentForm) {
    const ModelData model = wide_model();
    const auto form = testing::compress(model).term;
    const reference::System system = testing::random_system(testing::box_kind("orthogonal"), 60, 2, apart, 21);
    for (const std::string& backend : testing::device_backends())
        for (const auto& f : {std::shared_ptr<const CompressedTerm>(), form}) {
            const auto forces = [&](Precision precision) {
                return testing::compute(*testing::make_engine(model, {backend, 1, 0, precision, f}), system).forces;
            };
            const std::vector<double> exact = forces(Precision::fp64);
            double size = 1;
            for (const double x : exact) size = std::max(size, std::fabs(x));
            const auto deviation = [&](Precision precision) {
                const std::vector<double> got = forces(precision);
                double out = 0;
                for (std::size_t k = 0; k < got.size(); ++k) out = std::max(out, std::fabs(got[k] - exact[k]));
                return out / size;
            };

            const double single = deviation(Precision::mix32), tf32x3 = deviation(Precision::mix32_3xtf32),
                         tf32 = deviation(Precision::mix32_tf32), bfloat16 = deviation(Precision::mix16);

            EXPECT_LT(tf32x3, 5 * single) << "single accuracy";
            EXPECT_GT(tf32, 10 * tf32x3);
            EXPECT_GT(bfloat16, 2 * tf32);
        }
}

TEST(GpuPrecisions, AreRefusedByTheCpu) {
    const ModelData model = wide_model();
    for (const Precision precision : {Precision::mix32_3xtf32, Precision::mix32_tf32})
        testing::expect_input_error(
            [&] {
                testing::make_engine(model, {"", 1, 0, precision, nullptr});
            },
            {"need a GPU", "mix32"});
}

}  // namespace
}  // namespace dpmd
