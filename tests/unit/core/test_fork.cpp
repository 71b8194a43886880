// Forked processes, and which objects of their parent they may use.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/fork.hpp"
#include "core/threads.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

/// Whether `holds` is true in a forked process.
template <class F>
bool is_true_in_fork(const F& holds) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);  // turns a hang into a failure
        ::_exit(holds() ? 0 : 1);
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child && status == 0;
}

TEST(Fork, LeavesObjectsAtHome) {
    const HomeProcess here;
    EXPECT_TRUE(here.is_here());
    EXPECT_TRUE(is_true_in_fork([&] {
        const HomeProcess there;
        return !here.is_here() && there.is_here() && is_true_in_fork([&] { return !there.is_here(); });
    }));
    EXPECT_TRUE(here.is_here());
}

TEST(Fork, ComputesOnOneThreadWhereItsParentHadSeveral) {
    const auto sum = [] {
        std::vector<int> seen(1000);
        parallel_for(2, 1000, 1, [&](std::int64_t i, int thread) { seen[std::size_t(i)] = thread + 1; });
        bool are_all = true;
        for (const int thread : seen) are_all = are_all && thread > 0;
        return are_all;
    };
    EXPECT_TRUE(sum());
    EXPECT_TRUE(is_true_in_fork([&] { return is_forked_child() && sum(); }));
}

TEST(ForkAwareMutex, KeepsOtherThreadsOut) {
    ForkAwareMutex turn("this");
    int n = 0;
    const auto count = [&] {
        for (int k = 0; k < 10'000; ++k) {
            const std::lock_guard lock(turn);
            ++n;
        }
    };
    std::thread other(count);
    count();
    other.join();
    EXPECT_EQ(n, 20'000);
}

TEST(ForkAwareMutex, IsFreeInAForkUnlessAThreadHadIt) {
    ForkAwareMutex turn("this potential");
    const auto can_take = [&] {
        const std::lock_guard lock(turn);
        return true;
    };
    const auto is_refused = [&] {
        try {
            can_take();
            return false;
        } catch (const InputError& error) {
            return std::string(error.what()).find("this potential was in use by a thread") == 0;
        }
    };
    EXPECT_TRUE(is_true_in_fork(can_take));
    {
        const std::lock_guard lock(turn);
        EXPECT_TRUE(is_true_in_fork(is_refused));
    }
    EXPECT_TRUE(is_true_in_fork(can_take));
    EXPECT_TRUE(can_take());
}

}  // namespace
}  // namespace dpmd
