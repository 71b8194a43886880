// Ranks compare what they are about to do together before they do it.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "comm/collective_call.hpp"

namespace dpmd::test {
namespace {

using Ranks = std::shared_ptr<Communicator>;

TEST(CollectiveCalls, that_are_alike_go_on_also_one_in_another) {
    std::atomic<int> n_done = 0;
    run_thread_ranks(3, [&](const Ranks& ranks) {
        const CollectiveCall outer(*ranks, "calls run(10)");
        const CollectiveCall inner(*ranks, call_text(*ranks, "positions of simulation ", 1));
        compare_calls(*ranks, "ends a callback", concat(" on rank ", ranks->rank()));
        ++n_done;
    });
    EXPECT_EQ(n_done, 3);
}

TEST(CollectiveCalls, that_differ_are_an_error_on_every_rank_that_names_both) {
    std::atomic<int> n_told = 0;
    run_thread_ranks(4, [&](const Ranks& ranks) {
        const std::string mine = ranks->rank() == 2 ? "calls thermo()" : "calls run(10)";
        try {
            const CollectiveCall call(*ranks, mine);
        } catch (const RankError& error) {
            const std::string message = error.what();
            n_told += message.find("rank 0 calls run(10), but rank 2 calls thermo()") == 0 ? 1 : 0;
        }
        // nothing has been done, so all may go on
        const CollectiveCall call(*ranks, "calls run(20)");
    });
    EXPECT_EQ(n_told, 4);
}

TEST(CollectiveCalls, of_a_rank_that_ends_wake_those_that_go_on) {
    std::atomic<int> n_told = 0;
    const auto run = [&] {
        run_thread_ranks(2, [&](const Ranks& ranks) {
            if (ranks->rank() == 1) return leave(*ranks);
            try {
                const CollectiveCall call(*ranks, "calls run(10)");
            } catch (const RankError& error) {
                n_told += std::string(error.what()).find("rank 0 calls run(10), but rank 1 ends") != std::string::npos;
            }
        });
    };
    EXPECT_THROW(run(), RankError);  // the job is ended
    EXPECT_EQ(n_told, 1);
}

TEST(CollectiveCalls, end_with_all_ranks) {
    std::atomic<int> n_told = 0;
    run_thread_ranks(2, [&](const Ranks& ranks) {
        leave(*ranks);
        leave(*ranks);
        try {
            const CollectiveCall call(*ranks, "calls run(10)");
        } catch (const RankError& error) {
            n_told += std::string(error.what()).find("after it has ended") != std::string::npos ? 1 : 0;
        }
    });
    EXPECT_EQ(n_told, 2);
}

TEST(CollectiveCalls, of_another_thread_are_refused_while_one_is_under_way) {
    run_thread_ranks(2, [](const Ranks& ranks) {
        const CollectiveCall call(*ranks, "calls run(10)");
        std::thread other([&] { EXPECT_THROW(CollectiveCall(*ranks, "calls thermo()"), InputError); });
        other.join();
    });
}

TEST(CollectiveCalls, of_a_rank_alone_ask_nobody) {
    const Ranks alone = make_single_rank();
    const CollectiveCall call(*alone, call_text(*alone, "run(10)"));
    EXPECT_EQ(call_text(*alone, "run(10)"), "");
    leave(*alone);
    const CollectiveCall after(*alone, "calls run(10)");
}

}  // namespace
}  // namespace dpmd::test
