#include "comm/row_exchange.hpp"

#include <numeric>

namespace dpmd {

RowExchange::RowExchange(Communicator& ranks, std::span<const int> rank_of)
    : ranks_(ranks), to_each_(std::size_t(ranks.size()), 0), from_each_(std::size_t(ranks.size()), 0) {
    for (std::size_t i = 0; i < rank_of.size(); ++i) {
        if (rank_of[i] == ranks.rank()) {
            staying_.push_back(i);
            continue;
        }
        leaving_.push_back(i);
        ++to_each_[std::size_t(rank_of[i])];
    }
    std::stable_sort(leaving_.begin(), leaving_.end(),
                     [&](std::size_t a, std::size_t b) { return rank_of[a] < rank_of[b]; });
    ranks.all_to_all(to_each_, from_each_);
    n_rows_ = staying_.size() + std::size_t(std::accumulate(from_each_.begin(), from_each_.end(), std::int64_t(0)));
    n_moved_ = static_cast<std::int64_t>(leaving_.size());
    ranks.sum({&n_moved_, 1});
}

void RowExchange::exchange(std::span<const std::byte> sent, std::span<std::byte> received, std::size_t row_bytes) {
    if (n_moved_ == 0) return;
    std::vector<OutgoingMessage> outgoing;
    std::vector<IncomingMessage> incoming;
    for (std::size_t r = 0; r < to_each_.size(); ++r) {
        const std::size_t out_bytes = std::size_t(to_each_[r]) * row_bytes;
        const std::size_t in_bytes = std::size_t(from_each_[r]) * row_bytes;
        if (out_bytes > 0) outgoing.push_back({static_cast<int>(r), sent.first(out_bytes)});
        if (in_bytes > 0) incoming.push_back({static_cast<int>(r), received.first(in_bytes)});
        sent = sent.subspan(out_bytes);
        received = received.subspan(in_bytes);
    }
    ranks_.start(outgoing, incoming);
    ranks_.finish();
}

}  // namespace dpmd
