#include "importers/dpmodel/embedding_nets.hpp"

#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/dpmodel/networks.hpp"

namespace dpmd::importers {

EmbeddingNets read_embedding_nets(const Section& descriptor, const Environment& environment) {
    EmbeddingNets out;
    out.type_one_side = descriptor.flag("type_one_side", false);
    const std::vector<int> sel = descriptor.integers("sel");
    const std::size_t n_types = sel.size(), n_rows = out.type_one_side ? 1 : n_types;
    auto found = read_networks(descriptor, out.type_one_side ? 1 : 2, static_cast<int>(n_types), false);
    if (found.size() != n_rows * n_types)
        throw InputError(
            concat(descriptor.place(), ": ", found.size(), " embedding nets, expected ", n_rows * n_types));
    for (std::size_t center = 0; center < n_rows; ++center) {
        auto& row = out.nets.emplace_back();
        for (std::size_t neighbor = 0; neighbor < n_types; ++neighbor) {
            row.push_back(std::move(found[center + n_rows * neighbor]));
            const bool is_excluded =
                !out.type_one_side && holds_pair(environment.exclude_types, int(center), int(neighbor));
            if (!row.back() && sel[neighbor] != 0 && !is_excluded)
                throw InputError(
                    concat(descriptor.place(), ": no embedding net for centre ", center, " and neighbour ", neighbor));
        }
    }
    return out;
}

}  // namespace dpmd::importers
