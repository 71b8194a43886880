#pragma once
// The ranks that share a system, and how they communicate.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "dpmd/errors.hpp"
#include "dpmd/export.hpp"

namespace dpmd {

/// Bytes for another rank, or a buffer for bytes from it.
struct OutgoingMessage {
    int peer = 0;
    std::span<const std::byte> bytes;
};
struct IncomingMessage {
    int peer = 0;
    std::span<std::byte> bytes;
};

/// One rank's end of the communication; a rank is a thread or a process. Collectives are called by every rank, in the
/// same order. Only one thread at a time may use it; a second one gets an InputError. All functions but the observers
/// throw RankError when another rank has failed or ended.
class DPMD_API Communicator {
public:
    Communicator();
    virtual ~Communicator();
    Communicator(const Communicator&) = delete;
    Communicator& operator=(const Communicator&) = delete;
    virtual int rank() const noexcept = 0;
    virtual int size() const noexcept = 0;
    /// This rank's number among the ranks on this machine, and how many there are: they decide which GPU and how many
    /// cores are this rank's.
    virtual int local_rank() const noexcept = 0;
    virtual int local_size() const noexcept = 0;
    /// For example "one rank" or "4 ranks of MPICH 5.0.2".
    virtual std::string description() const = 0;
    /// Whether messages may be in the memory of a GPU.
    virtual bool takes_device_memory() const noexcept { return false; }
    /// Whether the layer that carries the messages has been shut down by whoever started it.
    virtual bool is_over() const noexcept { return false; }

    /// Reductions in place, element by element; all ranks have the same values afterwards. Sums are modulo 2^64.
    virtual void sum(std::span<std::int64_t> values) = 0;
    virtual void max(std::span<double> values) = 0;
    /// Sends the bytes of `root` to all ranks.
    virtual void broadcast(std::span<std::byte> bytes, int root) = 0;
    /// Gives every rank the bytes of all ranks, one rank after the other. All give the same number of bytes; `all`
    /// holds size() times as many.
    virtual void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) = 0;
    /// Gathers the bytes of all ranks at `root`, one rank after the other: sizes[r] of them from rank r. Only `root`
    /// gives sizes and room; on the other ranks both are empty.
    virtual void gather(std::span<const std::byte> mine, std::span<const std::size_t> sizes, std::span<std::byte> all,
                        int root) = 0;
    /// Sends to_each[r] to rank r; from_each[r] comes from rank r.
    virtual void all_to_all(std::span<const std::int64_t> to_each, std::span<std::int64_t> from_each) = 0;
    virtual void barrier() = 0;

    /// Starts sending and receiving; `finish` returns when all of it is done, and only then may the bytes be touched.
    /// Only one exchange at a time. Messages between two ranks arrive in the order in which they were started; sizes
    /// agree on both sides. No rank sends to itself.
    virtual void start(std::span<const OutgoingMessage> outgoing, std::span<const IncomingMessage> incoming) = 0;
    virtual void finish() = 0;

    /// Says that this rank cannot go on, so that the others do not wait for it: they get RankError with this reason, or
    /// the whole job ends and prints it. Has no effect in a process that was forked from the rank.
    void abort(const std::string& reason) noexcept;

    /// Keeps the other threads of this rank out while it exists: other ranks would mistake what those threads send in
    /// between for something else. One thread may nest several. Throws InputError when another thread has one.
    class DPMD_API Use {
    public:
        explicit Use(Communicator& ranks);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

    private:
        Communicator& ranks_;
        bool is_outermost_;
    };

    /// State of CollectiveCall.
    struct CallOrder;
    CallOrder& call_order() noexcept { return *call_order_; }

private:
    virtual void end_job(const std::string& reason) noexcept = 0;

    const std::unique_ptr<CallOrder> call_order_;
    std::atomic<std::thread::id> user_{};  // none: nobody uses it
};

/// Marks, while it exists, a call that users make on all ranks together: run, thermo and whatever else waits for other
/// ranks. Ranks that make different calls get an error that names both, instead of waiting for each other or mixing up
/// their numbers. Calls may be nested. With one rank nothing is checked.
class DPMD_API CollectiveCall {
public:
    /// `call` says what this rank does, including everything that must be the same on every rank: "calls run(100)".
    /// Throws RankError on all ranks when some of them do something else or have ended, and InputError when another
    /// thread is in such a call or this process was forked from the one that the ranks belong to.
    CollectiveCall(Communicator& ranks, const std::string& call);

private:
    Communicator::Use use_;
};

/// A communicator of a single rank.
DPMD_API std::shared_ptr<Communicator> make_single_rank();

/// Runs `rank_main` on `n_ranks` threads, each of them a rank. When one throws, the others are woken with RankError,
/// and the first error is rethrown. For tests and for trying out layouts.
DPMD_API void run_thread_ranks(int n_ranks, const std::function<void(std::shared_ptr<Communicator>)>& rank_main);

/// All processes that mpiexec has started together, the same object at every call; a single rank when there was no
/// mpiexec. The MPI library is the one of the process, or $DPMD_LIBMPI, or else the first one found of those that MPICH
/// and Open MPI install; `folders` are searched as well. The first call is collective; MPI ends with the process; a
/// rank that ends while others go on ends the job. Throws RankError when mpiexec has started the process but no MPI
/// library can be used; it names the libraries tried and the remedy.
DPMD_API std::shared_ptr<Communicator> mpi_world(const std::vector<std::string>& folders = {});

/// Says that this process makes no further calls together with the others of mpi_world(). It waits until all are about
/// to end, and ends the job when one of them makes another call instead. It runs by itself when the process exits; call
/// it where something else ends MPI earlier.
DPMD_API void leave_mpi_world() noexcept;

}  // namespace dpmd
