#pragma once
// Ranks that are processes, with an MPI library of any of the binary interfaces in abi.hpp.
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "comm/check_calls.hpp"
#include "comm/mpi/functions.hpp"
#include "comm/mpi_module.hpp"

namespace dpmd::mpi {

/// MPI for the lifetime of this process: initialised here unless it already is, and finalised by whoever initialised
/// it.
template <class Abi>
class Session {
public:
    static Session& of(const Functions<Abi>& functions) {
        static Session session(functions);
        return session;
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    /// The process ends. After an abort there is no other rank to end with, and a forked process must not end its
    /// parent's MPI.
    ~Session() {
        if (process_ == ::getpid() && begun_here_ && !is_aborted && !is_over()) mpi_.Finalize();
    }
    bool is_over() const {
        int answer = 0;
        return mpi_.Finalized(&answer) != 0 || answer != 0;
    }
    bool is_aborted = false;

private:
    explicit Session(const Functions<Abi>& functions) : mpi_(functions) {
        int is_begun = 0, provided = 0;
        if (mpi_.Initialized(&is_begun) != 0 || is_over())
            throw RankError("MPI was finalized in this process; make dpmd's ranks before");
        if (is_begun != 0) return;
        // serialized: Python may call from any of its threads
        if (mpi_.Init_thread(nullptr, nullptr, Abi::thread_serialized, &provided) != 0)
            throw RankError("MPI_Init_thread has failed");
        begun_here_ = true;
    }
    const Functions<Abi> mpi_;
    const pid_t process_ = ::getpid();
    bool begun_here_ = false;
};

template <class Abi>
class MpiCommunicator final : public Communicator {
public:
    MpiCommunicator(const MpiLibrary& library, std::string name, std::size_t longest_part)
        : mpi_(library.handle),
          session_(Session<Abi>::of(mpi_)),
          objects_(Abi::objects(library.handle)),
          name_(std::move(name)),
          longest_part_(longest_part),
          takes_device_memory_(asks_device_memory(library.handle)) {
        // a separate context, so that other messages do not interfere; it ends with MPI
        check(mpi_.Comm_dup(objects_.world, &comm_), "MPI_Comm_dup");
        check(mpi_.Comm_set_errhandler(comm_, objects_.errors_return), "MPI_Comm_set_errhandler");
        check(mpi_.Comm_rank(comm_, &rank_), "MPI_Comm_rank");
        check(mpi_.Comm_size(comm_, &size_), "MPI_Comm_size");
        typename Abi::Comm machine{};
        check(mpi_.Comm_split_type(comm_, Abi::shared_memory, rank_, objects_.no_info, &machine),
              "MPI_Comm_split_type");
        check(mpi_.Comm_rank(machine, &local_rank_), "MPI_Comm_rank");
        check(mpi_.Comm_size(machine, &local_size_), "MPI_Comm_size");
        check(mpi_.Comm_free(&machine), "MPI_Comm_free");
    }

    int rank() const noexcept override { return rank_; }
    int size() const noexcept override { return size_; }
    int local_rank() const noexcept override { return local_rank_; }
    int local_size() const noexcept override { return local_size_; }
    std::string description() const override { return concat(rank_count(size_), " of ", name_); }
    bool takes_device_memory() const noexcept override { return takes_device_memory_; }
    bool is_over() const noexcept override { return session_.is_over(); }

    void sum(std::span<std::int64_t> values) override {
        const Use use(*this);
        // unsigned, where wrapping is defined
        all_reduce(values, objects_.uint64, objects_.sum);
    }
    void max(std::span<double> values) override {
        const Use use(*this);
        all_reduce(values, objects_.float64, objects_.max);
    }
    void broadcast(std::span<std::byte> bytes, int root) override {
        const Use use(*this);
        check_root(*this, "broadcast", root);
        for_each_part(bytes, [&](std::span<std::byte> part) {
            check(mpi_.Bcast(part.data(), count(part), objects_.byte, root, comm_), "MPI_Bcast");
        });
    }
    void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
        const Use use(*this);
        check_all_gather(*this, mine.size(), all.size());
        if (mine.size() <= longest_part_) {
            check(
                mpi_.Allgather(mine.data(), count(mine), objects_.byte, all.data(), count(mine), objects_.byte, comm_),
                "MPI_Allgather");
            return;
        }
        for (int r = 0; r < size_; ++r) {
            const auto part = all.subspan(mine.size() * static_cast<std::size_t>(r), mine.size());
            if (r == rank_) std::copy(mine.begin(), mine.end(), part.begin());
            broadcast(part, r);
        }
    }
    void gather(std::span<const std::byte> mine, std::span<const std::size_t> sizes, std::span<std::byte> all,
                int root) override {
        const Use use(*this);
        check_gather(*this, mine.size(), sizes, all.size(), root);
        Exchange exchange;
        if (rank_ != root) post(exchange, OutgoingMessage{root, mine}, gather_tag);
        std::size_t begin = 0;
        for (std::size_t r = 0; r < sizes.size(); begin += sizes[r++]) {
            const auto part = all.subspan(begin, sizes[r]);
            if (static_cast<int>(r) == root) std::copy(mine.begin(), mine.end(), part.begin());
            else post(exchange, IncomingMessage{static_cast<int>(r), part}, gather_tag);
        }
        wait(exchange);
    }
    void all_to_all(std::span<const std::int64_t> to_each, std::span<std::int64_t> from_each) override {
        const Use use(*this);
        check_all_to_all(*this, to_each.size(), from_each.size());
        check(mpi_.Alltoall(to_each.data(), 1, objects_.int64, from_each.data(), 1, objects_.int64, comm_),
              "MPI_Alltoall");
    }
    void barrier() override {
        const Use use(*this);
        check(mpi_.Barrier(comm_), "MPI_Barrier");
    }

    void start(std::span<const OutgoingMessage> outgoing, std::span<const IncomingMessage> incoming) override {
        const Use use(*this);
        check_exchange(*this, outgoing, incoming);
        if (is_exchanging_) throw InternalError("an exchange is started before the last one was finished");
        is_exchanging_ = true;
        for (const IncomingMessage& message : incoming) post(exchange_, message, exchange_tag);
        for (const OutgoingMessage& message : outgoing) post(exchange_, message, exchange_tag);
    }
    void finish() override {
        const Use use(*this);
        if (!is_exchanging_) throw InternalError("an exchange is finished that was not started");
        is_exchanging_ = false;
        wait(exchange_);
    }

private:
    static constexpr int exchange_tag = 1, gather_tag = 2;

    void end_job(const std::string& reason) noexcept override {
        if (!session_.is_aborted) {
            const std::string line = concat("dpmd: rank ", rank_, " has failed: ", reason, "\n");
            [[maybe_unused]] const auto n_written = ::write(STDERR_FILENO, line.data(), line.size());
        }
        session_.is_aborted = true;
        mpi_.Abort(comm_, 1);
    }

    /// A message in transit, or a part of a long one.
    struct Part {
        int peer;
        int n_bytes;
        bool is_incoming;
        typename Abi::Request request;
    };
    using Exchange = std::vector<Part>;

    static int count(std::span<const std::byte> part) { return static_cast<int>(part.size()); }

    static bool asks_device_memory(void* library) {
        for (const char* name : {"MPIX_Query_cuda_support", "MPIX_Query_hip_support", "MPIX_Query_rocm_support"}) {
            void* symbol = dlsym(library, name);
            if (symbol != nullptr && reinterpret_cast<int (*)()>(symbol)() == 1) return true;
        }
        return false;
    }

    void check(int code, const char* call) const {
        if (code != 0) throw RankError(concat(call, " on rank ", rank_, " of ", description(), ": ", text_of(code)));
    }
    std::string text_of(int code) const {
        std::string text(Abi::longest_error, '\0');
        int length = 0;
        if (mpi_.Error_string(code, text.data(), &length) != 0) return concat("error ", code);
        return text.substr(0, static_cast<std::size_t>(length));
    }

    /// Calls `act` once for an empty span, too: the other side does the same.
    template <class T, class Do>
    void for_each_part(std::span<T> values, const Do& act) const {
        const std::size_t longest = std::max<std::size_t>(longest_part_ / sizeof(T), 1);
        do {
            const std::size_t n = std::min(values.size(), longest);
            act(values.first(n));
            values = values.subspan(n);
        } while (!values.empty());
    }
    template <class T>
    void all_reduce(std::span<T> values, typename Abi::Datatype type, typename Abi::Op operation) {
        for_each_part(values, [&](std::span<T> part) {
            check(mpi_.Allreduce(Abi::in_place(), part.data(), static_cast<int>(part.size()), type, operation, comm_),
                  "MPI_Allreduce");
        });
    }

    void post(Exchange& exchange, const OutgoingMessage& message, int tag) {
        for_each_part(message.bytes, [&](std::span<const std::byte> part) {
            auto& request = exchange.emplace_back(Part{message.peer, count(part), false, {}}).request;
            check(mpi_.Isend(part.data(), count(part), objects_.byte, message.peer, tag, comm_, &request), "MPI_Isend");
        });
    }
    void post(Exchange& exchange, const IncomingMessage& message, int tag) {
        for_each_part(message.bytes, [&](std::span<std::byte> part) {
            auto& request = exchange.emplace_back(Part{message.peer, count(part), true, {}}).request;
            check(mpi_.Irecv(part.data(), count(part), objects_.byte, message.peer, tag, comm_, &request), "MPI_Irecv");
        });
    }

    /// Leaves the exchange empty, but keeps its memory for the next one. It waits one by one: MPICH reports an error in
    /// MPI_Waitall to the error handler of another communicator.
    void wait(Exchange& exchange) {
        std::string complaint;
        for (Part& part : exchange) {
            typename Abi::Status status{};
            int n_bytes = part.n_bytes;
            const int code = mpi_.Wait(&part.request, &status);
            if (code == 0 && part.is_incoming) check(mpi_.Get_count(&status, objects_.byte, &n_bytes), "MPI_Get_count");
            if ((code != 0 || n_bytes != part.n_bytes) && complaint.empty())
                complaint = concat("rank ", rank_, part.is_incoming ? " expects " : " sends ", part.n_bytes, " bytes ",
                                   part.is_incoming ? "from" : "to", " rank ", part.peer,
                                   code != 0 ? ": " + text_of(code) : concat(", which has sent ", n_bytes));
        }
        exchange.clear();
        if (!complaint.empty()) throw RankError(complaint);
    }

    const Functions<Abi> mpi_;
    Session<Abi>& session_;
    const Objects<Abi> objects_;
    const std::string name_;
    const std::size_t longest_part_;
    const bool takes_device_memory_;
    typename Abi::Comm comm_{};
    int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1;
    Exchange exchange_;
    bool is_exchanging_ = false;
};

}  // namespace dpmd::mpi
