#pragma once
// The descriptors whose random models share their recipes (model_recipes.hpp). A line here gives a descriptor the tests
// of test_descriptors.cpp, test_descriptor_forms.cpp and gpu/test_gpu_descriptors.cpp.
#include <string>
#include <tuple>
#include <vector>

#include "support/backend_parameter.hpp"
#include "support/random_radial_models.hpp"
#include "support/random_typed_three_body_models.hpp"

namespace dpmd::testing {

struct DescriptorCase {
    const char* name;
    ModelData (*model)(ModelRecipe recipe, std::uint64_t seed);
    /// Wide enough for tables to leave something out: as they come, with odd widths, with excluded pairs.
    std::vector<ModelData> (*wide_models)(std::uint64_t seed);
};

inline std::vector<ModelData> wide_models_of(ModelData (*model)(ModelRecipe, std::uint64_t), std::uint64_t seed) {
    ModelRecipe odd = wide_recipe();
    odd.embedding = {3, 6, 13};
    odd.env_protection = 0.1;
    std::vector<ModelData> out = {model(wide_recipe(), seed), model(odd, seed + 1)};
    for (const ExcludedSlots rule : {ExcludedSlots::drop, ExcludedSlots::keep, ExcludedSlots::zero}) {
        ModelRecipe recipe = wide_recipe();
        recipe.exclude_types = {{0, 1}};
        recipe.excluded_slots = rule;
        recipe.one_side = false;
        out.push_back(model(recipe, seed + 2));
    }
    return out;
}

template <ModelData (*model)(ModelRecipe, std::uint64_t)>
DescriptorCase descriptor_case(const char* name) {
    return {name, model, [](std::uint64_t seed) { return wide_models_of(model, seed); }};
}

inline std::vector<DescriptorCase> descriptor_cases() {
    return {
        descriptor_case<random_radial_model>("se_e2_r"),
        descriptor_case<random_three_body_model>("se_e3"),
        {"se_e3_tebd", random_stripped_three_body_model, wide_typed_three_body_models},
    };
}

/// Once per backend and descriptor.
class PerDescriptor : public ::testing::TestWithParam<std::tuple<std::string, DescriptorCase>> {
protected:
    const std::string& backend() const { return std::get<0>(GetParam()); }
    ModelData model(const ModelRecipe& recipe, std::uint64_t seed) const {
        return std::get<1>(GetParam()).model(recipe, seed);
    }
    std::vector<ModelData> wide_models(std::uint64_t seed) const { return std::get<1>(GetParam()).wide_models(seed); }
};

inline std::string descriptor_test_name(const ::testing::TestParamInfo<PerDescriptor::ParamType>& info) {
    return std::string(std::get<1>(info.param).name) + "_" +
           backend_name(::testing::TestParamInfo<std::string>(std::get<0>(info.param), 0));
}

#define DPMD_INSTANTIATE_PER_DESCRIPTOR(suite, backends)                                                           \
    INSTANTIATE_TEST_SUITE_P(                                                                                      \
        Descriptor, suite,                                                                                         \
        ::testing::Combine(::testing::ValuesIn(backends), ::testing::ValuesIn(dpmd::testing::descriptor_cases())), \
        dpmd::testing::descriptor_test_name)

}  // namespace dpmd::testing
