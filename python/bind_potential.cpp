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

py::dict compression(const Potential& potential) {
    const CompressionInfo& info = potential.compression();
    py::dict out;
    out["active"] = info.active;
    out["refusal"] = info.refusal;
    out["tolerance"] = info.tolerance;
    out["force_error"] = info.force_error;
    out["value_error"] = info.value_error;
    out["slope_error"] = info.slope_error;
    out["n_probe_atoms"] = info.n_probe_atoms;
    out["nearest"] = info.nearest;
    out["table_bytes"] = info.table_bytes;
    out["n_basis"] = info.n_basis;
    out["n_features"] = info.n_features;
    out["n_channels"] = info.n_channels;
    out["n_descriptor"] = info.n_descriptor;
    out["mflop_exact"] = info.mflop_exact;
    out["mflop_table"] = info.mflop_table;
    out["mflop"] = info.mflop;
    out["n_neighbors"] = info.n_neighbors;
    return out;
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
        .def(py::init([](const py::bytes& file, const std::string& name, const std::string& device,
                         const std::string& precision, int threads, const std::string& overflow,
                         const std::string& instruction_set, double skin, const std::string& compress,
                         double tolerance) {
                 const std::string_view content = file;
                 const LockReleased released;
                 return std::make_shared<Potential>(std::as_bytes(std::span(content)), name,
                                                    PotentialOptions{device, precision, threads, overflow,
                                                                     instruction_set, skin, compress, tolerance});
             }),
             py::arg("file"), py::arg("name"), py::arg("device") = "cpu", py::arg("precision") = "double",
             py::arg("threads") = 0, py::arg("overflow") = "error", py::arg("instruction_set") = "",
             py::arg("skin") = 0.0, py::arg("compress") = "off", py::arg("tolerance") = 0.0)
        .def_property_readonly("type_map", [](const Potential& p) { return p.info().type_map; })
        .def_property_readonly("cutoff", [](const Potential& p) { return p.info().cutoff; })
        .def_property_readonly("sel", [](const Potential& p) { return p.info().sel; })
        .def_property_readonly("n_fparam", [](const Potential& p) { return p.info().n_fparam; })
        .def_property_readonly("n_aparam", [](const Potential& p) { return p.info().n_aparam; })
        .def_property_readonly("metadata", [](const Potential& p) { return p.info().metadata; })
        .def_property_readonly("threads", &Potential::n_threads)
        .def_property_readonly("device", &Potential::device)
        .def_property_readonly("kernels", &Potential::kernels)
        .def_property_readonly("choices", unlocked(&Potential::choices))
        .def_property_readonly("bytes", unlocked(&Potential::bytes))
        .def_property_readonly("compression", &compression)
        .def_property_readonly("n_exact", unlocked(&Potential::n_exact))
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
