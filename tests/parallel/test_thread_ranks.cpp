// Ranks that are threads: the cases of all communicators, and joint failures.
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "parallel/communicator_cases.hpp"

namespace dpmd::test {
namespace {

using Ranks = std::shared_ptr<Communicator>;

template <class E, class F>
std::string message_of(const F& failing) {
    try {
        failing();
    } catch (const E& error) {
        return error.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
}

class EveryCommunicator : public testing::TestWithParam<std::tuple<int, CommunicatorCase>> {};

TEST_P(EveryCommunicator, does) {
    const CommunicatorCase& test_case = std::get<1>(GetParam());
    run_thread_ranks(std::get<0>(GetParam()), [&](const Ranks& ranks) { test_case.run(*ranks); });
}

INSTANTIATE_TEST_SUITE_P(threads, EveryCommunicator,
                         testing::Combine(testing::Values(1, 2, 3, 4, 8),
                                          testing::ValuesIn(communicator_cases().begin(), communicator_cases().end())),
                         [](const auto& each) {
                             return std::string(std::get<1>(each.param).name) + "_on_" +
                                    std::to_string(std::get<0>(each.param));
                         });

class SingleRank : public testing::TestWithParam<CommunicatorCase> {};

TEST_P(SingleRank, does) { GetParam().run(*make_single_rank()); }

INSTANTIATE_TEST_SUITE_P(alone, SingleRank, testing::ValuesIn(communicator_cases().begin(), communicator_cases().end()),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(ThreadRanks, say_what_they_are) {
    EXPECT_EQ(make_single_rank()->description(), "one rank");
    run_thread_ranks(3, [](const Ranks& ranks) { EXPECT_EQ(ranks->description(), "3 ranks as threads"); });
    EXPECT_THROW(run_thread_ranks(0, [](const Ranks&) {}), InputError);
}

TEST(ThreadRanks, an_error_of_one_wakes_all_and_is_thrown_on) {
    std::atomic<int> n_woken = 0;
    const std::string message = message_of<std::invalid_argument>([&] {
        run_thread_ranks(4, [&](const Ranks& ranks) {
            if (ranks->rank() == 2) throw std::invalid_argument("no such model");
            try {
                if (ranks->rank() == 0) {
                    std::vector<std::byte> room(8);
                    const IncomingMessage incoming{2, room};
                    ranks->start({}, {&incoming, 1});
                    ranks->finish();
                } else {
                    ranks->barrier();
                }
            } catch (const RankError& error) {
                EXPECT_STREQ(error.what(), "rank 2 has failed: no such model");
                ++n_woken;
                throw;
            }
        });
    });
    EXPECT_EQ(message, "no such model");
    EXPECT_EQ(n_woken, 3);
}

TEST(ThreadRanks, abort_wakes_all_with_its_reason) {
    std::atomic<int> n_woken = 0;
    const std::string message = message_of<RankError>([&] {
        run_thread_ranks(3, [&](const Ranks& ranks) {
            if (ranks->rank() == 1) return ranks->abort("out of patience");
            EXPECT_EQ(message_of<RankError>([&] { ranks->barrier(); }), "rank 1 has failed: out of patience");
            // and so do all later calls
            EXPECT_THROW(ranks->start({}, {}), RankError);
            ++n_woken;
        });
    });
    EXPECT_EQ(message, "rank 1 has failed: out of patience");
    EXPECT_EQ(n_woken, 2);
}

TEST(ThreadRanks, the_error_behind_an_abort_is_thrown_on) {
    const auto run = [] {
        run_thread_ranks(3, [](const Ranks& ranks) {
            if (ranks->rank() != 1) return ranks->barrier();
            ranks->abort("gone");
            throw InputError("the file is empty");
        });
    };
    EXPECT_EQ(message_of<InputError>(run), "the file is empty");
}

TEST(ThreadRanks, the_first_of_two_errors_is_thrown_on) {
    const auto run = [] {
        run_thread_ranks(2, [](const Ranks& ranks) {
            if (ranks->rank() == 0) throw InputError("first");
            EXPECT_THROW(ranks->barrier(), RankError);
            throw InputError("second");
        });
    };
    EXPECT_EQ(message_of<InputError>(run), "first");
}

TEST(ThreadRanks, sizes_that_disagree_are_an_error_on_both_sides) {
    std::atomic<int> n_told = 0;
    const auto run = [&](std::size_t n_sent, std::size_t n_expected) {
        run_thread_ranks(2, [&](const Ranks& ranks) {
            std::vector<std::byte> sent(n_sent), room(n_expected);
            const OutgoingMessage outgoing{1, sent};
            const IncomingMessage incoming{0, room};
            if (ranks->rank() == 0) ranks->start({&outgoing, 1}, {});
            else ranks->start({}, {&incoming, 1});
            try {
                ranks->finish();
            } catch (const Error& error) {
                const std::string expected = "rank 1 expects " + std::to_string(n_expected) +
                                             " bytes from rank 0, which has sent " + std::to_string(n_sent);
                EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
                ++n_told;
                throw;
            }
        });
    };
    EXPECT_THROW(run(8, 16), InternalError);
    EXPECT_THROW(run(16, 8), InternalError);
    EXPECT_EQ(n_told, 4);
}

TEST(ThreadRanks, different_collectives_are_an_error_that_names_both) {
    const std::string message = message_of<InternalError>([] {
        run_thread_ranks(2, [](const Ranks& ranks) {
            std::vector<std::int64_t> values(2);
            std::vector<double> others(2);
            if (ranks->rank() == 0) ranks->sum(values);
            else ranks->max(others);
        });
    });
    EXPECT_EQ(message, "rank 0 calls sum of 16 bytes with root 0, but rank 1 calls max of 16 bytes with root 0");
}

TEST(ThreadRanks, collectives_of_different_sizes_are_an_error) {
    const auto sum = [] {
        run_thread_ranks(3, [](const Ranks& ranks) {
            std::vector<std::int64_t> values(ranks->rank() == 2 ? 3 : 2);
            ranks->sum(values);
        });
    };
    EXPECT_EQ(message_of<InternalError>(sum),
              "rank 0 calls sum of 16 bytes with root 0, but rank 2 calls sum of 24 bytes with root 0");
    const auto gather = [] {
        run_thread_ranks(2, [](const Ranks& ranks) {
            std::vector<std::byte> mine(4), all(ranks->rank() == 0 ? 9 : 0);
            const std::vector<std::size_t> sizes = {4, 5};
            ranks->gather(mine, ranks->rank() == 0 ? std::span(sizes) : std::span<const std::size_t>(), all, 0);
        });
    };
    EXPECT_EQ(message_of<InternalError>(gather), "gather: rank 0 expects 5 bytes from rank 1, which gives 4");
}

TEST(ThreadRanks, that_wait_for_each_other_are_an_error_and_not_a_hang) {
    std::vector<std::byte> room(8);
    const auto message_nobody_sends = [&] {
        run_thread_ranks(2, [&](const Ranks& ranks) {
            const IncomingMessage incoming{1, room};
            if (ranks->rank() == 1) return ranks->barrier();
            ranks->start({}, {&incoming, 1});
            ranks->finish();
        });
    };
    EXPECT_EQ(message_of<InternalError>(message_nobody_sends),
              "the ranks wait for each other: rank 0 waits for a message from rank 1, rank 1 is in barrier");
    const auto message_nobody_takes = [&] {
        run_thread_ranks(2, [&](const Ranks& ranks) {
            const OutgoingMessage outgoing{1, room};
            if (ranks->rank() == 1) return;
            ranks->start({&outgoing, 1}, {});
            ranks->finish();
        });
    };
    EXPECT_EQ(message_of<InternalError>(message_nobody_takes),
              "the ranks wait for each other: rank 0 waits until its messages are taken, rank 1 has ended");
    const auto rank_that_ends_early = [] {
        run_thread_ranks(3, [](const Ranks& ranks) {
            if (ranks->rank() != 1) ranks->barrier();
        });
    };
    EXPECT_EQ(message_of<InternalError>(rank_that_ends_early),
              "the ranks wait for each other: rank 0 is in barrier, rank 1 has ended, rank 2 is in barrier");
}

TEST(ThreadRanks, refuse_another_thread_while_one_talks) {
    run_thread_ranks(2, [](const Ranks& ranks) {
        std::string refusal;
        {
            const Communicator::Use outer(*ranks);
            ranks->barrier();  // the same thread may call
            std::thread([&] { refusal = message_of<InputError>([&] { ranks->barrier(); }); }).join();
            const Communicator::Use inner(*ranks);
        }
        EXPECT_NE(refusal.find("another thread is talking to the other ranks (2 ranks as threads)"), std::string::npos);
        std::thread([&] { ranks->barrier(); }).join();  // it has ended
    });
}

TEST(ThreadRanks, stay_together_over_many_rounds) {
    run_thread_ranks(4, [](const Ranks& ranks) {
        std::int64_t total = 0;
        for (int round = 0; round < 2000; ++round) {
            std::vector<std::int64_t> value = {ranks->rank() + round};
            ranks->sum(value);
            total += value[0];
        }
        EXPECT_EQ(total, 2000 * 6 + 4 * (1999 * 2000 / 2));
    });
}

}  // namespace
}  // namespace dpmd::test
