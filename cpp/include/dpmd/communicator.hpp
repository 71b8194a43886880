#pragma once
// The ranks that share a system, and how they talk.
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

/// Bytes for another rank, or the room for bytes from it.
struct OutgoingMessage {
    int peer = 0;
    std::span<const std::byte> bytes;
};
struct IncomingMessage {
    int peer = 0;
    std::span<std::byte> bytes;
};

/// One rank's end. Collectives are called by every rank, in the same order. One thread at a time, or else an
/// InputError; a rank is a thread or a process. All but the observers throw RankError when another rank has failed or
/// gone.
class DPMD_API Communicator {
public:
    Communicator();
    virtual ~Communicator();
    Communicator(const Communicator&) = delete;
    Communicator& operator=(const Communicator&) = delete;
    virtual int rank() const noexcept = 0;
    virtual int size() const noexcept = 0;
    /// Among the ranks on this machine, and how many those are: which GPU and how many cores are this rank's.
    virtual int local_rank() const noexcept = 0;
    virtual int local_size() const noexcept = 0;
    /// "one rank", "4 ranks of MPICH 5.0.2".
    virtual std::string description() const = 0;
    /// Whether messages may lie in the memory of a GPU.
    virtual bool takes_device_memory() const noexcept { return false; }
    /// Whether what carries the messages has been ended by whoever has begun it.
    virtual bool is_over() const noexcept { return false; }

    /// In place, element by element, the same on all ranks afterwards. Sums are modulo 2^64.
    virtual void sum(std::span<std::int64_t> values) = 0;
    virtual void max(std::span<double> values) = 0;
    /// From `root` to all.
    virtual void broadcast(std::span<std::byte> bytes, int root) = 0;
    /// Everybody's bytes, as many from each rank, one after the other, to all: `all` has size() times as many.
    virtual void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) = 0;
    /// Everybody's bytes one after the other at `root`; sizes[r] from rank r, known there; elsewhere both stay empty.
    virtual void gather(std::span<const std::byte> mine, std::span<const std::size_t> sizes, std::span<std::byte> all,
                        int root) = 0;
    /// to_each[r] goes to rank r; from_each[r] came from it.
    virtual void all_to_all(std::span<const std::int64_t> to_each, std::span<std::int64_t> from_each) = 0;
    virtual void barrier() = 0;

    /// Starts to send and to receive; `finish` returns when all of it is done, and only then may the bytes be touched.
    /// One exchange at a time. Messages between two ranks arrive in the order in which they were started; sizes agree
    /// on both sides. Nobody writes to himself.
    virtual void start(std::span<const OutgoingMessage> outgoing, std::span<const IncomingMessage> incoming) = 0;
    virtual void finish() = 0;

    /// This rank cannot go on, and those who wait for it must not: they get RankError with this reason, or the whole
    /// job ends with it printed. Without effect in a process that was forked from the rank.
    void abort(const std::string& reason) noexcept;

    /// Keeps the other threads of this rank out while it exists: what they said in between would be taken for something
    /// else by the other ranks. The same thread may have several, one in another. InputError: another thread has one.
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

    /// What CollectiveCall keeps.
    struct CallOrder;
    CallOrder& call_order() noexcept { return *call_order_; }

private:
    virtual void end_job(const std::string& reason) noexcept = 0;

    const std::unique_ptr<CallOrder> call_order_;
    std::atomic<std::thread::id> user_{};  // none: nobody
};

/// A call that users make on all ranks together, while it exists: run, thermo, and what else waits for other ranks.
/// Ranks that make different ones get an error that names both, instead of waiting for each other or taking one's
/// numbers for another's. Calls may be nested. Nothing is asked where there is one rank.
class DPMD_API CollectiveCall {
public:
    /// `call` says what this rank does, all that must be the same on every rank included: "calls run(100)".
    /// RankError, on all ranks: some do something else, or have ended. InputError: another thread is in such a call, or
    /// this process was forked from the one that the ranks belong to.
    CollectiveCall(Communicator& ranks, const std::string& call);

private:
    Communicator::Use use_;
};

/// A rank alone.
DPMD_API std::shared_ptr<Communicator> make_single_rank();

/// Runs `rank_main` on so many threads, each a rank; when one throws, the others are woken with RankError, and the
/// first error is thrown on. For tests and for trying out layouts.
DPMD_API void run_thread_ranks(int n_ranks, const std::function<void(std::shared_ptr<Communicator>)>& rank_main);

/// All processes that mpiexec has started together, the same object at every call; a single rank when there was no
/// mpiexec. The MPI library is that of the process, or $DPMD_LIBMPI, or else the first found of those MPICH and Open
/// MPI install; `folders` are looked into as well. The first call is collective; MPI ends with the process; a
/// rank that ends while others go on ends the job. RankError: started by mpiexec, but no MPI library can
/// be used, naming those tried and the remedy.
DPMD_API std::shared_ptr<Communicator> mpi_world(const std::vector<std::string>& folders = {});

/// This process makes no further calls together with the others of mpi_world(): waits until all are about to end, and
/// ends the job when one of them makes another call instead. Comes by itself when the process exits; to be called where
/// something else ends MPI before.
DPMD_API void leave_mpi_world() noexcept;

}  // namespace dpmd
