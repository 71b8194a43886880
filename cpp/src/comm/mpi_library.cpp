#include "comm/mpi_library.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/module_folder.hpp"
#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

namespace fs = std::filesystem;

/// One way of starting ranks: the variable that every rank gets, and the one that holds their number.
struct Launcher {
    const char* rank;
    const char* n_ranks;
    MpiFamily family;
};
// Slurm's own variables alone prove nothing: batch scripts and steps without MPI have them, too. PMIX_RANK comes from
// Slurm with PMIx or from prterun, with any MPI.
constexpr Launcher launchers[] = {
    {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", MpiFamily::open_mpi},
    {"PMI_RANK", "PMI_SIZE", MpiFamily::mpich},
    {"MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", MpiFamily::mpich},
    {"PMIX_RANK", "SLURM_STEP_NUM_TASKS", MpiFamily::any},
};

struct LibraryName {
    const char* name;
    MpiFamily family;
};
constexpr LibraryName library_names[] = {
    {"libmpi.so.40", MpiFamily::open_mpi}, {"libmpi.so.12", MpiFamily::mpich},  {"libmpich.so.12", MpiFamily::mpich},
    {"libmpi_abi.so.1", MpiFamily::any},   {"libmpi_abi.so.0", MpiFamily::any}, {"libmpi.so", MpiFamily::any},
};

/// The names of libraries, those of the family first.
std::vector<std::string> names_for(MpiFamily family) {
    std::vector<LibraryName> names(std::begin(library_names), std::end(library_names));
    std::stable_partition(names.begin(), names.end(), [&](const LibraryName& n) { return n.family == family; });
    std::vector<std::string> out;
    out.reserve(names.size());
    for (const LibraryName& n : names) out.emplace_back(n.name);
    return out;
}

bool has_file(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

fs::path program_of(pid_t process) {
    std::error_code ignored;
    return fs::read_symlink(fs::path("/proc") / std::to_string(process) / "exe", ignored);
}

pid_t parent_of(pid_t process) {
    std::ifstream file(fs::path("/proc") / std::to_string(process) / "stat");
    std::string line, state;
    std::getline(file, line);
    // "pid (name) state parent": the name may hold anything
    const std::size_t end_of_name = line.rfind(')');
    if (end_of_name == std::string::npos) return 0;
    std::istringstream rest(line.substr(end_of_name + 1));
    pid_t parent = 0;
    rest >> state >> parent;
    return parent;
}

/// Folders of MPI libraries that come with programs and packages: those of the mpiexec that has started this process or
/// one of its parents, of the one that a shell would start, and of the Python environment that holds dpmd; then the
/// given ones.
std::vector<fs::path> likely_folders(const std::vector<std::string>& given) {
    std::vector<fs::path> out;
    const auto add = [&](const fs::path& folder) {
        std::error_code ignored;
        const fs::path real = fs::canonical(folder, ignored);
        if (!real.empty() && std::find(out.begin(), out.end(), real) == out.end()) out.push_back(real);
    };
    const auto add_beside = [&](const fs::path& programs) {
        if (!has_file(programs / "mpiexec")) return;
        for (const char* libraries : {"lib", "lib64"}) add(programs.parent_path() / libraries);
    };
    for (pid_t process = getppid(); process > 1; process = parent_of(process))
        add_beside(program_of(process).parent_path());
    const char* path = std::getenv("PATH");
    std::istringstream programs(path != nullptr ? path : "");
    for (std::string folder; std::getline(programs, folder, ':');)
        if (!folder.empty()) add_beside(folder);
    for (fs::path folder = own_folder(); folder.has_relative_path(); folder = folder.parent_path())
        if (folder.filename() == "lib" || folder.filename() == "lib64") add(folder);
    for (const std::string& folder : given) add(folder);
    return out;
}

/// The file that holds the MPI_Init that `handle` sees.
std::optional<MpiLibrary> with_path(void* handle) {
    void* symbol = handle != nullptr ? dlsym(handle, "MPI_Init") : nullptr;
    if (symbol == nullptr) return std::nullopt;
    Dl_info info{};
    const bool is_known = dladdr(symbol, &info) != 0 && info.dli_fname != nullptr;
    return MpiLibrary{handle, is_known ? info.dli_fname : "the program"};
}

/// Opens a library globally, because Open MPI loads plug-ins that look for its symbols.
std::optional<MpiLibrary> open(const std::string& name, std::string& reasons) {
    void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (handle == nullptr) {
        reasons += concat("\n  ", dlerror());
        return std::nullopt;
    }
    auto library = with_path(handle);
    if (!library) reasons += concat("\n  ", name, ": it has no MPI_Init");
    return library;
}

constexpr const char* remedy =
    "install the MPI that your mpiexec belongs to beside dpmd (for example: pip install mpich, and use its mpiexec), "
    "or "
    "name its library in DPMD_LIBMPI";

}  // namespace

std::optional<MpiLaunch> find_mpi_launch() {
    for (const Launcher& launcher : launchers) {
        if (std::getenv(launcher.rank) == nullptr) continue;
        const char* n_ranks = std::getenv(launcher.n_ranks);
        return MpiLaunch{launcher.rank, launcher.family, n_ranks != nullptr ? std::atoi(n_ranks) : 0};
    }
    return std::nullopt;
}

std::optional<MpiLibrary> find_open_mpi_library() {
    if (auto library = with_path(dlopen(nullptr, RTLD_NOW))) return library;
    // a library that a Python package has opened without making its symbols global
    for (const LibraryName& known : library_names)
        if (auto library = with_path(dlopen(known.name, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD))) return library;
    return std::nullopt;
}

MpiLibrary open_mpi_library(const MpiLaunch& launch, const std::vector<std::string>& given) {
    const std::string started = concat("this process was started by mpiexec (", launch.variable, " is set), but ");
    std::string reasons;
    if (const char* chosen = std::getenv("DPMD_LIBMPI"); chosen != nullptr && *chosen != 0) {
        if (auto library = open(chosen, reasons)) return *library;
        throw RankError(concat(started, "DPMD_LIBMPI = '", chosen, "' cannot be used:", reasons));
    }
    const std::vector<fs::path> folders = likely_folders(given);
    const std::vector<std::string> names = names_for(launch.family);
    for (const std::string& name : names) {
        for (const fs::path& folder : folders) {
            if (!has_file(folder / name)) continue;
            if (auto library = open(folder / name, reasons)) return *library;
        }
        if (auto library = open(name, reasons)) return *library;
    }
    std::string looked_in;
    for (const fs::path& folder : folders) looked_in += concat(folder.string(), ", ");
    throw RankError(concat(started, "no MPI library could be opened; ", remedy, ". Looked in ", looked_in,
                           "the folders of the loader:", reasons));
}

}  // namespace dpmd
