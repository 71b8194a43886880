// N of the mean over neighbours, as a frozen TensorFlow graph shows it.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/graph_environment.hpp"

namespace dpmd::importers {
namespace {

constexpr double rounding = 1e-5;  // of single precision
constexpr double largest = std::numeric_limits<int>::max();

/// The whole number that a value is in single precision; 0 where it is not one.
std::int64_t count_of(double value) {
    const double whole = std::rint(value);
    const bool is_count = whole > 0 && whole <= largest && std::fabs(value - whole) < rounding * whole;
    return is_count ? static_cast<std::int64_t>(whole) : 0;
}

std::int64_t sum_of(const std::vector<std::int64_t>& sel, const std::string& place) {
    double sum = 0;
    for (const std::int64_t n : sel) sum += double(n);
    if (!(std::fabs(sum) <= largest)) throw InputError(concat(place, ": ", shown(sel), " are not slots"));
    return static_cast<std::int64_t>(sum);
}

std::string original_sel(const DescriptorScope& scope) { return scope.attributes + "/original_sel"; }

int sum_in_use(const DescriptorScope& scope) { return std::accumulate(scope.sel.begin(), scope.sel.end(), 0); }

}  // namespace

int normalization_of(const DescriptorScope& scope) {
    const Graph& graph = scope.graph;
    std::set<std::int64_t> divisors;
    const std::vector<const Node*> quotients = scope.constants("truediv/y");
    for (const Node* node : quotients) divisors.insert(count_of(graph.number(node->name)));
    if (quotients.empty())
        for (const Node* node : scope.constants("mul/y"))
            if (const double factor = graph.number(node->name); factor > 0) divisors.insert(count_of(1 / factor));
    divisors.erase(0);
    const std::string stored = original_sel(scope);
    if (graph.has(stored)) divisors.insert(sum_of(graph.integers(stored), graph.at(stored)));
    if (divisors.size() > 1)
        throw InputError(concat(graph.place(), ": the graph normalises by ",
                                shown(std::vector<std::int64_t>(divisors.begin(), divisors.end())), ", one expected"));
    return divisors.empty() ? sum_in_use(scope) : static_cast<int>(*divisors.begin());
}

int sum_of_original_sel(const DescriptorScope& scope) {
    const std::string stored = original_sel(scope);
    if (!scope.graph.has(stored)) return sum_in_use(scope);
    return static_cast<int>(sum_of(scope.graph.integers(stored), scope.graph.at(stored)));
}

}  // namespace dpmd::importers
