// Damaged .dpmd files give an InputError or a model that runs, never anything else. Seeds are fixed.
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>

#include "dpmd/errors.hpp"
#include "models/file.hpp"
#include "support/engine.hpp"
#include "support/model_files.hpp"
#include "support/random_models.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using testing::Random;

std::vector<std::vector<std::byte>> whole_files() {
    testing::ModelRecipe nets, tables;
    nets.embedding = {2, 4};
    nets.axis = 2;
    nets.fitting = {3, 3};
    nets.n_fparam = nets.n_aparam = nets.n_case = 1;
    tables = nets;
    tables.tables = true;
    return {testing::model_parts(testing::random_model(nets, 1)).bytes(),
            testing::model_parts(testing::random_model(tables, 2)).bytes()};
}

/// Reads the file and, if it is a model, runs it on a few atoms. Returns whether it was one.
bool read_and_run(const std::vector<std::byte>& bytes) {
    static const reference::System system = testing::random_system(testing::box_kind("tiny"), 4, 2, 0.5, 1);
    try {
        const ModelData model = read_model(bytes, "fuzz");
        if (testing::environment_of(model).cutoff > 20) return true;  // correct, but slow in a tiny box
        const auto engine = testing::make_engine(model, testing::keep_nearest({}));
        const auto n = std::size_t(system.n());
        const testing::Parameters parameters{
            std::vector<double>(std::size_t(testing::fitting_of(model).n_fparam), 0.1),
            std::vector<double>(n * std::size_t(testing::fitting_of(model).n_aparam), 0.1)};
        testing::compute(*engine, system, parameters);
        return true;
    } catch (const InputError&) {
        return false;
    }
}

TEST(ModelFuzz, AFileCutAnywhereIsRefused) {
    for (const std::vector<std::byte>& whole : whole_files()) {
        ASSERT_TRUE(read_and_run(whole));
        for (std::size_t size = 0; size < whole.size(); size += size < 300 || size + 300 > whole.size() ? 1 : 7) {
            std::vector<std::byte> cut(whole.begin(), whole.begin() + std::ptrdiff_t(size));

            EXPECT_THROW(read_model(std::move(cut), "fuzz"), InputError) << size << " of " << whole.size() << " bytes";
        }
    }
}

TEST(ModelFuzz, FlippedBytesAreRefusedOrRun) {
    const auto start = std::chrono::steady_clock::now();
    Random random(3);
    int n_run = 0;
    for (const std::vector<std::byte>& whole : whole_files())
        for (int round = 0; round < 4000; ++round) {
            std::vector<std::byte> damaged = whole;
            // most of the meaning is in the header, so most flips go there
            std::uint64_t header = 0;
            std::memcpy(&header, whole.data(), sizeof header);
            const int range = round % 4 == 0 ? int(whole.size()) : int(8 + header);
            for (int flips = 1 + random.below(3); flips > 0; --flips)
                damaged[std::size_t(random.below(range))] ^= std::byte(1 << random.below(8));

            EXPECT_NO_THROW(n_run += read_and_run(damaged)) << "round " << round;

            if (std::chrono::steady_clock::now() - start > std::chrono::seconds(60)) return;  // with sanitizers only
        }
    EXPECT_GT(n_run, 500) << "hardly any file got far";
}

TEST(ModelFuzz, NumbersOfTheHeaderChangedToOddOnesAreRefusedOrRun) {
    const char* odd[] = {"0",       "-1",       "1e18", "9007199254740993", "65536",
                         "1048576", "16777216", "0.5",  "1e-300",           "2147483648"};
    Random random(4);
    const testing::ModelParts parts = [] {
        testing::ModelRecipe recipe;
        recipe.embedding = {2, 4};
        recipe.axis = 2;
        recipe.tables = true;
        return testing::model_parts(testing::random_model(recipe, 5));
    }();
    int n_run = 0;
    for (int round = 0; round < 600; ++round) {
        testing::ModelParts damaged = parts;
        std::vector<std::size_t> places;
        for (std::size_t k = 1; k < damaged.json.size(); ++k)
            if (std::isdigit(damaged.json[k]) && !std::isalnum(damaged.json[k - 1]) && damaged.json[k - 1] != '.')
                places.push_back(k);
        const std::size_t at = places[std::size_t(random.below(int(places.size())))];
        std::size_t end = at;
        while (end < damaged.json.size() && (std::isalnum(damaged.json[end]) || damaged.json[end] == '.')) ++end;
        damaged.json.replace(at, end - at, odd[random.below(10)]);

        EXPECT_NO_THROW(n_run += read_and_run(damaged.bytes())) << damaged.json;
    }
    EXPECT_GT(n_run, 50) << "hardly any file got far";
}

}  // namespace
}  // namespace dpmd
