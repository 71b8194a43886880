#pragma once
// Shared by the binding sources: classes, and array arguments that are never converted silently.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "dpmd/box.hpp"
#include "dpmd/ensemble.hpp"
#include "dpmd/errors.hpp"
#include "dpmd/potential.hpp"
#include "interpreter.hpp"

namespace dpmd::python {

void bind_committee(py::module_& module);
void bind_importers(py::module_& module);
void bind_ensembles(py::module_& module);
void bind_errors(py::module_& module);
void bind_model(py::module_& module);
void bind_potential(py::module_& module);
void bind_ranks(py::module_& module);
void bind_run_files(py::module_& module);
void bind_simulation(py::module_& module);

/// Converts a name and the values of the parameters: ("Langevin", {"temperature": 330.0, "damping": 100.0}).
Ensemble to_ensemble(const py::tuple& given);
py::tuple from_ensemble(const Ensemble& ensemble);

/// pybind11 would give uninitialised memory to an object without a C++ object.
[[noreturn]] inline void* refuse_empty_object(std::size_t) {
    throw py::type_error("this object was made without __init__: call its class; a subclass calls super().__init__");
}

/// A py::class_ whose methods refuse objects made by __new__ alone.
template <class T, class... Options>
py::class_<T, Options...> bind_class(py::module_& module, const char* name) {
    py::class_<T, Options...> bound(module, name);
    py::detail::get_type_info(typeid(T), true)->operator_new = &refuse_empty_object;
    return bound;
}

/// A getter that releases the interpreter lock, because it may have to wait for another thread's call.
template <class F>
py::cpp_function unlocked(F getter) {
    return py::cpp_function(getter, py::call_guard<LockReleased>());
}

/// The values of a C-contiguous array of exactly T; anything else is an InputError that names the argument. It is a
/// copy, because other threads may change the array while the engine works on what it has checked.
template <class T>
std::vector<T> values_of(const py::array& array, const char* name) {
    if (!py::isinstance<py::array_t<T>>(array) || !(array.flags() & py::array::c_style))
        throw InputError(std::string(name) + " must be a C-contiguous array of dtype " +
                         std::string(py::str(py::dtype::of<T>())) + ", not " + std::string(py::str(array.dtype())));
    const auto* data = static_cast<const T*>(array.data());
    return {data, data + array.size()};
}

/// The same for an optional array; empty for None.
template <class T>
std::vector<T> optional_values_of(const py::object& object, const char* name) {
    if (object.is_none()) return {};
    return values_of<T>(object.cast<py::array>(), name);
}

/// A NumPy array that takes over a vector's memory.
template <class T>
py::array_t<T> to_array(std::vector<T>&& values, std::vector<py::ssize_t> shape) {
    auto* owned = new std::vector<T>(std::move(values));
    const py::capsule release(owned, [](void* p) { delete static_cast<std::vector<T>*>(p); });
    return py::array_t<T>(std::move(shape), owned->data(), release);
}

/// Seconds by the name of the stage.
inline py::dict by_stage(const std::vector<StageTime>& times) {
    py::dict out;
    for (const StageTime& time : times) out[py::str(time.stage)] = time.seconds;
    return out;
}

/// cell [3][3] float64 or None, pbc [3] bool.
inline Box to_box(const py::object& cell, const std::array<bool, 3>& pbc) {
    Box box;
    box.periodic = pbc;
    if (cell.is_none()) return box;
    const std::vector<double> values = values_of<double>(cell.cast<py::array>(), "cell");
    if (values.size() != 9) throw InputError("cell must have shape (3, 3)");
    std::copy(values.begin(), values.end(), box.cell.begin());
    return box;
}

/// The arguments of a compute.
struct Frame {
    Frame(const py::array& positions_given, const py::array& types_given, const py::object& cell,
          const std::array<bool, 3>& pbc, const py::object& fparam_given, const py::object& aparam_given)
        : positions(values_of<double>(positions_given, "positions")),
          types(values_of<std::int32_t>(types_given, "types")),
          fparam(optional_values_of<double>(fparam_given, "fparam")),
          aparam(optional_values_of<double>(aparam_given, "aparam")),
          box(to_box(cell, pbc)) {}
    Atoms atoms() const { return {positions, types, box, fparam, aparam}; }

    std::vector<double> positions;
    std::vector<std::int32_t> types;
    std::vector<double> fparam, aparam;
    Box box;
};

/// energy, forces [n][3], virial [3][3], atom_energies [n], atom_virials [n][3][3] or None.
inline py::tuple to_tuple(Result&& result, bool atom_virials) {
    const auto n = static_cast<py::ssize_t>(result.atom_energies.size());
    py::object virials = py::none();
    if (atom_virials) virials = to_array(std::move(result.atom_virials), {n, 3, 3});
    return py::make_tuple(result.energy, to_array(std::move(result.forces), {n, 3}),
                          to_array(std::vector<double>(result.virial.begin(), result.virial.end()), {3, 3}),
                          to_array(std::move(result.atom_energies), {n}), virials);
}

}  // namespace dpmd::python
