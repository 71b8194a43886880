#pragma once
// Gathers the atoms of all ranks in one place, in the order of their ids.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "md/state.hpp"

namespace dpmd::md {

/// Rows [n_total][width], or a view of them.
template <class T>
struct GatheredRows {
    std::vector<T> storage;
    std::span<const T> rows;
};

/// A gatherer, valid until atoms change their rank.
class Gather {
public:
    /// Collective, like all functions below.
    explicit Gather(const State& state);

    /// The rows of all ranks on rank 0, and no rows on the others. With one rank a view, valid until the array changes.
    template <class T>
    GatheredRows<T> at_first(std::span<const T> mine) const {
        if (state_.ranks->size() == 1) return {{}, mine};
        GatheredRows<T> out;
        const std::size_t width = width_of(mine.size());
        std::vector<T> by_rank(ids_.size() * width);
        collect(std::as_bytes(mine), std::as_writable_bytes(std::span(by_rank)), width * sizeof(T));
        out.storage.resize(by_rank.size());
        for (std::size_t k = 0; k < ids_.size(); ++k)
            for (std::size_t c = 0; c < width; ++c)
                out.storage[width * std::size_t(ids_[k]) + c] = by_rank[width * k + c];
        out.rows = out.storage;
        return out;
    }
    template <class T>
    GatheredRows<T> at_first(const MirroredArray<T>& mine) const {
        return at_first(mine.on_host());
    }

    /// The rows of all ranks, on every rank.
    template <class T>
    GatheredRows<T> everywhere(const MirroredArray<T>& mine) const {
        const std::size_t width = width_of(mine.size());
        GatheredRows<T> out = at_first(mine);
        if (state_.ranks->size() == 1) return out;
        out.storage.resize(std::size_t(state_.n_total) * width);
        state_.ranks->broadcast(std::as_writable_bytes(std::span(out.storage)), 0);
        out.rows = out.storage;
        return out;
    }

private:
    /// Values per atom, the same on every rank.
    std::size_t width_of(std::size_t n_values) const;
    void collect(std::span<const std::byte> mine, std::span<std::byte> all, std::size_t row_bytes) const;

    const State& state_;
    std::vector<std::int64_t> counts_;  // atoms of each rank
    std::vector<std::int64_t> ids_;     // by rank, at rank 0
};

}  // namespace dpmd::md
