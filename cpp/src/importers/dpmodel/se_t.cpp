#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/dpmodel/descriptors.hpp"
#include "importers/dpmodel/environment.hpp"
#include "importers/dpmodel/networks.hpp"

namespace dpmd::importers {
namespace {

/// The nets of the pairs a <= b, by a; types without slots have none.
PairNets read_pair_nets(const Section& section, const std::vector<int>& sel) {
    const std::size_t n = sel.size();
    auto found = read_networks(section, 2, static_cast<int>(n), true);
    if (found.size() != n * n)
        throw InputError(concat(section.place(), ": ", found.size(), " embedding nets, expected ", n * n));
    PairNets out;
    out.n_types = static_cast<int>(n);
    for (std::size_t a = 0; a < n; ++a) {
        std::string lost;
        for (std::size_t b = a; b < n; ++b) {
            const bool has_slots = sel[a] != 0 && sel[b] != 0;
            out.nets.push_back(has_slots ? std::move(found[a + n * b]) : std::nullopt);
            if (has_slots && !out.nets.back()) lost += concat(lost.empty() ? "" : ", ", "(", a, ", ", b, ")");
        }
        if (!lost.empty())
            throw InputError(concat(section.place(), ": no embedding net for the type pairs [", lost, "]"));
    }
    return out;
}

}  // namespace

SeT read_se_t(const Section& section) {
    SeT out;
    out.environment = read_environment(section, 4);
    out.pair_normalization = section.integers("sel");
    out.embedding = read_pair_nets(section, out.pair_normalization);
    return out;
}

}  // namespace dpmd::importers
