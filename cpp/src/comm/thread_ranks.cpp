// Ranks that are threads of one process. Messages are copied into mailboxes; collectives are carried out by the rank
// that arrives last, in the order of the ranks. A deadlock, in which every rank waits in vain, is an error and not a
// hang.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "comm/check_calls.hpp"
#include "dpmd/communicator.hpp"

namespace dpmd {
namespace {

/// One rank's part in a collective.
struct Call {
    const char* name;
    std::span<const std::byte> in;
    std::span<std::byte> out;
    std::size_t n_bytes = 0;  ///< the same from every rank
    int root = 0;             ///< also the same
    std::span<const std::size_t> sizes = {};
};

std::string describe(const Call& call) {
    return concat(call.name, " of ", call.n_bytes, " bytes with root ", call.root);
}

template <class T>
std::span<T> elements(std::span<std::byte> bytes) {
    return {reinterpret_cast<T*>(bytes.data()), bytes.size() / sizeof(T)};
}

std::string what_of(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& known) {
        return known.what();
    } catch (...) {
        return "an exception of unknown type";
    }
}

class ThreadGroup {
public:
    explicit ThreadGroup(int n_ranks)
        : members_(static_cast<std::size_t>(n_ranks)), calls_(members_.size()), mail_(members_.size()) {
        for (auto& boxes : mail_) boxes.resize(members_.size());
    }
    int size() const { return static_cast<int>(members_.size()); }

    /// Returns when all ranks have arrived with the same call and the last one has carried it out: perform(calls by
    /// rank).
    template <class Perform>
    void meet(int rank, const Call& call, const Perform& perform) {
        std::unique_lock lock(mutex_);
        throw_if_failed();
        calls_[at(rank)] = &call;
        if (++n_come_ < size()) {
            const auto meeting = n_meetings_;
            return wait(lock, rank, concat("is in ", call.name), [&] { return n_meetings_ != meeting; });
        }
        try {
            check_agreement();
            perform(std::as_const(calls_));
        } catch (const Error& error) {
            set_failed(rank, error.what());
            throw;
        }
        n_come_ = 0;
        ++n_meetings_;
        changed_.notify_all();
    }

    void send(int rank, std::span<const OutgoingMessage> outgoing) {
        std::vector<std::vector<std::byte>> copies;
        for (const OutgoingMessage& message : outgoing) copies.emplace_back(message.bytes.begin(), message.bytes.end());
        const std::lock_guard lock(mutex_);
        throw_if_failed();
        for (std::size_t k = 0; k < copies.size(); ++k)
            mail_[at(outgoing[k].peer)][at(rank)].push_back(std::move(copies[k]));
        members_[at(rank)].n_under_way += copies.size();
        changed_.notify_all();
    }

    /// Receives the messages for this rank, and waits until those it sent have been received.
    void receive(int rank, std::span<const IncomingMessage> incoming) {
        std::unique_lock lock(mutex_);
        throw_if_failed();
        for (const IncomingMessage& message : incoming) {
            auto& box = mail_[at(rank)][at(message.peer)];
            wait(lock, rank, concat("waits for a message from rank ", message.peer), [&] { return !box.empty(); });
            if (box.front().size() != message.bytes.size())
                fail(rank, concat("rank ", rank, " expects ", message.bytes.size(), " bytes from rank ", message.peer,
                                  ", which has sent ", box.front().size()));
            std::copy(box.front().begin(), box.front().end(), message.bytes.begin());
            box.pop_front();
            --members_[at(message.peer)].n_under_way;
            changed_.notify_all();
        }
        const std::size_t& n_under_way = members_[at(rank)].n_under_way;
        wait(lock, rank, "waits until its messages are taken", [&] { return n_under_way == 0; });
    }

    void abort(int rank, const std::string& reason) {
        const std::lock_guard lock(mutex_);
        set_failed(rank, reason);
    }

    /// Called when the rank's function has returned or thrown.
    void end(int rank, const std::exception_ptr& error) {
        const std::lock_guard lock(mutex_);
        members_[at(rank)].has_ended = true;
        if (error) {
            set_failed(rank, what_of(error));
            // errors that other ranks throw from now on are consequences of this one
            if (failed_rank_ == rank) first_error_ = error;
        } else if (failed_rank_ < 0 && is_stuck()) {
            set_failed(rank, describe_members());
            first_error_ = std::make_exception_ptr(InternalError(reason_));
        }
    }

    void throw_first_error() {
        const std::lock_guard lock(mutex_);
        if (first_error_) std::rethrow_exception(first_error_);
        throw_if_failed();
    }

private:
    struct Member {
        std::string waits_for;
        std::function<bool()> is_over;  // null: it does not wait
        std::size_t n_under_way = 0;    // messages sent but not yet received
        bool has_ended = false;
    };

    static std::size_t at(int rank) { return static_cast<std::size_t>(rank); }

    void throw_if_failed() const {
        if (failed_rank_ >= 0) throw RankError(concat("rank ", failed_rank_, " has failed: ", reason_));
    }
    void set_failed(int rank, const std::string& reason) {
        if (failed_rank_ >= 0) return;
        failed_rank_ = rank;
        reason_ = reason;
        changed_.notify_all();
    }
    [[noreturn]] void fail(int rank, const std::string& reason) {
        set_failed(rank, reason);
        throw InternalError(reason);
    }

    template <class IsOver>
    void wait(std::unique_lock<std::mutex>& lock, int rank, std::string what, const IsOver& is_over) {
        Member& member = members_[at(rank)];
        member.waits_for = std::move(what);
        member.is_over = std::cref(is_over);
        if (is_stuck()) {
            member.is_over = nullptr;
            fail(rank, describe_members());
        }
        changed_.wait(lock, [&] { return failed_rank_ >= 0 || is_over(); });
        member.is_over = nullptr;
        throw_if_failed();
    }

    /// Whether all ranks wait for something that none of them can bring about.
    bool is_stuck() const {
        const auto rests = [](const Member& m) { return m.has_ended || (m.is_over && !m.is_over()); };
        const auto has_ended = [](const Member& m) { return m.has_ended; };
        return std::all_of(members_.begin(), members_.end(), rests) &&
               !std::all_of(members_.begin(), members_.end(), has_ended);
    }
    std::string describe_members() const {
        std::string out = "the ranks wait for each other:";
        for (std::size_t r = 0; r < members_.size(); ++r)
            out += concat(r == 0 ? " rank " : ", rank ", r, " ",
                          members_[r].has_ended ? "has ended" : members_[r].waits_for);
        return out;
    }

    void check_agreement() const {
        for (std::size_t r = 1; r < calls_.size(); ++r) {
            const std::string first = describe(*calls_[0]), other = describe(*calls_[r]);
            if (first != other) throw InternalError(concat("rank 0 calls ", first, ", but rank ", r, " calls ", other));
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Member> members_;
    std::vector<const Call*> calls_;
    std::vector<std::vector<std::deque<std::vector<std::byte>>>> mail_;  // [to][from]
    int n_come_ = 0;
    std::uint64_t n_meetings_ = 0;
    int failed_rank_ = -1;
    std::string reason_;
    std::exception_ptr first_error_;
};

using Calls = std::vector<const Call*>;

/// Combines values element by element over the ranks, and gives the result to all.
template <class T, class Combine>
void combine(const Calls& calls, const Combine& combine_two) {
    const std::span<T> total = elements<T>(calls[0]->out);
    for (std::size_t r = 1; r < calls.size(); ++r) {
        const std::span<T> values = elements<T>(calls[r]->out);
        std::transform(total.begin(), total.end(), values.begin(), total.begin(), combine_two);
    }
    for (std::size_t r = 1; r < calls.size(); ++r)
        std::copy(total.begin(), total.end(), elements<T>(calls[r]->out).begin());
}

class ThreadRank final : public Communicator {
public:
    ThreadRank(std::shared_ptr<ThreadGroup> group, int rank) : group_(std::move(group)), rank_(rank) {}
    int rank() const noexcept override { return rank_; }
    int size() const noexcept override { return group_->size(); }
    int local_rank() const noexcept override { return rank_; }
    int local_size() const noexcept override { return size(); }
    std::string description() const override { return concat(rank_count(size()), " as threads"); }

    void sum(std::span<std::int64_t> values) override {
        meet_in_place("sum", std::as_writable_bytes(values), [](const Calls& calls) {
            combine<std::uint64_t>(calls, [](std::uint64_t a, std::uint64_t b) { return a + b; });
        });
    }
    void max(std::span<double> values) override {
        meet_in_place("max", std::as_writable_bytes(values), [](const Calls& calls) {
            combine<double>(calls, [](double a, double b) { return std::max(a, b); });
        });
    }
    void broadcast(std::span<std::byte> bytes, int root) override {
        const Use use(*this);
        check_root(*this, "broadcast", root);
        group_->meet(rank_, {"broadcast", bytes, bytes, bytes.size(), root}, [root](const Calls& calls) {
            const std::span<const std::byte> from = calls[static_cast<std::size_t>(root)]->in;
            for (const Call* call : calls)
                if (call->out.data() != from.data()) std::copy(from.begin(), from.end(), call->out.begin());
        });
    }
    void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
        const Use use(*this);
        check_all_gather(*this, mine.size(), all.size());
        group_->meet(rank_, {"all_gather", mine, all, mine.size()}, [](const Calls& calls) {
            for (const Call* to : calls) {
                auto end = to->out.begin();
                for (const Call* from : calls) end = std::copy(from->in.begin(), from->in.end(), end);
            }
        });
    }
    void gather(std::span<const std::byte> mine, std::span<const std::size_t> sizes, std::span<std::byte> all,
                int root) override {
        const Use use(*this);
        check_gather(*this, mine.size(), sizes, all.size(), root);
        group_->meet(rank_, {"gather", mine, all, 0, root, sizes}, [root](const Calls& calls) {
            const Call& to = *calls[static_cast<std::size_t>(root)];
            auto end = to.out.begin();
            for (std::size_t r = 0; r < calls.size(); ++r) {
                if (calls[r]->in.size() != to.sizes[r])
                    throw InternalError(concat("gather: rank ", root, " expects ", to.sizes[r], " bytes from rank ", r,
                                               ", which gives ", calls[r]->in.size()));
                end = std::copy(calls[r]->in.begin(), calls[r]->in.end(), end);
            }
        });
    }
    void all_to_all(std::span<const std::int64_t> to_each, std::span<std::int64_t> from_each) override {
        const Use use(*this);
        check_all_to_all(*this, to_each.size(), from_each.size());
        const Call call{"all_to_all", std::as_bytes(to_each), std::as_writable_bytes(from_each)};
        group_->meet(rank_, call, [](const Calls& calls) {
            constexpr std::size_t n = sizeof(std::int64_t);
            for (std::size_t to = 0; to < calls.size(); ++to)
                for (std::size_t from = 0; from < calls.size(); ++from)
                    std::copy_n(calls[from]->in.begin() + n * to, n, calls[to]->out.begin() + n * from);
        });
    }
    void barrier() override {
        const Use use(*this);
        group_->meet(rank_, {"barrier", {}, {}}, [](const Calls&) {});
    }

    void start(std::span<const OutgoingMessage> outgoing, std::span<const IncomingMessage> incoming) override {
        const Use use(*this);
        check_exchange(*this, outgoing, incoming);
        if (is_exchanging_) throw InternalError("an exchange is started before the last one was finished");
        group_->send(rank_, outgoing);
        incoming_.assign(incoming.begin(), incoming.end());
        is_exchanging_ = true;
    }
    void finish() override {
        const Use use(*this);
        if (!is_exchanging_) throw InternalError("an exchange is finished that was not started");
        is_exchanging_ = false;
        group_->receive(rank_, incoming_);
    }

private:
    void end_job(const std::string& reason) noexcept override { group_->abort(rank_, reason); }

    template <class Perform>
    void meet_in_place(const char* name, std::span<std::byte> bytes, const Perform& perform) {
        const Use use(*this);
        group_->meet(rank_, {name, bytes, bytes, bytes.size()}, perform);
    }

    std::shared_ptr<ThreadGroup> group_;
    int rank_;
    std::vector<IncomingMessage> incoming_;
    bool is_exchanging_ = false;
};

}  // namespace

void run_thread_ranks(int n_ranks, const std::function<void(std::shared_ptr<Communicator>)>& rank_main) {
    if (n_ranks < 1) throw InputError(concat("ranks = ", n_ranks, " is not a positive number"));
    const auto group = std::make_shared<ThreadGroup>(n_ranks);
    const auto run = [&](int rank) {
        std::exception_ptr error;
        try {
            rank_main(std::make_shared<ThreadRank>(group, rank));
        } catch (...) {
            error = std::current_exception();
        }
        group->end(rank, error);
    };
    {
        std::vector<std::jthread> threads;
        try {
            for (int rank = 0; rank < n_ranks; ++rank) threads.emplace_back(run, rank);
        } catch (const std::system_error&) {
            for (int rank = static_cast<int>(threads.size()); rank < n_ranks; ++rank)
                group->end(rank, std::current_exception());
        }
    }
    group->throw_first_error();
}

}  // namespace dpmd
