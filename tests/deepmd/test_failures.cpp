// Calls that end the process with DeePMD-kit 3.2.0, or that it answers with wrong numbers: here they are errors, which
// stay, and outputs are not a number.
#include <array>
#include <cmath>
#include <limits>

#include "deepmd/hosts.hpp"

namespace dpmd::testing {
namespace {

class Failures : public HostCode {
protected:
    void expect_error(DP_DeepPot* model, const std::string& part) {
        EXPECT_NE(error_of(model).find(part), std::string::npos) << error_of(model);
    }
    /// Computes with one thing spoilt: the outputs are not a number, and the error tells why.
    void expect_refused(const System& spoilt, const std::string& part) {
        DP_DeepPot* model = DP_NewDeepPot(names_[0]);
        Room<double> room{std::size_t(n())};
        ::testing::internal::CaptureStderr();
        DP_DeepPotCompute(model, n(), spoilt.positions.data(), spoilt.types.data(), spoilt.box.cell.data(),
                          room.energy.data(), room.force.data(), room.virial.data(), room.atom_energy.data(),
                          room.atom_virial.data());
        const std::string said = ::testing::internal::GetCapturedStderr();
        expect_error(model, part);
        EXPECT_NE(said.find(part), std::string::npos) << said;
        for (const auto* output : {&room.energy, &room.force, &room.virial, &room.atom_energy, &room.atom_virial})
            for (const double x : *output) ASSERT_TRUE(std::isnan(x));
        DP_DeleteDeepPot(model);
    }
};

TEST_F(Failures, NamesThatAreNullAreErrorsOfTheObject) {
    for (DP_DeepPot* model : {DP_NewDeepPot(nullptr), DP_NewDeepPotWithParam(names_[0], 0, nullptr),
                              DP_NewDeepPotWithParam(names_[0], 0, "bytes"), DP_NewDeepPotWithParam2(nullptr, 0, "", 0),
                              DP_NewDeepPot("no such file")}) {
        ASSERT_NE(model, nullptr);
        EXPECT_NE(error_of(model), "");
        DP_DeleteDeepPot(model);
    }
    const char* none = nullptr;
    for (DP_DeepPotModelDevi* models : {DP_NewDeepPotModelDevi(nullptr, 0), DP_NewDeepPotModelDevi(&none, 1),
                                        DP_NewDeepPotModelDevi(names_.data(), -1)}) {
        ASSERT_NE(models, nullptr);
        EXPECT_NE(error_of(models), "");
        DP_DeleteDeepPotModelDevi(models);
    }
}

TEST_F(Failures, AnObjectThatDidNotLoadKeepsItsErrorAndAnswersZero) {
    DP_DeepPot* model = DP_NewDeepPot("no such file");
    const std::string error = error_of(model);
    EXPECT_EQ(DP_DeepPotGetCutoff(model), 0);
    EXPECT_EQ(DP_DeepPotGetNumbTypes(model), 0);
    EXPECT_FALSE(DP_DeepPotHasDefaultFParam(model));
    EXPECT_EQ(taken(DP_DeepPotGetTypeMap(model)), "");
    EXPECT_TRUE(std::isnan(compute_energy(model)));
    DP_DeepPotSetChargeSpin(model, nullptr, 2);
    EXPECT_EQ(error_of(model), error);
    DP_DeleteDeepPot(model);
}

TEST_F(Failures, TypesWithoutListsHaveToExist) {
    for (const int type : {2, 7, -2}) {
        System spoilt = system_;
        spoilt.types[4] = type;
        expect_refused(spoilt, "atype[4] = " + std::to_string(type));
    }
}

TEST_F(Failures, CellsHaveToHaveAVolume) {
    System spoilt = system_;
    spoilt.box.cell.fill(0);
    expect_refused(spoilt, "cell");
}

TEST_F(Failures, CoordinatesHaveToBeNumbers) {
    System spoilt = system_;
    spoilt.positions[4] = std::numeric_limits<double>::quiet_NaN();
    expect_refused(spoilt, "position");
}

TEST_F(Failures, NegativeCountsAreNamed) {
    double energy = 0;
    DP_DeepPotCompute(model_, -3, nullptr, nullptr, nullptr, &energy, nullptr, nullptr, nullptr, nullptr);
    expect_error(model_, "natoms = -3");
    EXPECT_TRUE(std::isnan(energy));
    DP_DeepPotCompute2(model_, -1, 1, nullptr, nullptr, nullptr, nullptr, nullptr, &energy, nullptr, nullptr, nullptr,
                       nullptr);
    expect_error(model_, "nframes = -1");
    DP_Nlist* lists = DP_NewNlist(0, nullptr, nullptr, nullptr);
    DP_DeepPotComputeNList(model_, 1, system_.positions.data(), system_.types.data(), nullptr, 2, lists, 0, &energy,
                           nullptr, nullptr, nullptr, nullptr);
    expect_error(model_, "nghost = 2 of natoms = 1");
    DP_DeleteNlist(lists);
}

TEST_F(Failures, ArraysThatAreMissingAreNamed) {
    double energy = 0;
    DP_DeepPotCompute(model_, n(), nullptr, system_.types.data(), nullptr, &energy, nullptr, nullptr, nullptr, nullptr);
    expect_error(model_, "positions is NULL");
    DP_DeepPotCompute(model_, n(), system_.positions.data(), nullptr, nullptr, &energy, nullptr, nullptr, nullptr,
                      nullptr);
    expect_error(model_, "atype is NULL");
}

TEST_F(Failures, AnErrorStaysAndGoodCallsGoOn) {
    const double good = compute_energy(model_);
    const double charge[2] = {0, 1};
    DP_DeepPotSetChargeSpin(model_, charge, 0);
    EXPECT_EQ(error_of(model_), "");
    EXPECT_EQ(DP_DeepPotGetDimChgSpin(model_), 0);
    DP_DeepPotSetChargeSpin(model_, charge, 2);
    expect_error(model_, "numb_chg_spin");
    EXPECT_EQ(compute_energy(model_), good);
    expect_error(model_, "numb_chg_spin");
}

TEST_F(Failures, AnErrorIsSaidOnceUntilThereIsAnother) {
    System spoilt = system_;
    spoilt.types[4] = 9;
    const auto compute = [&] {
        double energy = 0;
        DP_DeepPotCompute(model_, n(), spoilt.positions.data(), spoilt.types.data(), spoilt.box.cell.data(), &energy,
                          nullptr, nullptr, nullptr, nullptr);
    };
    ::testing::internal::CaptureStderr();
    for (int k = 0; k < 3; ++k) compute();
    spoilt.types[5] = 9;
    spoilt.types[4] = 0;
    compute();
    const std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 2) << said;
}

TEST(NullHandles, AreAnsweredByEveryFunction) {
    EXPECT_EQ(DP_DeepBaseModelGetCutoff(nullptr), 0);
    EXPECT_EQ(DP_DeepPotGetNumbTypes(nullptr), 0);
    EXPECT_NE(taken(DP_DeepPotCheckOK(nullptr)), "");
    EXPECT_NE(taken(DP_DeepTensorCheckOK(nullptr)), "");
    EXPECT_NE(taken(DP_NlistCheckOK(nullptr)), "");
    DP_NlistSetMask(nullptr, 1);
    double energy = 0;
    DP_DeepPotCompute(nullptr, 0, nullptr, nullptr, nullptr, &energy, nullptr, nullptr, nullptr, nullptr);
    DP_DeleteDeepPot(nullptr);
    DP_DeleteDeepPotModelDevi(nullptr);
    DP_DeleteDeepSpin(nullptr);
    DP_DeleteDeepSpinModelDevi(nullptr);
    DP_DeleteDeepBaseModel(nullptr);
    DP_DeleteDeepBaseModelDevi(nullptr);
    DP_DeleteDeepTensor(nullptr);
    DP_DeleteDipoleChargeModifier(nullptr);
    DP_DeleteNlist(nullptr);
    DP_DeleteChar(nullptr);
}

TEST(OtherFamilies, AreRefusedWithWhatToUseInstead) {
    DP_DeepSpin* spin = DP_NewDeepSpinWithParam2("model.pth", 0, "bytes", 5);
    EXPECT_NE(taken(DP_DeepSpinCheckOK(spin)).find("spins are not supported"), std::string::npos);
    EXPECT_NE(taken(DP_DeepBaseModelCheckOK(reinterpret_cast<DP_DeepBaseModel*>(spin))).find("DeePMD-kit"),
              std::string::npos);
    EXPECT_FALSE(DP_DeepSpinUsesNativeSpinScheme(spin));
    EXPECT_EQ(taken(DP_DeepSpinGetTypeMap(spin)), "");
    DP_DeleteDeepSpin(spin);

    DP_DeepTensor* tensor = DP_NewDeepTensor("dipole.pb");
    EXPECT_NE(taken(DP_DeepTensorCheckOK(tensor)).find("dipoles"), std::string::npos);
    double mark = 0, *values = &mark;
    int size = 7;
    DP_DeepTensorComputeTensor(tensor, 1, &mark, &size, nullptr, &values, &size);
    EXPECT_EQ(values, nullptr);
    EXPECT_EQ(size, 0);
    EXPECT_NE(DP_DeepTensorGetSelTypes(tensor), nullptr);
    EXPECT_EQ(DP_DeepTensorGetNumbSelTypes(tensor), 0);
    DP_DeleteDeepTensor(tensor);

    DP_DipoleChargeModifier* modifier = DP_NewDipoleChargeModifierWithParam("dplr.pb", 0, "dipole_charge");
    EXPECT_NE(taken(DP_DipoleChargeModifierCheckOK(modifier)).find("long-range"), std::string::npos);
    DP_DeleteDipoleChargeModifier(modifier);
}

TEST_F(Failures, ArraysOfAGpuAreRefused) {
    EXPECT_FALSE(DP_DeepPotSupportsDeviceEdgeInference(model_));
    EXPECT_FALSE(DP_DeepPotUsesFP32EdgeVectors(model_));
    EXPECT_FALSE(DP_DeepPotUsesCanonicalGraphInference(model_));
    DP_DeepPotComputeEdgesGPU(model_, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, 0, 0, nullptr, 0,
                              nullptr, 0, 0, nullptr);
    expect_error(model_, "in the memory of a GPU");
}

}  // namespace
}  // namespace dpmd::testing
