// The extension module dpmd._core.
#include <new>

#include "bindings.hpp"
#include "dpmd/available_memory.hpp"
#include "dpmd/dpmd.h"
#include "turn.hpp"

namespace dpmd::python {

void bind_errors(py::module_& module) {
    static py::exception<Error> error(module, "Error");
    static py::exception<DeviceError> device_error(module, "DeviceError", error);
    static py::exception<RankError> rank_error(module, "RankError", error);
    static py::exception<InternalError> internal_error(module, "InternalError", error);
    // InputError is a ValueError as well, so that generic callers catch it.
    static py::object input_error = py::reinterpret_steal<py::object>(PyErr_NewException(
        "dpmd._core.InputError", py::make_tuple(error, py::handle(PyExc_ValueError)).ptr(), nullptr));
    module.attr("InputError") = input_error;
    py::register_exception_translator([](std::exception_ptr p) {
        try {
            if (p) std::rethrow_exception(p);
        } catch (const InputError& e) {
            py::set_error(input_error, e.what());
        } catch (const DeviceError& e) {
            py::set_error(device_error, e.what());
        } catch (const RankError& e) {
            py::set_error(rank_error, e.what());
        } catch (const InternalError& e) {
            py::set_error(internal_error, e.what());
        } catch (const Error& e) {
            py::set_error(error, e.what());
        } catch (const std::bad_alloc&) {
            py::set_error(device_error, "out of host memory; use a smaller system or more ranks");
        }
    });
}

}  // namespace dpmd::python

PYBIND11_MODULE(_core, module) {
    module.doc() = "Native engine of dpmd.";
    module.attr("__version__") = dpmd_version();
    dpmd::python::bind_errors(module);
    module.def("available_memory", &dpmd::available_memory);
    dpmd::python::bind_importers(module);
    dpmd::python::bind_model(module);
    dpmd::python::bind_potential(module);
    dpmd::python::bind_committee(module);
    dpmd::python::bind_ranks(module);
    dpmd::python::bind_ensembles(module);
    dpmd::python::bind_simulation(module);
    dpmd::python::bind_run_files(module);
    dpmd::python::await_calls_at_exit();
    dpmd::python::Turn::watch_forks();
}
