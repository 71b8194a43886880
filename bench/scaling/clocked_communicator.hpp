#pragma once
// A communicator that records its traffic, and how long its calls take.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "core/clock.hpp"
#include "dpmd/communicator.hpp"

namespace dpmd::bench {

/// The traffic of one rank. The time of a call includes waiting for other ranks.
struct Traffic {
    std::int64_t n_collectives = 0, n_exchanges = 0, n_messages = 0, bytes_out = 0, bytes_in = 0;
    std::int64_t collectives = 0, start = 0, finish = 0;  ///< nanoseconds

    Traffic operator-(const Traffic& before) const {
        return {n_collectives - before.n_collectives,
                n_exchanges - before.n_exchanges,
                n_messages - before.n_messages,
                bytes_out - before.bytes_out,
                bytes_in - before.bytes_in,
                collectives - before.collectives,
                start - before.start,
                finish - before.finish};
    }
};

class ClockedCommunicator final : public Communicator {
public:
    explicit ClockedCommunicator(std::shared_ptr<Communicator> ranks) : ranks_(std::move(ranks)) {}
    const Traffic& traffic() const { return traffic_; }

    int rank() const noexcept override { return ranks_->rank(); }
    int size() const noexcept override { return ranks_->size(); }
    int local_rank() const noexcept override { return ranks_->local_rank(); }
    int local_size() const noexcept override { return ranks_->local_size(); }
    std::string description() const override { return ranks_->description(); }
    bool takes_device_memory() const noexcept override { return ranks_->takes_device_memory(); }

    void sum(std::span<std::int64_t> values) override {
        collective([&] { ranks_->sum(values); });
    }
    void max(std::span<double> values) override {
        collective([&] { ranks_->max(values); });
    }
    void broadcast(std::span<std::byte> bytes, int root) override {
        collective([&] { ranks_->broadcast(bytes, root); });
    }
    void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
        collective([&] { ranks_->all_gather(mine, all); });
    }
    void gather(std::span<const std::byte> mine, std::span<const std::size_t> sizes, std::span<std::byte> all,
                int root) override {
        collective([&] { ranks_->gather(mine, sizes, all, root); });
    }
    void all_to_all(std::span<const std::int64_t> to_each, std::span<std::int64_t> from_each) override {
        collective([&] { ranks_->all_to_all(to_each, from_each); });
    }
    void barrier() override {
        collective([&] { ranks_->barrier(); });
    }

    void start(std::span<const OutgoingMessage> outgoing, std::span<const IncomingMessage> incoming) override {
        for (const OutgoingMessage& message : outgoing) traffic_.bytes_out += std::int64_t(message.bytes.size());
        for (const IncomingMessage& message : incoming) traffic_.bytes_in += std::int64_t(message.bytes.size());
        traffic_.n_messages += std::int64_t(outgoing.size());
        ++traffic_.n_exchanges;
        clocked(traffic_.start, [&] { ranks_->start(outgoing, incoming); });
    }
    void finish() override {
        clocked(traffic_.finish, [&] { ranks_->finish(); });
    }

private:
    void end_job(const std::string& reason) noexcept override { ranks_->abort(reason); }

    template <class F>
    void clocked(std::int64_t& clock, F&& call) {
        const std::int64_t start = nanoseconds();
        call();
        clock += nanoseconds() - start;
    }
    template <class F>
    void collective(F&& call) {
        ++traffic_.n_collectives;
        clocked(traffic_.collectives, call);
    }

    std::shared_ptr<Communicator> ranks_;
    Traffic traffic_;
};

}  // namespace dpmd::bench
