// A single rank: the result of every collective is its own input.
#include <algorithm>

#include "comm/check_calls.hpp"
#include "comm/collective_call.hpp"
#include "dpmd/communicator.hpp"

namespace dpmd {
namespace {

class SingleRank final : public Communicator {
public:
    int rank() const noexcept override { return 0; }
    int size() const noexcept override { return 1; }
    int local_rank() const noexcept override { return 0; }
    int local_size() const noexcept override { return 1; }
    std::string description() const override { return rank_count(1); }

    void sum(std::span<std::int64_t>) override {}
    void max(std::span<double>) override {}
    void broadcast(std::span<std::byte>, int root) override { check_root(*this, "broadcast", root); }
    void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
        check_all_gather(*this, mine.size(), all.size());
        std::copy(mine.begin(), mine.end(), all.begin());
    }
    void gather(std::span<const std::byte> mine, std::span<const std::size_t> sizes, std::span<std::byte> all,
                int root) override {
        check_gather(*this, mine.size(), sizes, all.size(), root);
        std::copy(mine.begin(), mine.end(), all.begin());
    }
    void all_to_all(std::span<const std::int64_t> to_each, std::span<std::int64_t> from_each) override {
        check_all_to_all(*this, to_each.size(), from_each.size());
        from_each[0] = to_each[0];
    }
    void barrier() override {}

    void start(std::span<const OutgoingMessage> outgoing, std::span<const IncomingMessage> incoming) override {
        check_exchange(*this, outgoing, incoming);
        if (is_exchanging_) throw InternalError("an exchange is started before the last one was finished");
        is_exchanging_ = true;
    }
    void finish() override {
        if (!is_exchanging_) throw InternalError("an exchange is finished that was not started");
        is_exchanging_ = false;
    }

private:
    void end_job(const std::string&) noexcept override {}

    bool is_exchanging_ = false;
};

}  // namespace

Communicator::Communicator() : call_order_(std::make_unique<CallOrder>()) {}
Communicator::~Communicator() = default;

void Communicator::abort(const std::string& reason) noexcept {
    if (!call_order_->home.is_here()) return;
    call_order_->has_ended = true;
    end_job(reason);
}

Communicator::Use::Use(Communicator& ranks) : ranks_(ranks), is_outermost_(false) {
    if (ranks.size() == 1) return;
    const std::thread::id me = std::this_thread::get_id();
    std::thread::id user{};
    is_outermost_ = ranks.user_.compare_exchange_strong(user, me);
    if (!is_outermost_ && user != me)
        throw InputError(concat("another thread is talking to the other ranks (", ranks.description(),
                                "); with several ranks what is collective is asked by the thread that runs the "
                                "simulation, in a callback or between two runs"));
}
Communicator::Use::~Use() {
    if (is_outermost_) ranks_.user_ = std::thread::id{};
}

std::shared_ptr<Communicator> make_single_rank() { return std::make_shared<SingleRank>(); }

}  // namespace dpmd
