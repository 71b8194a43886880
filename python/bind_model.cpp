// Bindings of dpmd/model.hpp.
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "dpmd/model.hpp"

namespace dpmd::python {
namespace {

py::dict compression(const Model& model) {
    const CompressionInfo& info = model.compression();
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
    out["mflop_uncompressed"] = info.mflop_uncompressed;
    out["mflop_table"] = info.mflop_table;
    out["mflop"] = info.mflop;
    out["n_neighbors"] = info.n_neighbors;
    return out;
}

}  // namespace

void bind_model(py::module_& module) {
    bind_class<Model>(module, "Model")
        .def(py::init([](const py::bytes& file, const std::string& name, const std::string& precision,
                         const std::string& overflow, const std::string& compress, double tolerance, int threads) {
                 const std::string_view content = file;
                 const LockReleased released;
                 return Model(std::as_bytes(std::span(content)), name,
                              ModelOptions{precision, overflow, compress, tolerance, threads});
             }),
             py::arg("file"), py::arg("name"), py::arg("precision"), py::arg("overflow"), py::arg("compress"),
             py::arg("tolerance"), py::arg("threads"))
        .def_property_readonly("type_map", [](const Model& m) { return m.info().type_map; })
        .def_property_readonly("cutoff", [](const Model& m) { return m.info().cutoff; })
        .def_property_readonly("sel", [](const Model& m) { return m.info().sel; })
        .def_property_readonly("n_fparam", [](const Model& m) { return m.info().n_fparam; })
        .def_property_readonly("n_aparam", [](const Model& m) { return m.info().n_aparam; })
        .def_property_readonly("metadata", [](const Model& m) { return m.info().metadata; })
        .def_property_readonly("precision", [](const Model& m) { return m.options().precision; })
        .def_property_readonly("compress", [](const Model& m) { return m.options().compress; })
        .def_property_readonly("overflow", [](const Model& m) { return m.options().overflow; })
        .def_property_readonly("compression", &compression)
        .def_property_readonly("bytes", &Model::bytes);
}

}  // namespace dpmd::python
