#include "parallel/communicator_cases.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace dpmd::test {
namespace {

using Bytes = std::vector<std::byte>;

/// Bytes that tell the sender, the receiver and the number of the message.
Bytes pattern(std::size_t n, int from, int to = 0, int number = 0) {
    Bytes out(n);
    for (std::size_t k = 0; k < n; ++k)
        out[k] = static_cast<std::byte>(k * 7 + k / 251 + static_cast<std::size_t>(from * 31 + to * 17 + number * 5));
    return out;
}

void each_rank_has_a_number_of_its_own(Communicator& ranks) {
    ASSERT_GE(ranks.rank(), 0);
    ASSERT_LT(ranks.rank(), ranks.size());
    std::vector<std::int64_t> counts(static_cast<std::size_t>(ranks.size()), 0);
    counts[static_cast<std::size_t>(ranks.rank())] = 1;

    ranks.sum(counts);

    EXPECT_EQ(counts, std::vector<std::int64_t>(counts.size(), 1));
    EXPECT_GE(ranks.local_rank(), 0);
    EXPECT_LT(ranks.local_rank(), ranks.local_size());
    EXPECT_LE(ranks.local_size(), ranks.size());
}

void sums_are_exact_and_wrap(Communicator& ranks) {
    const std::int64_t n = ranks.size(), r = ranks.rank();
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    std::vector<std::int64_t> values = {r, -r, (std::int64_t{1} << 53) + r, largest, r == 0 ? largest : 1};

    ranks.sum(values);

    const std::int64_t triangle = n * (n - 1) / 2;
    EXPECT_EQ(values[0], triangle);
    EXPECT_EQ(values[1], -triangle);
    EXPECT_EQ(values[2], n * (std::int64_t{1} << 53) + triangle);
    const auto wrapped = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
    EXPECT_EQ(values[3], wrapped(static_cast<std::uint64_t>(largest) * static_cast<std::uint64_t>(n)));
    EXPECT_EQ(values[4], wrapped(static_cast<std::uint64_t>(largest) + static_cast<std::uint64_t>(n - 1)));
}

void max_knows_infinities(Communicator& ranks) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double r = ranks.rank();
    std::vector<double> values = {r, -r - 1, -infinity, r == ranks.size() - 1 ? infinity : r, r == 0 ? 3.5 : -infinity};

    ranks.max(values);

    EXPECT_EQ(values, (std::vector<double>{ranks.size() - 1.0, -1.0, -infinity, infinity, 3.5}));
}

void collectives_take_nothing(Communicator& ranks) {
    ranks.sum({});
    ranks.max({});
    ranks.broadcast({}, 0);
    ranks.all_gather({}, {});
    ranks.barrier();
    const std::vector<std::size_t> sizes(ranks.rank() == 0 ? static_cast<std::size_t>(ranks.size()) : 0, 0);
    ranks.gather({}, sizes, {}, 0);
    ranks.start({}, {});
    ranks.finish();
}

void broadcast_comes_from_each_root(Communicator& ranks) {
    for (int root = 0; root < ranks.size(); ++root) {
        for (const std::size_t n : {1u, 13u, 5000u}) {
            Bytes bytes = ranks.rank() == root ? pattern(n, root) : Bytes(n);
            ranks.broadcast(bytes, root);
            EXPECT_EQ(bytes, pattern(n, root)) << "root " << root;
        }
    }
}

void all_gather_is_ordered_by_rank(Communicator& ranks) {
    for (const std::size_t n : {1u, 24u, 4099u}) {
        const Bytes mine = pattern(n, ranks.rank());
        Bytes all(n * static_cast<std::size_t>(ranks.size())), expected;
        ranks.all_gather(mine, all);
        for (int r = 0; r < ranks.size(); ++r) {
            const Bytes part = pattern(n, r);
            expected.insert(expected.end(), part.begin(), part.end());
        }
        EXPECT_EQ(all, expected);
    }
}

void gather_takes_unequal_and_empty_parts(Communicator& ranks) {
    const auto size_of = [](int r) { return r % 3 == 1 ? std::size_t{0} : static_cast<std::size_t>(100 * r + 7); };
    for (int root = 0; root < ranks.size(); ++root) {
        std::vector<std::size_t> sizes;
        Bytes expected;
        for (int r = 0; ranks.rank() == root && r < ranks.size(); ++r) {
            const Bytes part = pattern(size_of(r), r);
            sizes.push_back(part.size());
            expected.insert(expected.end(), part.begin(), part.end());
        }
        Bytes all(expected.size());

        ranks.gather(pattern(size_of(ranks.rank()), ranks.rank()), sizes, all, root);

        EXPECT_EQ(all, expected) << "root " << root;
    }
}

void all_to_all_transposes(Communicator& ranks) {
    std::vector<std::int64_t> to_each, expected;
    for (int r = 0; r < ranks.size(); ++r) {
        to_each.push_back(1000 * ranks.rank() + r);
        expected.push_back(1000 * r + ranks.rank());
    }
    std::vector<std::int64_t> from_each(to_each.size(), -1);

    ranks.all_to_all(to_each, from_each);

    EXPECT_EQ(from_each, expected);
}

/// Sends count(from, to) messages from each rank to each other, of size(from, to, number) bytes, and checks all of
/// them.
template <class Count, class Size>
void exchange(Communicator& ranks, const Count& count, const Size& size) {
    std::vector<Bytes> sent, received, expected;
    std::vector<int> to, from;
    for (int peer = 0; peer < ranks.size(); ++peer) {
        if (peer == ranks.rank()) continue;
        for (int k = 0; k < count(ranks.rank(), peer); ++k) {
            to.push_back(peer);
            sent.push_back(pattern(size(ranks.rank(), peer, k), ranks.rank(), peer, k));
        }
        for (int k = 0; k < count(peer, ranks.rank()); ++k) {
            from.push_back(peer);
            expected.push_back(pattern(size(peer, ranks.rank(), k), peer, ranks.rank(), k));
            received.emplace_back(expected.back().size());
        }
    }
    std::vector<OutgoingMessage> outgoing;
    std::vector<IncomingMessage> incoming;
    for (std::size_t k = 0; k < sent.size(); ++k) outgoing.push_back({to[k], sent[k]});
    for (std::size_t k = 0; k < received.size(); ++k) incoming.push_back({from[k], received[k]});

    ranks.start(outgoing, incoming);
    ranks.finish();

    for (std::size_t k = 0; k < received.size(); ++k) EXPECT_EQ(received[k], expected[k]) << "from " << from[k];
}

void exchange_takes_any_number_of_messages(Communicator& ranks) {
    for (int round = 0; round < 5; ++round)
        exchange(
            ranks, [&](int from, int to) { return (from + 2 * to + round) % 5; },
            [](int from, int to, int k) { return static_cast<std::size_t>(10 * from + to + 100 * k); });
}

void messages_of_nothing_arrive(Communicator& ranks) {
    exchange(
        ranks, [](int, int) { return 2; }, [](int, int, int k) { return static_cast<std::size_t>(k % 2); });
}

void messages_keep_their_order(Communicator& ranks) {
    // equal in size, different in content; some so large that they are sent in another way than small ones
    exchange(
        ranks, [](int, int) { return 40; }, [](int, int, int) { return std::size_t{16}; });
    exchange(
        ranks, [](int, int) { return 8; }, [](int, int, int k) { return k % 2 == 0 ? std::size_t{70000} : 8u; });
}

void large_messages_arrive(Communicator& ranks) {
    // in a ring, so that memory does not grow with the square of the ranks
    exchange(
        ranks, [&](int from, int to) { return to == (from + 1) % ranks.size() ? 1 : 0; },
        [](int from, int, int) { return (std::size_t{3} << 20) + static_cast<std::size_t>(from); });
}

void large_collectives_agree(Communicator& ranks) {
    const std::size_t n = (std::size_t{1} << 18) + 3;
    std::vector<std::int64_t> values(n);
    std::iota(values.begin(), values.end(), ranks.rank());
    ranks.sum(values);
    const std::int64_t n_ranks = ranks.size(), triangle = n_ranks * (n_ranks - 1) / 2;
    std::size_t n_wrong = 0;
    for (std::size_t k = 0; k < n; ++k) n_wrong += values[k] != n_ranks * static_cast<std::int64_t>(k) + triangle;
    EXPECT_EQ(n_wrong, 0u);
}

void work_goes_on_between_start_and_finish(Communicator& ranks) {
    const int n = ranks.size(), left = (ranks.rank() + n - 1) % n, right = (ranks.rank() + 1) % n;
    if (n == 1) return;
    const Bytes sent = pattern(1000, ranks.rank());
    Bytes received(sent.size());
    const OutgoingMessage outgoing{right, sent};
    const IncomingMessage incoming{left, received};
    std::vector<std::int64_t> ones = {1};

    ranks.start({&outgoing, 1}, {&incoming, 1});
    ranks.sum(ones);
    ranks.finish();

    EXPECT_EQ(ones[0], n);
    EXPECT_EQ(received, pattern(1000, left));
}

void misuse_is_refused(Communicator& ranks) {
    Bytes bytes(8);
    const OutgoingMessage to_self{ranks.rank(), bytes};
    EXPECT_THROW(ranks.start({&to_self, 1}, {}), InternalError);
    EXPECT_THROW(ranks.finish(), InternalError);
    EXPECT_THROW(ranks.broadcast(bytes, ranks.size()), InternalError);
    EXPECT_THROW(ranks.all_gather(bytes, {}), InternalError);
    EXPECT_THROW(ranks.all_to_all({}, {}), InternalError);
    ranks.barrier();
}

#define DPMD_CASE(name) \
    { #name, &(name) }
constexpr CommunicatorCase cases[] = {DPMD_CASE(each_rank_has_a_number_of_its_own),
                                      DPMD_CASE(sums_are_exact_and_wrap),
                                      DPMD_CASE(max_knows_infinities),
                                      DPMD_CASE(collectives_take_nothing),
                                      DPMD_CASE(broadcast_comes_from_each_root),
                                      DPMD_CASE(all_gather_is_ordered_by_rank),
                                      DPMD_CASE(gather_takes_unequal_and_empty_parts),
                                      DPMD_CASE(all_to_all_transposes),
                                      DPMD_CASE(exchange_takes_any_number_of_messages),
                                      DPMD_CASE(messages_of_nothing_arrive),
                                      DPMD_CASE(messages_keep_their_order),
                                      DPMD_CASE(large_messages_arrive),
                                      DPMD_CASE(large_collectives_agree),
                                      DPMD_CASE(work_goes_on_between_start_and_finish),
                                      DPMD_CASE(misuse_is_refused)};

}  // namespace

std::span<const CommunicatorCase> communicator_cases() { return cases; }

}  // namespace dpmd::test
