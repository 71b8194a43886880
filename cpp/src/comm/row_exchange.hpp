#pragma once
// Moves rows of arrays between ranks, for atoms that migrate.
#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "dpmd/communicator.hpp"

namespace dpmd {

class RowExchange {
public:
    /// `rank_of`[n]: the rank to which each row of this rank goes. Collective.
    RowExchange(Communicator& ranks, std::span<const int> rank_of);

    /// The number of rows that stay or arrive here.
    std::size_t n_rows() const { return n_rows_; }
    /// The number of rows on all ranks that change rank.
    std::int64_t n_moved() const { return n_moved_; }

    /// Replaces the rows [n][width] by those of this rank's new atoms: first the rows that stayed, in their order, then
    /// those that arrived, by rank. Collective.
    template <class T>
    void move(std::vector<T>& rows, std::size_t width) {
        std::vector<T> sent(leaving_.size() * width), out(n_rows_ * width);
        for (std::size_t k = 0; k < leaving_.size(); ++k)
            std::copy_n(rows.data() + width * leaving_[k], width, sent.data() + width * k);
        for (std::size_t k = 0; k < staying_.size(); ++k)
            std::copy_n(rows.data() + width * staying_[k], width, out.data() + width * k);
        exchange(std::as_bytes(std::span(sent)),
                 std::as_writable_bytes(std::span(out).subspan(staying_.size() * width)), width * sizeof(T));
        rows = std::move(out);
    }

private:
    void exchange(std::span<const std::byte> sent, std::span<std::byte> received, std::size_t row_bytes);

    Communicator& ranks_;
    std::vector<std::size_t> staying_, leaving_;  // rows; leaving ones are sorted by rank
    std::vector<std::int64_t> to_each_, from_each_;
    std::size_t n_rows_ = 0;
    std::int64_t n_moved_ = 0;
};

}  // namespace dpmd
