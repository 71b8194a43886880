// Bindings of dpmd/committee.hpp.
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "dpmd/committee.hpp"

namespace dpmd::python {
namespace {

py::list compute(Committee& committee, const py::array& positions, const py::array& types, const py::object& cell,
                 const std::array<bool, 3>& pbc, bool atom_virials, const py::object& fparam,
                 const py::object& aparam) {
    const Frame frame(positions, types, cell, pbc, fparam, aparam);
    std::vector<Result> results;
    {
        const LockReleased released;
        results = committee.compute(frame.atoms(), atom_virials);
    }
    py::list out;
    for (Result& result : results) out.append(to_tuple(std::move(result), atom_virials));
    return out;
}

/// energies [k], forces [k][n][3], virials [k][3][3].
ModelDeviation deviation(const std::vector<double>& energies, const py::array& forces, const py::array& virials,
                         double force_level, double virial_level) {
    const std::vector<double> f = values_of<double>(forces, "forces"), v = values_of<double>(virials, "virials");
    const std::size_t k = energies.size();
    if (k == 0 || f.size() % (3 * k) != 0 || v.size() != 9 * k)
        throw InputError("energies, forces and virials must be of as many models, and one at least");
    const std::size_t n = f.size() / (3 * k);
    std::vector<Result> results(k);
    for (std::size_t m = 0; m < k; ++m) {
        results[m].energy = energies[m];
        results[m].forces.assign(f.data() + 3 * n * m, f.data() + 3 * n * (m + 1));
        std::copy_n(v.data() + 9 * m, 9, results[m].virial.begin());
    }
    return model_deviation(results, {force_level, virial_level});
}

}  // namespace

void bind_committee(py::module_& module) {
    bind_class<Committee>(module, "Committee")
        .def(py::init([](const std::vector<Model>& models, const std::string& device, int threads,
                         const std::string& instruction_set, double skin) {
                 const LockReleased released;
                 return Committee(models, {device, threads, instruction_set, skin});
             }),
             py::arg("models"), py::arg("device"), py::arg("threads"), py::arg("instruction_set"), py::arg("skin"))
        .def("compute", &compute, py::arg("positions"), py::arg("types"), py::arg("cell"), py::arg("pbc"),
             py::arg("atom_virials"), py::arg("fparam"), py::arg("aparam"));
    bind_class<ModelDeviation>(module, "ModelDeviation")
        .def_readonly("max_v", &ModelDeviation::max_v)
        .def_readonly("min_v", &ModelDeviation::min_v)
        .def_readonly("avg_v", &ModelDeviation::avg_v)
        .def_readonly("max_f", &ModelDeviation::max_f)
        .def_readonly("min_f", &ModelDeviation::min_f)
        .def_readonly("avg_f", &ModelDeviation::avg_f)
        .def_readonly("energy", &ModelDeviation::energy)
        .def_property_readonly("forces", [](const ModelDeviation& d) {
            return to_array(std::vector<double>(d.forces), {static_cast<py::ssize_t>(d.forces.size())});
        });
    module.def("model_deviation", &deviation, py::arg("energies"), py::arg("forces"), py::arg("virials"),
               py::arg("force_level"), py::arg("virial_level"));
    module.def(
        "deviation_header",
        [](bool atomic, bool energy) {
            return deviation_header({atomic, energy});
        },
        py::arg("atomic"), py::arg("energy"));
    module.def(
        "deviation_row",
        [](std::int64_t step, const ModelDeviation& d, bool atomic, bool energy) {
            return deviation_row(step, d, {atomic, energy});
        },
        py::arg("step"), py::arg("deviation"), py::arg("atomic"), py::arg("energy"));
}

}  // namespace dpmd::python
