// Bindings of dpmd/ensemble.hpp.
#include "bindings.hpp"
#include "dpmd/ensemble.hpp"

namespace dpmd::python {
namespace {

Coupling to_coupling(const std::string& name) {
    if (name == "isotropic") return Coupling::isotropic;
    if (name == "full") return Coupling::full;
    throw InputError("coupling = '" + name + "' is not one of: isotropic, full");
}

const char* coupling_name(Coupling coupling) { return coupling == Coupling::full ? "full" : "isotropic"; }

}  // namespace

void bind_ensembles(py::module_& module) {
    bind_class<Nve>(module, "NVE").def(py::init<>());
    bind_class<Langevin>(module, "Langevin")
        .def(py::init([](double temperature, double damping) {
                 return Langevin{temperature, damping};
             }),
             py::arg("temperature"), py::arg("damping"))
        .def_readonly("temperature", &Langevin::temperature)
        .def_readonly("damping", &Langevin::damping);
    bind_class<NoseHoover>(module, "NoseHoover")
        .def(py::init([](double temperature, double damping, int chain) {
                 return NoseHoover{temperature, damping, chain};
             }),
             py::arg("temperature"), py::arg("damping"), py::arg("chain"))
        .def_readonly("temperature", &NoseHoover::temperature)
        .def_readonly("damping", &NoseHoover::damping)
        .def_readonly("chain", &NoseHoover::chain);
    bind_class<Bussi>(module, "Bussi")
        .def(py::init([](double temperature, double damping) {
                 return Bussi{temperature, damping};
             }),
             py::arg("temperature"), py::arg("damping"))
        .def_readonly("temperature", &Bussi::temperature)
        .def_readonly("damping", &Bussi::damping);
    bind_class<Mtk>(module, "MTK")
        .def(py::init([](double temperature, double pressure, double damping, double pressure_damping,
                         const std::string& coupling, int chain) {
                 return Mtk{temperature, pressure, damping, pressure_damping, to_coupling(coupling), chain};
             }),
             py::arg("temperature"), py::arg("pressure"), py::arg("damping"), py::arg("pressure_damping"),
             py::arg("coupling"), py::arg("chain"))
        .def_readonly("temperature", &Mtk::temperature)
        .def_readonly("pressure", &Mtk::pressure)
        .def_readonly("damping", &Mtk::damping)
        .def_readonly("pressure_damping", &Mtk::pressure_damping)
        .def_property_readonly("coupling", [](const Mtk& mtk) { return coupling_name(mtk.coupling); })
        .def_readonly("chain", &Mtk::chain);
}

}  // namespace dpmd::python
