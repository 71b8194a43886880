#pragma once
// What the binding sources share: array arguments that are views, never silent conversions.
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "dpmd/box.hpp"
#include "dpmd/errors.hpp"
#include "dpmd/potential.hpp"

namespace dpmd::python {

namespace py = pybind11;

void bind_committee(py::module_& module);
void bind_errors(py::module_& module);
void bind_potential(py::module_& module);
void bind_ranks(py::module_& module);
void bind_run_files(py::module_& module);
void bind_simulation(py::module_& module);

/// A C-contiguous array of exactly T; anything else is an InputError naming the argument.
template <class T>
std::span<const T> view(const py::array& array, const char* name) {
    if (!py::isinstance<py::array_t<T>>(array) || !(array.flags() & py::array::c_style))
        throw InputError(std::string(name) + " must be a C-contiguous array of dtype " +
                         std::string(py::str(py::dtype::of<T>())) + ", not " + std::string(py::str(array.dtype())));
    return {static_cast<const T*>(array.data()), static_cast<std::size_t>(array.size())};
}

/// A view of an optional array; empty for None.
template <class T>
std::span<const T> optional_view(const py::object& object, const char* name) {
    if (object.is_none()) return {};
    return view<T>(object.cast<py::array>(), name);
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
    const std::span<const double> values = view<double>(cell.cast<py::array>(), "cell");
    if (values.size() != 9) throw InputError("cell must have shape (3, 3)");
    std::copy(values.begin(), values.end(), box.cell.begin());
    return box;
}

/// The arguments of a compute: views, to be used while they live.
inline Atoms to_atoms(const py::array& positions, const py::array& types, const py::object& cell,
                      const std::array<bool, 3>& pbc, const py::object& fparam, const py::object& aparam) {
    Atoms atoms;
    atoms.positions = view<double>(positions, "positions");
    atoms.types = view<std::int32_t>(types, "types");
    atoms.box = to_box(cell, pbc);
    atoms.fparam = optional_view<double>(fparam, "fparam");
    atoms.aparam = optional_view<double>(aparam, "aparam");
    return atoms;
}

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
