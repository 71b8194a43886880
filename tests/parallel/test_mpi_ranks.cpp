// Ranks that are processes; run under mpiexec. A failure on any rank ends the job, so that the others do not wait.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "comm/mpi_library.hpp"
#include "parallel/communicator_cases.hpp"

namespace dpmd::test {
namespace {

class EveryCommunicator : public testing::TestWithParam<CommunicatorCase> {};

TEST_P(EveryCommunicator, does) { GetParam().run(*mpi_world()); }

TEST_P(EveryCommunicator, does_in_parts) {
    // as if an int could count only to 4000
    static const std::shared_ptr<Communicator> in_parts = [] {
        void* module = dlopen(DPMD_MPI_MODULE, RTLD_NOW);
        if (module == nullptr) throw RankError(dlerror());
        const auto open = reinterpret_cast<const MpiModule* (*)()>(dlsym(module, "dpmd_mpi_module"));
        mpi_world();
        return open()->open_world(find_open_mpi_library().value(), 4000);
    }();
    GetParam().run(*in_parts);
}

INSTANTIATE_TEST_SUITE_P(mpi, EveryCommunicator,
                         testing::ValuesIn(communicator_cases().begin(), communicator_cases().end()),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(MpiRanks, are_as_many_as_mpiexec_was_told) {
    const char* expected = std::getenv("DPMD_TEST_RANKS");
    ASSERT_NE(expected, nullptr) << "set DPMD_TEST_RANKS to the number of ranks";
    EXPECT_EQ(mpi_world()->size(), std::atoi(expected));
    EXPECT_EQ(mpi_world(), mpi_world());
}

TEST(MpiRanks, a_message_of_another_size_is_an_error_that_names_both) {
    const auto ranks = mpi_world();
    if (ranks->size() == 1) return;
    for (const std::size_t n_sent : {8u, 32u}) {
        std::vector<std::byte> sent(n_sent), room(16);
        const OutgoingMessage outgoing{1, sent};
        const IncomingMessage incoming{0, room};
        if (ranks->rank() == 0) ranks->start({&outgoing, 1}, {});
        if (ranks->rank() == 1) ranks->start({}, {&incoming, 1});
        if (ranks->rank() == 0) ranks->finish();
        if (ranks->rank() == 1) {
            try {
                ranks->finish();
                ADD_FAILURE() << "nothing was thrown";
            } catch (const RankError& error) {
                EXPECT_EQ(std::string(error.what()).find("rank 1 expects 16 bytes from rank 0"), 0u) << error.what();
            }
        }
        ranks->barrier();
    }
}

/// Runs alone, and is expected to end the job.
TEST(MpiRanks, DISABLED_abort_ends_the_job_with_its_reason) {
    const auto ranks = mpi_world();
    if (ranks->rank() == ranks->size() - 1) ranks->abort("out of patience");
    ranks->barrier();
    std::cout << "a rank came through the barrier\n";
}

class EndTheJob final : public testing::EmptyTestEventListener {
    void OnTestPartResult(const testing::TestPartResult& result) override {
        if (result.failed()) mpi_world()->abort(result.message());
    }
};

}  // namespace
}  // namespace dpmd::test

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    try {
        const auto ranks = dpmd::mpi_world();
        if (ranks->rank() == 0) std::cout << ranks->description() << std::endl;
    } catch (const dpmd::Error& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
    testing::UnitTest::GetInstance()->listeners().Append(new dpmd::test::EndTheJob);
    return RUN_ALL_TESTS();
}
