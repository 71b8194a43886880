// Bindings of dpmd/ensemble.hpp: an ensemble is its name and a dict of its parameters, and the tables are lists of
// dicts.
#include <optional>
#include <string>

#include <pybind11/stl.h>

#include "bindings.hpp"
#include "dpmd/ensemble.hpp"

namespace dpmd::python {
namespace {

template <class T>
T to_value(const py::handle& given, T) {
    return given.cast<T>();
}
Coupling to_value(const py::handle& given, Coupling) {
    const auto name = given.cast<std::string>();
    for (std::size_t k = 0; k < coupling_names.size(); ++k)
        if (name == coupling_names[k]) return Coupling(k);
    throw InputError("coupling = '" + name + "' is not one of: isotropic, full");
}

template <class T>
py::object from_value(T value) {
    return py::cast(value);
}
py::object from_value(Coupling coupling) { return py::str(coupling_names[std::size_t(coupling)]); }

/// Adds the fields that only this kind of parameter has.
template <class E>
void describe(const NumberParameter<E>& row, py::dict& out) {
    out["unit"] = row.unit;
    out["is_positive"] = row.is_positive;
    if (row.is_required) out["default"] = py::none();
}
template <class E>
void describe(const CountParameter<E>& row, py::dict& out) {
    out["least"] = row.least;
    out["most"] = row.most;
}
template <class E>
void describe(const CouplingParameter<E>&, py::dict& out) {
    out["choices"] = py::tuple(py::cast(coupling_names));
}

template <class E>
py::dict table_of(const E& defaults) {
    py::list parameters;
    for_each_parameter<E>([&](const auto& row) {
        py::dict described;
        described["name"] = row.name;
        described["about"] = row.about;
        described["default"] = from_value(defaults.*row.member);
        describe(row, described);
        parameters.append(described);
    });
    py::dict out;
    out["name"] = E::kind.name;
    out["statistics"] = E::kind.statistics;
    out["thermostat"] = E::kind.thermostat;
    out["about"] = E::kind.about;
    out["parameters"] = parameters;
    return out;
}

py::list ensemble_tables() {
    py::list out;
    for_each_ensemble([&](const auto& defaults) { out.append(table_of(defaults)); });
    return out;
}

}  // namespace

Ensemble to_ensemble(const py::tuple& given) {
    const auto name = given[0].cast<std::string>();
    const auto values = given[1].cast<py::dict>();
    std::optional<Ensemble> found;
    for_each_ensemble([&]<class E>(E ensemble) {
        if (name != E::kind.name) return;
        for_each_parameter<E>([&](const auto& row) {
            auto& member = ensemble.*row.member;
            member = to_value(values[row.name], member);
        });
        found = ensemble;
    });
    if (!found) throw InputError("ensemble = '" + name + "' is not known");
    return *found;
}

py::tuple from_ensemble(const Ensemble& ensemble) {
    return std::visit(
        []<class E>(const E& e) {
            py::dict values;
            for_each_parameter<E>([&](const auto& row) { values[row.name] = from_value(e.*row.member); });
            return py::make_tuple(E::kind.name, values);
        },
        ensemble);
}

void bind_ensembles(py::module_& module) { module.def("ensemble_tables", &ensemble_tables); }

}  // namespace dpmd::python
