#include "md/gather.hpp"

#include <algorithm>

namespace dpmd::md {

Gather::Gather(const State& state) : state_(state) {
    Communicator& ranks = *state.ranks;
    if (ranks.size() == 1) return;
    const std::int64_t n = state.n;
    counts_.resize(std::size_t(ranks.size()));
    ranks.all_gather(std::as_bytes(std::span(&n, 1)), std::as_writable_bytes(std::span(counts_)));
    if (state.is_first()) ids_.resize(std::size_t(state.n_total));
    collect(std::as_bytes(state.ids.on_host()), std::as_writable_bytes(std::span(ids_)), sizeof(std::int64_t));
}

/// A rank without atoms learns the width from the others.
std::size_t Gather::width_of(std::size_t n_values) const {
    double width = state_.n > 0 ? double(n_values) / double(state_.n) : 0.0;
    state_.ranks->max({&width, 1});
    return static_cast<std::size_t>(width);
}

void Gather::collect(std::span<const std::byte> mine, std::span<std::byte> all, std::size_t row_bytes) const {
    std::vector<std::size_t> sizes;
    if (state_.is_first())
        for (const std::int64_t n : counts_) sizes.push_back(std::size_t(n) * row_bytes);
    state_.ranks->gather(mine, sizes, all, 0);
}

}  // namespace dpmd::md
