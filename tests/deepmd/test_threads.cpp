// Objects that different threads use at the same time.
#include <thread>
#include <vector>

#include "deepmd/hosts.hpp"

namespace dpmd::testing {
namespace {

class Threads : public HostCode {};

TEST_F(Threads, ObjectsOfDifferentThreadsAreIndependent) {
    const Variable one("DP_INTRA_OP_PARALLELISM_THREADS", "1");
    constexpr int n_threads = 3, n_calls = 20;
    const double wanted = expected().energy;
    std::vector<int> n_right(n_threads, 0);
    std::vector<std::thread> threads;
    for (int t = 0; t < n_threads; ++t)
        threads.emplace_back([&, t] {
            DP_DeepPot* own = DP_NewDeepPot(names_[0]);
            DP_DeepPot* failed = DP_NewDeepPot("absent.pb");
            for (int call = 0; call < n_calls; ++call)
                n_right[std::size_t(t)] += compute_energy(own) == wanted && !error_of(failed).empty();
            DP_DeleteDeepPot(own);
            DP_DeleteDeepPot(failed);
        });
    for (std::thread& thread : threads) thread.join();
    for (const int n : n_right) EXPECT_EQ(n, n_calls);
}

}  // namespace
}  // namespace dpmd::testing
