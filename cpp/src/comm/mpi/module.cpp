// The part of the MPI module that libdpmd sees: a world, with the binary interface of the library at hand.
#include <algorithm>
#include <array>
#include <filesystem>

#include "comm/mpi/mpi_communicator.hpp"
#include "dpmd/export.hpp"

namespace dpmd::mpi {
namespace {

/// "MPICH 5.0.2", from the first line of the library's own description.
std::string name_of(void* library) {
    const Function<int(char*, int*)> get_version(library, "MPI_Get_library_version");
    std::array<char, std::max(MpichAbi::longest_version, OpenMpiAbi::longest_version)> text{};
    int length = 0;
    if (get_version(text.data(), &length) != 0) return "an unknown MPI";
    const std::string all(text.data(), static_cast<std::size_t>(length));
    std::istringstream words(all.substr(0, all.find_first_of(",\n")));
    std::string out;
    for (std::string word; words >> word;)
        if (word != "Version:") out += concat(out.empty() ? "" : " ", word);
    return out;
}

bool names_any(const std::string& text, std::initializer_list<const char*> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](const char* word) { return text.find(word) != std::string::npos; });
}

std::shared_ptr<Communicator> open_world(const MpiLibrary& library, std::size_t longest_part) {
    const std::string name = name_of(library.handle);
    const std::string file = std::filesystem::path(library.path).filename();
    if (file.find("libmpi_abi.") == 0)
        return std::make_shared<MpiCommunicator<StandardAbi>>(library, name, longest_part);
    if (dlsym(library.handle, "ompi_mpi_comm_world") != nullptr)
        return std::make_shared<MpiCommunicator<OpenMpiAbi>>(library, name, longest_part);
    if (names_any(name, {"MPICH", "Intel", "MVAPICH", "ParaStation"}))
        return std::make_shared<MpiCommunicator<MpichAbi>>(library, name, longest_part);
    throw RankError(concat(library.path, " is '", name,
                           "', whose binary interface dpmd does not know; use MPICH 3.1 or "
                           "newer, Open MPI, or a library of their kind, and its mpiexec, or name it in DPMD_LIBMPI"));
}

}  // namespace
}  // namespace dpmd::mpi

extern "C" DPMD_API const dpmd::MpiModule* dpmd_mpi_module() {
    static const dpmd::MpiModule module{dpmd::mpi_module_version, &dpmd::mpi::open_world};
    return &module;
}
