// Opens the MPI module where it is useful.
#include <dlfcn.h>

#include <atomic>
#include <cstring>
#include <system_error>

#include "comm/collective_call.hpp"
#include "comm/mpi_library.hpp"
#include "core/module_folder.hpp"
#include "core/text.hpp"

namespace dpmd {
namespace {

const MpiModule& mpi_module() {
    const std::filesystem::path path = module_folder() / "libdpmd_mpi.so";
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        throw RankError(concat("this process was started by mpiexec, but ", path.string(), " is not there",
                               chosen_module_folder() ? " (DPMD_MODULES names the folder)" : "",
                               ": build dpmd with -DDPMD_MPI=ON, or start it without mpiexec"));
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw RankError(concat("the ranks of mpiexec cannot talk: ", dlerror()));
    void* symbol = dlsym(library, "dpmd_mpi_module");
    if (symbol == nullptr) throw RankError(concat(path.string(), " is not the MPI module of dpmd"));
    const MpiModule& module = *reinterpret_cast<const MpiModule* (*)()>(symbol)();
    if (std::strcmp(module.version, mpi_module_version) != 0)
        throw RankError(concat(path.string(), " is '", module.version, "', this library is '", mpi_module_version,
                               "'; install both from one build"));
    return module;
}

/// Whether MPI_Init has been called. A program that is merely linked to a library is no reason to use MPI.
bool is_in_use(const MpiLibrary& library) {
    auto* const ask = reinterpret_cast<int (*)(int*)>(dlsym(library.handle, "MPI_Initialized"));
    int answer = 0;
    return ask != nullptr && ask(&answer) == 0 && answer != 0;
}

[[noreturn]] void fail_apart(const MpiLaunch& launch, const MpiLibrary& library, const std::string& seen) {
    throw RankError(concat("mpiexec has started ", launch.n_ranks, " processes (", launch.variable, " is set), but ",
                           library.path, " sees ", seen,
                           ": it belongs to another mpiexec. Start with the mpiexec of that library, or name the "
                           "library of your mpiexec in DPMD_LIBMPI"));
}

/// Throws where MPICH would run under the mpiexec of Open MPI: it would end the process in MPI_Init.
void check_before(const MpiLaunch& launch, const MpiLibrary& library) {
    const bool may_be_open_mpi = dlsym(library.handle, "ompi_mpi_comm_world") != nullptr ||
                                 library.path.find("libmpi_abi.") != std::string::npos;
    if (launch.family == MpiFamily::open_mpi && launch.n_ranks > 1 && !may_be_open_mpi && !is_in_use(library))
        fail_apart(launch, library, "no process manager that it knows");
}

std::shared_ptr<Communicator> open_world(const std::vector<std::string>& folders) {
    const auto launch = find_mpi_launch();
    const auto open_library = find_open_mpi_library();
    if (!launch && !(open_library && is_in_use(*open_library))) return make_single_rank();
    const MpiLibrary library = open_library ? *open_library : open_mpi_library(*launch, folders);
    if (launch) check_before(*launch, library);
    auto world = mpi_module().open_world(library, mpi_longest_part);
    if (launch && launch->n_ranks > 1 && world->size() == 1) fail_apart(*launch, library, world->description());
    return world;
}

/// The world while the process runs. It is left before MPI ends, because MPI was initialised before it.
class World {
public:
    explicit World(std::shared_ptr<Communicator> all) : ranks(std::move(all)) { opened = ranks.get(); }
    ~World() {
        leave_mpi_world();
        opened = nullptr;
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    const std::shared_ptr<Communicator> ranks;
    static inline std::atomic<Communicator*> opened = nullptr;
};

}  // namespace

std::shared_ptr<Communicator> mpi_world(const std::vector<std::string>& folders) {
    static const World world(open_world(folders));
    return world.ranks;
}

void leave_mpi_world() noexcept {
    Communicator* const world = World::opened;
    if (world != nullptr) leave(*world);
}

}  // namespace dpmd
