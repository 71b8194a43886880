// Bindings of dpmd/potential.hpp.
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "dpmd/potential.hpp"

namespace dpmd::python {
namespace {

py::tuple compute(Potential& potential, const py::array& positions, const py::array& types, const py::object& cell,
                  const std::array<bool, 3>& pbc, bool atom_virials, const py::object& fparam,
                  const py::object& aparam) {
    const Frame frame(positions, types, cell, pbc, fparam, aparam);
    Result result;
    {
        const LockReleased released;
        result = potential.compute(frame.atoms(), atom_virials);
    }
    return to_tuple(std::move(result), atom_virials);
}

/// descriptors [n][n_descriptor], hidden [n][n_hidden].
py::tuple describe(Potential& potential, const py::array& positions, const py::array& types, const py::object& cell,
                   const std::array<bool, 3>& pbc, const py::object& fparam, const py::object& aparam) {
    const Frame frame(positions, types, cell, pbc, fparam, aparam);
    Description out;
    {
        const LockReleased released;
        out = potential.describe(frame.atoms());
    }
    const auto n = static_cast<py::ssize_t>(frame.types.size());
    return py::make_tuple(to_array(std::move(out.descriptors), {n, out.n_descriptor}),
                          to_array(std::move(out.hidden), {n, out.n_hidden}));
}

py::dict stage_times(const Potential& potential) {
    std::vector<StageTime> times;
    {
        const LockReleased released;
        times = potential.stage_times();
    }
    return by_stage(times);
}

py::tuple neighbors(const py::array& positions, const py::object& cell, const std::array<bool, 3>& pbc, double cutoff) {
    const std::vector<double> x = values_of<double>(positions, "positions");
    const Box box = to_box(cell, pbc);
    Neighbors out;
    {
        const LockReleased released;
        out = neighbor_list(x, box, cutoff);
    }
    const auto n = static_cast<py::ssize_t>(out.center.size());
    return py::make_tuple(to_array(std::move(out.center), {n}), to_array(std::move(out.neighbor), {n}),
                          to_array(std::move(out.shift), {n, 3}), to_array(std::move(out.distance), {n}));
}

py::list device_list() {
    std::vector<Device> found;
    {
        const LockReleased released;
        found = devices();
    }
    py::list out;
    for (const Device& device : found)
        out.append(
            py::make_tuple(device.name, device.product, device.architecture, device.memory_bytes, device.unusable));
    return out;
}

}  // namespace

void bind_potential(py::module_& module) {
    bind_class<Potential, std::shared_ptr<Potential>>(module, "Potential")
        .def(py::init([](const Model& model, const std::string& device, int threads, const std::string& instruction_set,
                         double skin) {
                 const LockReleased released;
                 return std::make_shared<Potential>(model, RunOptions{device, threads, instruction_set, skin});
             }),
             py::arg("model"), py::arg("device"), py::arg("threads"), py::arg("instruction_set"), py::arg("skin"))
        .def_property_readonly("threads", &Potential::n_threads)
        .def_property_readonly("device", &Potential::device)
        .def_property_readonly("kernels", &Potential::kernels)
        .def_property_readonly("choices", unlocked(&Potential::choices))
        .def_property_readonly("bytes", unlocked(&Potential::bytes))
        .def_property_readonly("n_fallback", unlocked(&Potential::n_fallback))
        .def_property_readonly("n_list_builds", unlocked(&Potential::n_list_builds))
        .def_property_readonly("stage_times", &stage_times)
        .def("compute", &compute, py::arg("positions"), py::arg("types"), py::arg("cell"), py::arg("pbc"),
             py::arg("atom_virials"), py::arg("fparam"), py::arg("aparam"))
        .def("describe", &describe, py::arg("positions"), py::arg("types"), py::arg("cell"), py::arg("pbc"),
             py::arg("fparam"), py::arg("aparam"));
    module.def("neighbor_list", &neighbors, py::arg("positions"), py::arg("cell"), py::arg("pbc"), py::arg("cutoff"));
    module.def("instruction_sets", &instruction_sets);
    module.def("devices", &device_list);
}

}  // namespace dpmd::python
