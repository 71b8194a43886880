#pragma once
// The three binary interfaces of MPI: the contents of mpi.h, for a program that finds out at run time which library it
// has. tests/parallel/check_mpi_abi.cpp compares this with the headers themselves.
#include <dlfcn.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::mpi {

/// The address of a symbol of the MPI library; throws RankError when it is missing.
inline void* find_symbol(void* library, const char* name) {
    void* symbol = dlsym(library, name);
    if (symbol == nullptr) throw RankError(concat("the MPI library has no ", name, "; dpmd needs MPI 3.0 or newer"));
    return symbol;
}

/// MPI's headers turn some numbers into pointers.
inline void* pointer_of(std::intptr_t number) {
    return reinterpret_cast<void*>(number);  // NOLINT(performance-no-int-to-ptr)
}

/// The predefined objects that dpmd uses.
template <class Abi>
struct Objects {
    typename Abi::Comm world;
    typename Abi::Datatype byte, int64, uint64, float64;
    typename Abi::Op sum, max;
    typename Abi::Info no_info;
    typename Abi::Errhandler errors_return;
};

/// MPICH 3.1 and newer, and libraries with its interface: Intel MPI, MVAPICH, Cray MPICH. Handles are integers.
struct MpichAbi {
    using Comm = int;
    using Datatype = int;
    using Op = int;
    using Info = int;
    using Errhandler = int;
    using Request = int;
    struct Status {
        int count[2];
        int source, tag, error;
    };
    static constexpr int thread_serialized = 2, shared_memory = 1;
    static constexpr std::size_t longest_error = 512, longest_version = 8192;
    static void* in_place() { return pointer_of(-1); }
    static Objects<MpichAbi> objects(void*) {
        return {0x44000000, 0x4c00010d, 0x4c00083a, 0x4c00083e, 0x4c00080b,
                0x58000003, 0x58000001, 0x1c000000, 0x54000001};
    }
};

/// Open MPI 3 to 5, and libraries derived from it. Handles are the addresses of objects in the library.
struct OpenMpiAbi {
    using Comm = void*;
    using Datatype = void*;
    using Op = void*;
    using Info = void*;
    using Errhandler = void*;
    using Request = void*;
    struct Status {
        int source, tag, error, cancelled;
        std::size_t count;
    };
    static constexpr int thread_serialized = 2, shared_memory = 0;
    static constexpr std::size_t longest_error = 256, longest_version = 256;
    static void* in_place() { return pointer_of(1); }
    static Objects<OpenMpiAbi> objects(void* library) {
        return {find_symbol(library, "ompi_mpi_comm_world"),   find_symbol(library, "ompi_mpi_byte"),
                find_symbol(library, "ompi_mpi_int64_t"),      find_symbol(library, "ompi_mpi_uint64_t"),
                find_symbol(library, "ompi_mpi_double"),       find_symbol(library, "ompi_mpi_op_sum"),
                find_symbol(library, "ompi_mpi_op_max"),       find_symbol(library, "ompi_mpi_info_null"),
                find_symbol(library, "ompi_mpi_errors_return")};
    }
};

/// The interface that the MPI 5.0 standard itself defines, in libmpi_abi.so. Handles are small numbers in pointers.
struct StandardAbi {
    using Comm = void*;
    using Datatype = void*;
    using Op = void*;
    using Info = void*;
    using Errhandler = void*;
    using Request = void*;
    struct Status {
        int source, tag, error, internal[5];
    };
    static constexpr int thread_serialized = 2048, shared_memory = 221;
    static constexpr std::size_t longest_error = 512, longest_version = 8192;
    static void* in_place() { return pointer_of(1); }
    static Objects<StandardAbi> objects(void*) {
        return {pointer_of(0x101), pointer_of(0x247), pointer_of(0x258), pointer_of(0x259), pointer_of(0x214),
                pointer_of(0x021), pointer_of(0x023), pointer_of(0x130), pointer_of(0x143)};
    }
};

}  // namespace dpmd::mpi
