#include "transport.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "halo_shapes.hpp"
#include "statistics.hpp"

namespace dpmd::bench {
namespace {

/// Seconds per call on the slowest rank, from one measurement. Collective.
template <class F>
double seconds_per_call(Communicator& ranks, int calls, F&& call) {
    ranks.barrier();
    const std::int64_t start = nanoseconds();
    for (int k = 0; k < calls; ++k) call();
    double seconds = 1e-9 * double(nanoseconds() - start) / calls;
    ranks.max({&seconds, 1});
    return seconds;
}

/// The median of the turns, after a first one that does not count.
template <class F>
double measure(Communicator& ranks, int turns, int calls, F&& call) {
    std::vector<double> seconds;
    for (int turn = 0; turn <= turns; ++turn) seconds.push_back(seconds_per_call(ranks, calls, call));
    seconds.erase(seconds.begin());
    return median(seconds);
}

int calls_for(std::size_t bytes, bool quick) { return quick ? 3 : bytes <= 65536 ? 200 : 20; }

std::vector<std::byte> pattern(std::size_t n, int salt) {
    std::vector<std::byte> out(n);
    for (std::size_t k = 0; k < n; ++k) out[k] = std::byte((k * 131 + std::size_t(salt)) & 255);
    return out;
}

/// Messages back and forth between ranks 0 and 1, while the others wait. Seconds one way.
double ping_pong(Communicator& ranks, std::size_t bytes, const Options& options) {
    const int me = ranks.rank(), peer = 1 - me;
    const std::vector<std::byte> sent = pattern(bytes, me);
    std::vector<std::byte> received(bytes);
    const OutgoingMessage out{peer, sent};
    const IncomingMessage in{peer, received};
    const double seconds = measure(ranks, options.turns, calls_for(bytes, options.quick), [&] {
        if (me > 1) return;
        for (int turn = 0; turn < 2; ++turn) {
            if (turn == me) ranks.start({&out, 1}, {});
            else ranks.start({}, {&in, 1});
            ranks.finish();
        }
    });
    if (me <= 1 && received != pattern(bytes, peer))
        throw InternalError(concat(bytes, " bytes came to rank ", me, " other than they were sent"));
    return seconds / 2;
}

/// Messages that ranks 0 and 1 send to each other in successive exchanges: bytes[exchange][message].
class PairOfRanks {
public:
    PairOfRanks(const Communicator& ranks, const std::vector<std::vector<std::size_t>>& bytes)
        : takes_part_(ranks.rank() <= 1) {
        for (const auto& exchange : bytes) {
            auto& [out, in] = exchanges_.emplace_back();
            for (const std::size_t n : exchange) {
                sent_.push_back(pattern(n, ranks.rank()));
                received_.emplace_back(n);
                out.push_back({1 - ranks.rank(), sent_.back()});
                in.push_back({1 - ranks.rank(), received_.back()});
            }
        }
    }
    void exchange(Communicator& ranks) {
        if (!takes_part_) return;
        for (const auto& [out, in] : exchanges_) {
            ranks.start(out, in);
            ranks.finish();
        }
    }

private:
    bool takes_part_;
    std::vector<std::pair<std::vector<OutgoingMessage>, std::vector<IncomingMessage>>> exchanges_;
    std::vector<std::vector<std::byte>> sent_, received_;
};

/// Seconds for `n` messages of `bytes` bytes each way in one exchange.
double many_messages(Communicator& ranks, int n, std::size_t bytes, const Options& options) {
    const auto n_messages = static_cast<std::size_t>(n);
    PairOfRanks pair(ranks, {std::vector<std::size_t>(n_messages, bytes)});
    return measure(ranks, options.turns, calls_for(bytes * n_messages, options.quick), [&] { pair.exchange(ranks); });
}

JsonText measure_pairs(Communicator& ranks, const Options& options) {
    struct Pair {
        std::int64_t bytes;
        double seconds;
    };
    std::vector<Pair> pings, exchanges;
    struct Many {
        int n;
        double seconds;
    };
    std::vector<Many> many;
    for (std::int64_t bytes = 8; bytes <= (options.quick ? 4096 : 4 << 20); bytes *= options.quick ? 16 : 4) {
        pings.push_back({bytes, ping_pong(ranks, std::size_t(bytes), options)});
        exchanges.push_back({bytes, many_messages(ranks, 1, std::size_t(bytes), options)});
    }
    for (const int n : {1, 2, 4, 8, 16, 26}) many.push_back({n, many_messages(ranks, n, 64, options)});
    const auto of_pair = [](const Pair& p) { return json_object({{"bytes", p.bytes}, {"seconds", p.seconds}}); };
    return json_object({{"ping_pong", json_list(pings, of_pair)},
                        {"both_ways", json_list(exchanges, of_pair)},
                        {"messages", json_list(many, [](const Many& m) {
                             return json_object({{"n", m.n}, {"seconds", m.seconds}});
                         })}});
}

JsonText measure_collectives(Communicator& ranks, const Options& options) {
    const int calls = options.quick ? 3 : 200;
    std::vector<JsonText> out;
    const auto add = [&](const char* name, std::int64_t bytes, auto&& call) {
        out.push_back(
            json_object({{"call", name}, {"bytes", bytes}, {"seconds", measure(ranks, options.turns, calls, call)}}));
    };
    for (const std::size_t n : {std::size_t{1}, std::size_t{24}, std::size_t{2048}}) {  // 24: energy, virial, counts
        std::vector<std::int64_t> values(n, 0);
        add("sum", std::int64_t(8 * n), [&] { ranks.sum(values); });
    }
    double value = 1;
    add("max", 8, [&] { ranks.max({&value, 1}); });
    add("barrier", 0, [&] { ranks.barrier(); });
    const auto n_ranks = std::size_t(ranks.size());
    std::vector<std::int64_t> to_each(n_ranks, 1), from_each(n_ranks);
    add("all_to_all", std::int64_t(8 * n_ranks), [&] { ranks.all_to_all(to_each, from_each); });
    return json_list(out, [](const JsonText& text) { return text; });
}

/// Measures direct and staged exchanges in turns.
JsonText measure_halo(Communicator& ranks, const char* system, double density, double reach, std::int64_t n_atoms,
                      const Options& options) {
    const HaloVolumes volumes = HaloVolumes::of_cube(double(n_atoms), density, reach);
    HaloShapes shapes(ranks, volumes);
    const auto check = [&](const char* how) {
        double has_fault = 0;
        const std::string fault = shapes.take_fault();
        if (!fault.empty()) has_fault = 1;
        ranks.max({&has_fault, 1});
        if (has_fault > 0)
            throw InternalError(concat(how, " exchange of a halo: ", fault.empty() ? "another rank" : fault));
    };
    shapes.direct();
    check("direct");
    shapes.staged();
    check("staged");
    const int calls = options.quick ? 2 : int(std::clamp<std::int64_t>(2'000'000 / n_atoms, 5, 500));
    // the same messages between two ranks only: more ranks than cores would wait for cores
    const auto bytes = [&](std::size_t faces, std::size_t edges, std::size_t corners) {
        return sizeof(Row) * (faces * volumes.face + edges * volumes.edge + corners * volumes.corner);
    };
    std::vector<std::size_t> to_26(6, bytes(1, 0, 0));
    to_26.insert(to_26.end(), 12, bytes(0, 1, 0));
    to_26.insert(to_26.end(), 8, bytes(0, 0, 1));
    PairOfRanks at_once(ranks, {to_26});
    PairOfRanks in_stages(
        ranks, {std::vector(2, bytes(1, 0, 0)), std::vector(2, bytes(1, 2, 0)), std::vector(2, bytes(1, 4, 4))});
    std::vector<double> direct, staged, ratio, pair_direct, pair_staged, pair_ratio;
    for (int turn = 0; turn < options.turns; ++turn) {
        pair_direct.push_back(seconds_per_call(ranks, calls, [&] { at_once.exchange(ranks); }));
        pair_staged.push_back(seconds_per_call(ranks, calls, [&] { in_stages.exchange(ranks); }));
        pair_ratio.push_back(pair_staged.back() / pair_direct.back());
        direct.push_back(seconds_per_call(ranks, calls, [&] { shapes.direct(); }));
        staged.push_back(seconds_per_call(ranks, calls, [&] { shapes.staged(); }));
        ratio.push_back(staged.back() / direct.back());
    }
    return json_object({{"system", system},
                        {"atoms_per_rank", n_atoms},
                        {"ghosts", std::int64_t(volumes.ghosts())},
                        {"direct_messages", shapes.n_direct_messages()},
                        {"staged_messages", shapes.n_staged_messages()},
                        {"direct_seconds", median(direct)},
                        {"staged_seconds", median(staged)},
                        {"staged_over_direct", median(ratio)},
                        {"of_the_turns", json_list(ratio)},
                        {"pair_direct_seconds", median(pair_direct)},
                        {"pair_staged_seconds", median(pair_staged)},
                        {"pair_staged_over_direct", median(pair_ratio)},
                        {"pair_of_the_turns", json_list(pair_ratio)}});
}

}  // namespace

JsonText measure_transport(Communicator& ranks, const std::string& transport, const Options& options) {
    if (ranks.size() < 2) throw InputError("messages are measured between two ranks or more");
    const JsonText pairs = measure_pairs(ranks, options), collectives = measure_collectives(ranks, options);
    std::vector<JsonText> halos;
    std::vector<std::int64_t> sizes = options.atoms_per_rank;
    if (sizes.empty()) sizes = {100, 1000, 10'000, 100'000};
    for (const std::int64_t n : sizes) {
        halos.push_back(measure_halo(ranks, "water", 0.098, 7, n, options));
        halos.push_back(measure_halo(ranks, "copper", 0.085, 10, n, options));
    }
    return json_object({{"kind", "transport"},
                        {"transport", json_string(transport)},
                        {"n_ranks", ranks.size()},
                        {"pairs", pairs},
                        {"collectives", collectives},
                        {"halos", json_list(halos, [](const JsonText& text) { return text; })}});
}

}  // namespace dpmd::bench
