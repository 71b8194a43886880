// Variables of the environment, which choose what the interface has no arguments for.
#include <cmath>
#include <cstdlib>

#include "deepmd/hosts.hpp"

namespace dpmd::testing {
namespace {

class Environment : public HostCode {
protected:
    std::string error_of_loading() {
        DP_DeepPot* model = DP_NewDeepPot(names_[0]);
        std::string error = error_of(model);
        DP_DeleteDeepPot(model);
        return error;
    }
    double energy_of_loading() {
        DP_DeepPot* model = DP_NewDeepPot(names_[0]);
        EXPECT_EQ(error_of(model), "");
        const double energy = compute_energy(model);
        DP_DeleteDeepPot(model);
        return energy;
    }
    std::string summary() {
        ::testing::internal::CaptureStdout();
        DP_PrintSummary("  ");
        return ::testing::internal::GetCapturedStdout();
    }
};

TEST_F(Environment, WrongValuesAreErrorsThatNameVariableValueAndRemedy) {
    for (const auto& [variable, value, remedy] :
         {std::array{"DPMD_PRECISION", "half", "mix32"}, std::array{"DPMD_COMPRESS", "zip", "moment"},
          std::array{"DPMD_DEVICE", "abacus", "cuda:0"}, std::array{"DPMD_OVERFLOW", "drop", "keep_nearest"},
          std::array{"DPMD_TOLERANCE", "small", "eV/Å"}, std::array{"DPMD_TOLERANCE", "-1", "eV/Å"},
          std::array{"DP_INTRA_OP_PARALLELISM_THREADS", "many", "OMP_NUM_THREADS"},
          std::array{"TF_INTRA_OP_PARALLELISM_THREADS", "-2", "OMP_NUM_THREADS"}}) {
        ::unsetenv("DP_INTRA_OP_PARALLELISM_THREADS");
        const Variable wrong(variable, value);
        const std::string error = error_of_loading();
        for (const char* part : {variable, value, remedy})
            EXPECT_NE(error.find(part), std::string::npos) << variable << ": " << error;
    }
}

TEST_F(Environment, PrecisionAndCompressionAreChosen) {
    const double exact = energy_of_loading();
    const Variable precision("DPMD_PRECISION", "mix32");
    PotentialOptions options;
    options.precision = "mix32";
    const double wanted =
        Potential(paths_[0], options).compute({system_.positions, system_.types, system_.box, {}, {}}).energy;
    EXPECT_EQ(energy_of_loading(), wanted);
    EXPECT_NE(wanted, exact);
    EXPECT_NE(summary().find("precision mix32"), std::string::npos);
}

TEST_F(Environment, AnEmptyValueIsNone) {
    const Variable precision("DPMD_PRECISION", ""), device("DPMD_DEVICE", "");
    EXPECT_EQ(error_of_loading(), "");
}

TEST_F(Environment, TooManyNeighboursMayBeAnError) {
    const Variable overflow("DPMD_OVERFLOW", "error");
    ModelRecipe recipe;
    recipe.sel = {3, 4};
    DP_DeepPot* model = DP_NewDeepPot(write_model(folder_, "narrow", recipe, 7).c_str());
    EXPECT_TRUE(std::isnan(compute_energy(model)));
    EXPECT_NE(error_of(model).find("the model's sel"), std::string::npos);
    DP_DeleteDeepPot(model);
}

TEST_F(Environment, TheSummaryHasThePrefixBeforeEveryLine) {
    const std::string text = summary();
    EXPECT_NE(text.find("dpmd"), std::string::npos);
    EXPECT_NE(text.find("device cpu, precision double, compress off, overflow keep_nearest"), std::string::npos);
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) EXPECT_EQ(text.substr(at, 2), "  ");
}

TEST_F(Environment, ARankOfSeveralTakesOneThreadWhereNothingIsSaid) {
    ::unsetenv("DP_INTRA_OP_PARALLELISM_THREADS");
    const char* given = std::getenv("OMP_NUM_THREADS");
    const std::string kept = given != nullptr ? given : "";
    ::unsetenv("OMP_NUM_THREADS");
    EXPECT_NE(summary().find("threads as OMP_NUM_THREADS"), std::string::npos);
    {
        const Variable ranks("PMI_SIZE", "4");
        EXPECT_NE(summary().find("threads 1"), std::string::npos);
        const Variable threads("OMP_NUM_THREADS", "3");
        EXPECT_NE(summary().find("threads as OMP_NUM_THREADS"), std::string::npos);
    }
    if (given != nullptr) ::setenv("OMP_NUM_THREADS", kept.c_str(), 1);
}

}  // namespace
}  // namespace dpmd::testing
