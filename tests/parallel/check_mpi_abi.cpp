// Compares comm/mpi/ with an mpi.h and its library: constants, the layout of a status, and the arguments of every
// function. Compiled once per header.
#include <mpi.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <type_traits>

#include "comm/mpi/functions.hpp"

namespace {

#if defined(MPI_ABI)
using Abi = dpmd::mpi::StandardAbi;
#elif defined(OPEN_MPI)
using Abi = dpmd::mpi::OpenMpiAbi;
#else
using Abi = dpmd::mpi::MpichAbi;
#endif

static_assert(sizeof(Abi::Status) == sizeof(MPI_Status));
static_assert(offsetof(Abi::Status, source) == offsetof(MPI_Status, MPI_SOURCE));
static_assert(offsetof(Abi::Status, tag) == offsetof(MPI_Status, MPI_TAG));
static_assert(offsetof(Abi::Status, error) == offsetof(MPI_Status, MPI_ERROR));
static_assert(Abi::thread_serialized == MPI_THREAD_SERIALIZED && Abi::shared_memory == MPI_COMM_TYPE_SHARED);
static_assert(MPI_SUCCESS == 0);
static_assert(Abi::longest_error >= MPI_MAX_ERROR_STRING && Abi::longest_version >= MPI_MAX_LIBRARY_VERSION_STRING);

/// Handles have other types in the header, but are passed in the same way.
template <class Ours, class Theirs>
constexpr bool is_passed_alike =
    sizeof(Ours) == sizeof(Theirs) && std::is_pointer_v<Ours> == std::is_pointer_v<Theirs>&& std::is_integral_v<Ours> ==
                                          std::is_integral_v<Theirs>;
template <class Ours, class Theirs>
constexpr bool is_called_alike = false;
template <class... Ours, class... Theirs>
requires(sizeof...(Ours) == sizeof...(Theirs)) constexpr bool is_called_alike<int(Ours...), int(Theirs...)> =
    (is_passed_alike<Ours, Theirs> && ...);

using Functions = dpmd::mpi::Functions<Abi>;
#define DPMD_CHECK(name) static_assert(is_called_alike<decltype(Functions::name)::Signature, decltype(MPI_##name)>)
DPMD_CHECK(Initialized);
DPMD_CHECK(Finalized);
DPMD_CHECK(Init_thread);
DPMD_CHECK(Finalize);
DPMD_CHECK(Abort);
DPMD_CHECK(Error_string);
DPMD_CHECK(Comm_dup);
DPMD_CHECK(Comm_free);
DPMD_CHECK(Comm_rank);
DPMD_CHECK(Comm_size);
DPMD_CHECK(Comm_set_errhandler);
DPMD_CHECK(Comm_split_type);
DPMD_CHECK(Allreduce);
DPMD_CHECK(Bcast);
DPMD_CHECK(Allgather);
DPMD_CHECK(Alltoall);
DPMD_CHECK(Barrier);
DPMD_CHECK(Isend);
DPMD_CHECK(Irecv);
DPMD_CHECK(Wait);
DPMD_CHECK(Get_count);

int n_wrong = 0;

/// Compares two values bit for bit.
template <class Ours, class Theirs>
void compare(const char* name, Ours ours, Theirs theirs) {
    static_assert(is_passed_alike<Ours, Theirs>);
    if (std::memcmp(&ours, &theirs, sizeof(ours)) == 0) return;
    std::printf("%s is another one in mpi.h\n", name);
    ++n_wrong;
}

int compare_all() {
    const auto objects = Abi::objects(dlopen(nullptr, RTLD_NOW));
    compare("MPI_COMM_WORLD", objects.world, MPI_COMM_WORLD);
    compare("MPI_BYTE", objects.byte, MPI_BYTE);
    compare("MPI_INT64_T", objects.int64, MPI_INT64_T);
    compare("MPI_UINT64_T", objects.uint64, MPI_UINT64_T);
    compare("MPI_DOUBLE", objects.float64, MPI_DOUBLE);
    compare("MPI_SUM", objects.sum, MPI_SUM);
    compare("MPI_MAX", objects.max, MPI_MAX);
    compare("MPI_INFO_NULL", objects.no_info, MPI_INFO_NULL);
    compare("MPI_ERRORS_RETURN", objects.errors_return, MPI_ERRORS_RETURN);
    compare("MPI_IN_PLACE", Abi::in_place(), static_cast<void*>(MPI_IN_PLACE));
    // and every function that is looked up exists
    const Functions functions(dlopen(nullptr, RTLD_NOW));
    int is_begun = 1;
    functions.Initialized(&is_begun);
    return n_wrong + is_begun;
}

}  // namespace

int main() {
    try {
        return compare_all();
    } catch (const std::exception& error) {  // the library lacks one of the functions
        std::printf("%s\n", error.what());
        return 1;
    }
}
