#include <algorithm>

#include "importers/common.hpp"
#include "importers/dpmodel/descriptors.hpp"
#include "importers/dpmodel/environment.hpp"
#include "importers/dpmodel/typed_network.hpp"

namespace dpmd::importers {
namespace {

constexpr int highest_version = 2;  // whose meaning is known

/// In the dictionary the type of the first neighbour counts the rows.
std::vector<double> with_types_exchanged(const std::vector<double>& factors, int n_types, int n_channels) {
    const auto n_rows = std::size_t(n_types) + 1, n = std::size_t(n_channels);
    std::vector<double> out(factors.size());
    for (std::size_t a = 0; a < n_rows; ++a)
        for (std::size_t b = 0; b < n_rows; ++b)
            std::copy_n(factors.begin() + std::ptrdiff_t((a * n_rows + b) * n), n,
                        out.begin() + std::ptrdiff_t((b * n_rows + a) * n));
    return out;
}

}  // namespace

SeTTebd read_se_t_tebd(const Section& section) {
    check_version(section, highest_version);
    SeTTebd out;
    out.type_input = read_type_input(section);
    const int n_types = checked_types(section.integer("ntypes"), section.at("ntypes"));
    read_typed_network(section, n_types, Bodies::three, out);
    if (!out.type_factors.empty()) out.type_factors = with_types_exchanged(out.type_factors, n_types, out.n_channels());
    out.environment = read_shared_environment(section, n_types, false);
    out.smooth = section.flag("smooth", true);
    out.output_type_embedding = section.flag("concat_output_tebd", true);
    return out;
}

}  // namespace dpmd::importers
