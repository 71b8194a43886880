#pragma once
// The functions of MPI that dpmd calls, looked up by name.
#include "comm/mpi/abi.hpp"

namespace dpmd::mpi {

template <class S>
class Function {
public:
    using Signature = S;
    Function(void* library, const char* name) : address_(reinterpret_cast<S*>(find_symbol(library, name))) {}
    template <class... Args>
    int operator()(Args... args) const {
        return address_(args...);
    }

private:
    S* address_;
};

template <class Abi>
struct Functions {
    using Comm = typename Abi::Comm;
    using Datatype = typename Abi::Datatype;
    using Op = typename Abi::Op;
    using Info = typename Abi::Info;
    using Errhandler = typename Abi::Errhandler;
    using Request = typename Abi::Request;
    using Status = typename Abi::Status;

    explicit Functions(void* mpi_library) : library(mpi_library) {}

    void* library;
    Function<int(int*)> Initialized{library, "MPI_Initialized"};
    Function<int(int*)> Finalized{library, "MPI_Finalized"};
    Function<int(int*, char***, int, int*)> Init_thread{library, "MPI_Init_thread"};
    Function<int()> Finalize{library, "MPI_Finalize"};
    Function<int(Comm, int)> Abort{library, "MPI_Abort"};
    Function<int(int, char*, int*)> Error_string{library, "MPI_Error_string"};
    Function<int(Comm, Comm*)> Comm_dup{library, "MPI_Comm_dup"};
    Function<int(Comm*)> Comm_free{library, "MPI_Comm_free"};
    Function<int(Comm, int*)> Comm_rank{library, "MPI_Comm_rank"};
    Function<int(Comm, int*)> Comm_size{library, "MPI_Comm_size"};
    Function<int(Comm, Errhandler)> Comm_set_errhandler{library, "MPI_Comm_set_errhandler"};
    Function<int(Comm, int, int, Info, Comm*)> Comm_split_type{library, "MPI_Comm_split_type"};
    Function<int(const void*, void*, int, Datatype, Op, Comm)> Allreduce{library, "MPI_Allreduce"};
    Function<int(void*, int, Datatype, int, Comm)> Bcast{library, "MPI_Bcast"};
    Function<int(const void*, int, Datatype, void*, int, Datatype, Comm)> Allgather{library, "MPI_Allgather"};
    Function<int(const void*, int, Datatype, void*, int, Datatype, Comm)> Alltoall{library, "MPI_Alltoall"};
    Function<int(Comm)> Barrier{library, "MPI_Barrier"};
    Function<int(const void*, int, Datatype, int, int, Comm, Request*)> Isend{library, "MPI_Isend"};
    Function<int(void*, int, Datatype, int, int, Comm, Request*)> Irecv{library, "MPI_Irecv"};
    Function<int(Request*, Status*)> Wait{library, "MPI_Wait"};
    Function<int(const Status*, Datatype, int*)> Get_count{library, "MPI_Get_count"};
};

}  // namespace dpmd::mpi
