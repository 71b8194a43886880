// Bindings of dpmd/communicator.hpp.
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <pybind11/stl.h>

#include "bindings.hpp"
#include "dpmd/communicator.hpp"

namespace dpmd::python {
namespace {

double largest(Communicator& ranks, double value) {
    const LockReleased released;
    const CollectiveCall call(ranks, "calls largest()");
    ranks.max({&value, 1});
    return value;
}

/// The bytes of `root`, whose number the others need not know; `name` says what they are for.
py::bytes broadcast(Communicator& ranks, std::string bytes, int root, const std::string& name) {
    {
        const LockReleased released;
        const CollectiveCall call(ranks, "calls " + name);
        auto size = static_cast<std::int64_t>(bytes.size());
        ranks.broadcast(std::as_writable_bytes(std::span(&size, 1)), root);
        bytes.resize(static_cast<std::size_t>(size));
        ranks.broadcast(std::as_writable_bytes(std::span(bytes)), root);
    }
    return bytes;
}

/// The bytes of all ranks, any number from each; `name` says what they are for.
py::list all_gather(Communicator& ranks, std::string mine, const std::string& name) {
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(ranks.size()));
    std::string all;
    std::size_t longest = 0;
    {
        const LockReleased released;
        const CollectiveCall call(ranks, "calls " + name);
        const auto size = static_cast<std::int64_t>(mine.size());
        ranks.all_gather(std::as_bytes(std::span(&size, 1)), std::as_writable_bytes(std::span(sizes)));
        longest = static_cast<std::size_t>(*std::max_element(sizes.begin(), sizes.end()));
        mine.resize(longest);
        all.resize(longest * sizes.size());
        ranks.all_gather(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(all)));
    }
    py::list out;
    for (std::size_t r = 0; r < sizes.size(); ++r)
        out.append(py::bytes(all.data() + r * longest, static_cast<std::size_t>(sizes[r])));
    return out;
}

/// The file of the MPI module; empty where dpmd was built without it.
std::string mpi_module() {
    const char* chosen = std::getenv("DPMD_MODULES");
    std::filesystem::path folder = chosen != nullptr ? chosen : "";
    Dl_info info{};
    if (folder.empty() && dladdr(reinterpret_cast<const void*>(&mpi_world), &info) != 0)
        folder = std::filesystem::path(info.dli_fname).parent_path();
    const std::filesystem::path file = folder / "libdpmd_mpi.so";
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) ? file.lexically_normal().string() : "";
}

}  // namespace

void bind_ranks(py::module_& module) {
    bind_class<Communicator, std::shared_ptr<Communicator>>(module, "Communicator")
        .def_property_readonly("rank", &Communicator::rank)
        .def_property_readonly("size", &Communicator::size)
        .def_property_readonly("local_rank", &Communicator::local_rank)
        .def_property_readonly("local_size", &Communicator::local_size)
        .def_property_readonly("description", &Communicator::description)
        .def("largest", &largest, py::arg("value"))
        .def("broadcast", &broadcast, py::arg("bytes"), py::arg("root"), py::arg("name"))
        .def("all_gather", &all_gather, py::arg("mine"), py::arg("name"))
        .def("abort", &Communicator::abort, py::arg("reason"), py::call_guard<LockReleased>());
    module.def("single_rank", &make_single_rank);
    module.def("mpi_world", &mpi_world, py::arg("folders"), py::call_guard<LockReleased>());
    module.def("leave_mpi_world", &leave_mpi_world, py::call_guard<LockReleased>());
    module.def("mpi_module", &mpi_module);
}

}  // namespace dpmd::python
