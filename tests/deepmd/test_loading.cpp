// Models from files and from their contents, questions about them, and how they end.
#include <unistd.h>

#include <cmath>
#include <thread>

#include "deepmd/hosts.hpp"

namespace dpmd::testing {
namespace {

class Loading : public HostCode {};

TEST_F(Loading, QuestionsHaveTheSameAnswersByEveryClass) {
    const ModelInfo& info = potentials_[0]->info();
    auto* base = reinterpret_cast<DP_DeepBaseModel*>(model_);
    EXPECT_EQ(DP_DeepPotGetCutoff(model_), info.cutoff);
    EXPECT_EQ(DP_DeepBaseModelGetCutoff(base), info.cutoff);
    EXPECT_EQ(DP_DeepBaseModelDeviGetCutoff(reinterpret_cast<DP_DeepBaseModelDevi*>(models_)), info.cutoff);
    EXPECT_EQ(DP_DeepBaseModelGetNumbTypes(base), int(info.type_map.size()));
    EXPECT_EQ(DP_DeepPotGetNumbTypesSpin(model_), 0);
    EXPECT_EQ(taken(DP_DeepBaseModelGetTypeMap(base)), info.type_map[0] + " " + info.type_map[1]);
    EXPECT_EQ(taken(DP_DeepPotGetTypeMap(model_)), taken(DP_DeepBaseModelGetTypeMap(base)));
    EXPECT_EQ(DP_DeepPotGetDimFParam(model_), 0);
    EXPECT_FALSE(DP_DeepPotHasDefaultFParam(model_));
}

TEST_F(Loading, ADefaultOfFrameParametersIsTold) {
    ModelRecipe recipe = roomy_recipe();
    take_parameters(recipe);
    ModelData data = random_model(recipe, 3);
    for (NetTerm& term : std::get<LocalModel>(data.kind).terms) term.fitting.default_fparam = {0.5, 0.25};
    write_bytes(folder_ / "default", model_parts(data).bytes());
    DP_DeepPot* model = DP_NewDeepPot((folder_ / "default").c_str());
    EXPECT_EQ(error_of(model), "");
    EXPECT_TRUE(DP_DeepPotHasDefaultFParam(model));
    DP_DeleteDeepPot(model);
}

TEST_F(Loading, ContentsOfFilesAreModels) {
    int size = 0;
    const char* content = DP_ReadFileToChar2(names_[0], &size);
    ASSERT_GT(size, 0);
    DP_DeepPot* model = DP_NewDeepPotWithParam2("elsewhere.pb", 0, content, size);
    DP_DeleteChar(content);
    EXPECT_EQ(error_of(model), "");
    EXPECT_EQ(compute_energy(model), compute_energy(model_));
    DP_DeleteDeepPot(model);

    DP_DeepPot* damaged = DP_NewDeepPotWithParam2("elsewhere.pb", 0, "nonsense", 8);
    EXPECT_NE(error_of(damaged).find("elsewhere.pb"), std::string::npos);
    DP_DeleteDeepPot(damaged);
}

TEST_F(Loading, OnlySomeOfSeveralModelsMayHaveContents) {
    int size = 0;
    const char* content = DP_ReadFileToChar2(names_[0], &size);
    const char* names[2] = {"elsewhere.pb", names_[1]};
    for (const int n_contents : {1, 2}) {
        const char* contents[2] = {content, ""};
        const int sizes[2] = {size, 0};
        DP_DeepPotModelDevi* models = DP_NewDeepPotModelDeviWithParam(names, 2, 0, contents, n_contents, sizes);
        EXPECT_EQ(error_of(models), "");
        double energies[2];
        DP_DeepPotModelDeviCompute(models, n(), system_.positions.data(), system_.types.data(), system_.box.cell.data(),
                                   energies, nullptr, nullptr, nullptr, nullptr);
        EXPECT_EQ(energies[1], expected(1).energy);
        DP_DeleteDeepPotModelDevi(models);
    }
    DP_DeleteChar(content);
}

TEST_F(Loading, FilesThatCannotBeReadAreToldInTheText) {
    for (const std::string& path : {folder_ / "none.pb", folder_.path()}) {
        int size = 0;
        const std::string text = taken(DP_ReadFileToChar2(path.c_str(), &size));
        EXPECT_EQ(size, -int(text.size()));
        EXPECT_NE(text.find(path), std::string::npos);
        ::testing::internal::CaptureStderr();
        EXPECT_EQ(taken(DP_ReadFileToChar(path.c_str())), "");
        EXPECT_NE(::testing::internal::GetCapturedStderr().find(path), std::string::npos);
    }
    int size = 0;
    EXPECT_NE(taken(DP_ReadFileToChar2(nullptr, &size)), "");
    EXPECT_LT(size, 0);
}

TEST_F(Loading, TextsMayBeFreedWithDelete) {
    delete[] DP_DeepPotCheckOK(model_);
    delete[] DP_DeepPotGetTypeMap(model_);
    int size = 0;
    delete[] DP_ReadFileToChar2(names_[0], &size);
}

TEST_F(Loading, MoreNeighboursThanSelAreIgnoredWithOneWarning) {
    ModelRecipe recipe;
    recipe.sel = {3, 4};
    const std::string path = write_model(folder_, "narrow", recipe, 7);
    PotentialOptions nearest;
    nearest.overflow = "keep_nearest";
    const double wanted =
        Potential(path, nearest).compute({system_.positions, system_.types, system_.box, {}, {}}).energy;
    Host host(system_, 4.8, false, 0, 5);
    const HostNlist lists(host);
    DP_DeepPot* model = DP_NewDeepPot(path.c_str());

    ::testing::internal::CaptureStderr();
    EXPECT_EQ(compute_energy(model), wanted);
    for (const int ago : {0, 1, 2}) {
        double energy = 0;
        DP_DeepPotComputeNList(model, host.n_total, host.positions.data(), host.types.data(), nullptr,
                               host.n_total - host.n_owned, lists.nlist, ago, &energy, nullptr, nullptr, nullptr,
                               nullptr);
        EXPECT_NEAR(energy, wanted, 1e-10);
    }
    const std::string said = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(error_of(model), "");
    EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << said;
    EXPECT_NE(said.find("the model's sel"), std::string::npos) << said;
    DP_DeleteDeepPot(model);
}

TEST_F(Loading, ListsStayWhenNeighboursGetTooMany) {
    ModelRecipe recipe;
    recipe.sel = {3, 4};
    DP_DeepPot* model = DP_NewDeepPot(write_model(folder_, "narrow", recipe, 7).c_str());
    Host host(system_, 4.8, false, 0, 5);
    const HostNlist lists(host);
    const auto energy = [&](double scale, int ago) {
        std::vector<double> positions = host.positions;
        for (double& x : positions) x *= scale;
        double out = 0;
        DP_DeepPotComputeNList(model, host.n_total, positions.data(), host.types.data(), nullptr,
                               host.n_total - host.n_owned, lists.nlist, ago, &out, nullptr, nullptr, nullptr, nullptr);
        return out;
    };
    ::testing::internal::CaptureStderr();
    energy(20, 0);  // all atoms are alone
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    ::testing::internal::CaptureStderr();
    const double with_old_lists = energy(1, 1);
    EXPECT_NE(::testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(error_of(model), "");
    EXPECT_NEAR(with_old_lists, energy(1, 0), 1e-10);
    DP_DeleteDeepPot(model);
}

TEST_F(Loading, ObjectsOfDifferentThreadsAreIndependent) {
    const double wanted = expected().energy;
    std::vector<std::thread> threads;
    std::vector<int> n_wrong(3, 0);
    for (int& wrong : n_wrong)
        threads.emplace_back([&] {
            DP_DeepPot* model = DP_NewDeepPot(names_[0]);
            for (int k = 0; k < 20; ++k) wrong += compute_energy(model) != wanted ? 1 : 0;
            wrong += error_of(model).empty() ? 0 : 1;
            DP_DeleteDeepPot(model);
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(n_wrong, std::vector<int>(3, 0));
}

/// Pages of the process that are in memory.
long resident_pages() {
    std::ifstream status("/proc/self/statm");
    long all = 0, resident = 0;
    status >> all >> resident;
    return resident;
}

TEST_F(Loading, MemoryDoesNotGrowFromObjectToObject) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr int n_cycles = 200;  // freed memory is kept aside, so growth shows nothing
#else
    constexpr int n_cycles = 10000;
#endif
    const Variable one_thread("DP_INTRA_OP_PARALLELISM_THREADS", "1");
    int size = 0;
    const char* content = DP_ReadFileToChar2(names_[0], &size);
    const int water[2] = {0, 1};
    const double positions[6] = {0, 0, 0, 1, 0, 0};
    const auto cycle = [&] {
        DP_DeepPot* model = DP_NewDeepPotWithParam2("water.pb", 0, content, size);
        double energy = 0, forces[6];
        DP_DeepPotCompute(model, 2, positions, water, nullptr, &energy, forces, nullptr, nullptr, nullptr);
        DP_DeleteChar(DP_DeepPotCheckOK(model));
        DP_DeleteDeepPot(model);
    };
    for (int k = 0; k < n_cycles / 10; ++k) cycle();
    const long before = resident_pages();
    for (int k = 0; k < n_cycles; ++k) cycle();
    const long grown = resident_pages() - before;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(grown * ::sysconf(_SC_PAGESIZE), 4 << 20) << "4 MB are 400 bytes for each object";
#endif
    (void)grown;
    DP_DeleteChar(content);
}

}  // namespace
}  // namespace dpmd::testing
