// Which processes consider themselves MPI ranks, and what they report when they cannot be one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "comm/mpi_library.hpp"

namespace dpmd::test {
namespace {

/// Sets the environment of a process that no mpiexec has started, and restores it afterwards.
class MpiWorld : public testing::Test {
protected:
    void SetUp() override {
        for (Variable& v : variables_) {
            const char* value = std::getenv(v.name);
            if (value != nullptr) v.before = value;
            unsetenv(v.name);
        }
    }
    void TearDown() override {
        for (const Variable& v : variables_) {
            unsetenv(v.name);
            if (v.before) setenv(v.name, v.before->c_str(), 1);
        }
    }
    static void set(const char* name, const char* value) { setenv(name, value, 1); }

private:
    struct Variable {
        const char* name;
        std::optional<std::string> before;
    };
    Variable variables_[9] = {{"OMPI_COMM_WORLD_RANK", {}},
                              {"OMPI_COMM_WORLD_SIZE", {}},
                              {"PMI_RANK", {}},
                              {"PMI_SIZE", {}},
                              {"PMIX_RANK", {}},
                              {"MV2_COMM_WORLD_RANK", {}},
                              {"SLURM_STEP_NUM_TASKS", {}},
                              {"SLURM_PROCID", {}},
                              {"DPMD_LIBMPI", {}}};
};

TEST_F(MpiWorld, is_one_rank_without_mpiexec) {
    EXPECT_FALSE(find_mpi_launch());
    EXPECT_EQ(mpi_world()->description(), "one rank");
}

TEST_F(MpiWorld, a_batch_script_is_no_rank) {
    set("SLURM_PROCID", "0");
    set("SLURM_STEP_NUM_TASKS", "4");
    EXPECT_FALSE(find_mpi_launch());
}

TEST_F(MpiWorld, the_launcher_is_told_by_its_variables) {
    set("PMI_RANK", "1");
    set("PMI_SIZE", "4");
    const auto mpich = find_mpi_launch();
    ASSERT_TRUE(mpich);
    EXPECT_EQ(mpich->family, MpiFamily::mpich);
    EXPECT_EQ(mpich->n_ranks, 4);

    // Open MPI's own variables say more than the PMI that it uses
    set("PMIX_RANK", "1");
    set("OMPI_COMM_WORLD_RANK", "1");
    set("OMPI_COMM_WORLD_SIZE", "3");
    const auto open_mpi = find_mpi_launch();
    ASSERT_TRUE(open_mpi);
    EXPECT_EQ(open_mpi->family, MpiFamily::open_mpi);
    EXPECT_EQ(open_mpi->n_ranks, 3);
}

TEST_F(MpiWorld, a_library_that_cannot_be_opened_is_named) {
    set("PMI_RANK", "0");
    set("PMI_SIZE", "2");
    set("DPMD_LIBMPI", "no/such/libmpi.so");
    try {
        open_mpi_library(*find_mpi_launch());
        FAIL() << "nothing was thrown";
    } catch (const RankError& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find("PMI_RANK"), std::string::npos) << message;
        EXPECT_NE(message.find("no/such/libmpi.so"), std::string::npos) << message;
    }
}

TEST_F(MpiWorld, a_library_that_is_not_mpi_is_refused) {
    set("PMI_RANK", "0");
    set("DPMD_LIBMPI", "libm.so.6");
    try {
        open_mpi_library(*find_mpi_launch());
        FAIL() << "nothing was thrown";
    } catch (const RankError& error) {
        EXPECT_NE(std::string(error.what()).find("libm.so.6: it has no MPI_Init"), std::string::npos) << error.what();
    }
}

}  // namespace
}  // namespace dpmd::test
