// Bindings of dpmd/simulation.hpp and dpmd/ensemble.hpp.
#include <chrono>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "dpmd/simulation.hpp"

namespace dpmd::python {
namespace {

Coupling to_coupling(const std::string& name) {
    if (name == "isotropic") return Coupling::isotropic;
    if (name == "full") return Coupling::full;
    throw InputError("coupling = '" + name + "' is not one of: isotropic, full");
}

const char* coupling_name(Coupling coupling) { return coupling == Coupling::full ? "full" : "isotropic"; }

void bind_ensembles(py::module_& module) {
    py::class_<Nve>(module, "NVE").def(py::init<>());
    py::class_<Langevin>(module, "Langevin")
        .def(py::init([](double temperature, double damping) {
                 return Langevin{temperature, damping};
             }),
             py::arg("temperature"), py::arg("damping"))
        .def_readonly("temperature", &Langevin::temperature)
        .def_readonly("damping", &Langevin::damping);
    py::class_<NoseHoover>(module, "NoseHoover")
        .def(py::init([](double temperature, double damping, int chain) {
                 return NoseHoover{temperature, damping, chain};
             }),
             py::arg("temperature"), py::arg("damping"), py::arg("chain"))
        .def_readonly("temperature", &NoseHoover::temperature)
        .def_readonly("damping", &NoseHoover::damping)
        .def_readonly("chain", &NoseHoover::chain);
    py::class_<Bussi>(module, "Bussi")
        .def(py::init([](double temperature, double damping) {
                 return Bussi{temperature, damping};
             }),
             py::arg("temperature"), py::arg("damping"))
        .def_readonly("temperature", &Bussi::temperature)
        .def_readonly("damping", &Bussi::damping);
    py::class_<Mtk>(module, "MTK")
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

Simulation make_simulation(const std::shared_ptr<Potential>& potential, const py::array& positions,
                           const py::array& types, const py::object& cell, const std::array<bool, 3>& pbc,
                           const py::object& velocities, const py::array& masses, const py::object& fparam,
                           const py::object& aparam, const py::array& fixed, double timestep, const Ensemble& ensemble,
                           double skin, std::uint64_t seed, bool zero_momentum,
                           const std::shared_ptr<Communicator>& ranks, const std::array<int, 3>& grid,
                           double most_imbalance) {
    SimulationStart start;
    start.positions = view<double>(positions, "positions");
    start.types = view<std::int32_t>(types, "types");
    start.box = to_box(cell, pbc);
    start.velocities = optional_view<double>(velocities, "velocities");
    start.masses = view<double>(masses, "masses");
    start.fparam = optional_view<double>(fparam, "fparam");
    start.aparam = optional_view<double>(aparam, "aparam");
    start.fixed = view<std::int32_t>(fixed, "fixed");
    const SimulationOptions options{timestep, ensemble, skin, seed, zero_momentum};
    const py::gil_scoped_release release;
    return Simulation(potential, start, options, {ranks, grid, most_imbalance});
}

Simulation resume(const std::string& path, const std::shared_ptr<Potential>& potential,
                  const std::optional<Ensemble>& ensemble, const std::shared_ptr<Communicator>& ranks,
                  const std::array<int, 3>& grid, double most_imbalance) {
    const py::gil_scoped_release release;
    return Simulation::resume(path, potential, ensemble, {ranks, grid, most_imbalance});
}

/// Lets Python's signal handlers run about twenty times a second.
class SignalCheck {
public:
    void operator()() {
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < std::chrono::milliseconds(50)) return;
        last_ = now;
        const py::gil_scoped_acquire acquire;
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    }

private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

std::int64_t run(Simulation& simulation, std::int64_t n_steps) {
    const py::gil_scoped_release release;
    return simulation.run(n_steps, SignalCheck());
}

template <class T>
py::array_t<T> copy(std::span<const T> values, std::vector<py::ssize_t> shape) {
    return to_array(std::vector<T>(values.begin(), values.end()), std::move(shape));
}

/// Gives what `look` shows of every atom as an array of so many values per atom. Other ranks may have to be waited for.
template <class Look>
auto per_atom(py::ssize_t n_values, const Look& look) {
    return [n_values, look](Simulation& simulation) {
        decltype(std::invoke(look, simulation)) values;
        {
            const py::gil_scoped_release release;
            values = std::invoke(look, simulation);
        }
        std::vector<py::ssize_t> shape{simulation.n_atoms()};
        if (n_values > 1) shape.push_back(n_values);
        return copy(values, std::move(shape));
    };
}

py::dict rank_report(const Simulation& simulation) {
    const RankReport report = simulation.rank_report();
    py::dict out;
    out["rank"] = report.rank;
    out["n_ranks"] = report.n_ranks;
    out["grid"] = py::tuple(py::cast(report.grid));
    out["imbalance"] = report.imbalance;
    out["n_owned"] = report.n_owned;
    out["n_ghosts"] = report.n_ghosts;
    out["n_remote_ghosts"] = report.n_remote_ghosts;
    out["n_sent"] = report.n_sent;
    out["n_peers"] = report.n_peers;
    out["n_migrated"] = report.n_migrated;
    out["migration_seconds"] = report.migration_seconds;
    return out;
}

std::optional<std::tuple<std::int64_t, std::int64_t, double>> closest_pair(const Simulation& simulation,
                                                                           double within) {
    const py::gil_scoped_release release;
    const auto found = simulation.closest_pair(within);
    if (!found) return std::nullopt;
    return std::tuple(found->first, found->second, found->distance);
}

py::dict thermo(Simulation& simulation) {
    Thermo t;
    {
        const py::gil_scoped_release release;
        t = simulation.thermo();
    }
    const auto& p = t.pressure_tensor;
    py::dict out;
    out["step"] = t.step;
    out["time"] = t.time;
    out["temperature"] = t.temperature;
    out["kinetic_energy"] = t.kinetic_energy;
    out["potential_energy"] = t.potential_energy;
    out["conserved_energy"] = t.conserved_energy;
    out["pressure"] = t.pressure;
    out["volume"] = t.volume;
    out["density"] = t.density;
    out["pressure_tensor"] =
        to_array(std::vector<double>{p[0], p[3], p[4], p[3], p[1], p[5], p[4], p[5], p[2]}, {3, 3});
    out["cell"] = copy(std::span<const double>(t.cell), {3, 3});
    return out;
}

}  // namespace

void bind_simulation(py::module_& module) {
    bind_ensembles(module);
    py::class_<Simulation>(module, "Simulation")
        .def(py::init(&make_simulation), py::arg("potential"), py::arg("positions"), py::arg("types"), py::arg("cell"),
             py::arg("pbc"), py::arg("velocities"), py::arg("masses"), py::arg("fparam"), py::arg("aparam"),
             py::arg("fixed"), py::arg("timestep"), py::arg("ensemble"), py::arg("skin"), py::arg("seed"),
             py::arg("zero_momentum"), py::arg("ranks"), py::arg("grid"), py::arg("most_imbalance"))
        .def_static("resume", &resume, py::arg("path"), py::arg("potential"), py::arg("ensemble"), py::arg("ranks"),
                    py::arg("grid"), py::arg("most_imbalance"))
        .def("initialize_velocities", &Simulation::initialize_velocities, py::arg("temperature"), py::arg("seed"),
             py::arg("exact"), py::call_guard<py::gil_scoped_release>())
        .def(
            "set_velocities",
            [](Simulation& s, const py::array& velocities) {
                const auto values = view<double>(velocities, "velocities");
                const py::gil_scoped_release release;
                s.set_velocities(values);
            },
            py::arg("velocities"))
        .def("thermo_log", &Simulation::thermo_log, py::arg("path"), py::arg("every"),
             py::call_guard<py::gil_scoped_release>())
        .def(
            "trajectory",
            [](Simulation& s, const std::string& path, std::int64_t every, const std::string& format, bool velocities,
               bool with_forces, bool virial, bool time) {
                const py::gil_scoped_release release;
                s.trajectory({path, every, format, velocities, with_forces, virial, time});
            },
            py::arg("path"), py::arg("every"), py::arg("format"), py::arg("velocities"), py::arg("forces"),
            py::arg("virial"), py::arg("time"))
        .def(
            "deviation",
            [](Simulation& s, const std::vector<std::shared_ptr<Potential>>& models, const std::string& path,
               std::int64_t every, double force_level, double virial_level, bool atomic, const std::string& selected,
               double lower, double upper) {
                const py::gil_scoped_release release;
                s.deviation({{models.begin(), models.end()},
                             path,
                             every,
                             {force_level, virial_level},
                             atomic,
                             selected,
                             lower,
                             upper});
            },
            py::arg("models"), py::arg("path"), py::arg("every"), py::arg("force_level"), py::arg("virial_level"),
            py::arg("atomic"), py::arg("selected"), py::arg("lower"), py::arg("upper"))
        .def("checkpoint", &Simulation::checkpoint, py::arg("path"), py::arg("every"),
             py::call_guard<py::gil_scoped_release>())
        .def("callback", &Simulation::callback, py::arg("function"), py::arg("every"),
             py::call_guard<py::gil_scoped_release>())
        .def("run", &run, py::arg("n_steps"))
        .def("request_stop", &Simulation::request_stop)
        .def("write_checkpoint", &Simulation::write_checkpoint, py::arg("path"),
             py::call_guard<py::gil_scoped_release>())
        .def("thermo", &thermo)
        .def("rank_report", &rank_report)
        .def("closest_pair", &closest_pair, py::arg("within"))
        .def_property_readonly("largest_force_deviation", &Simulation::largest_force_deviation)
        .def_property_readonly("n_atoms", &Simulation::n_atoms)
        .def_property_readonly("step", &Simulation::step)
        .def_property_readonly("time", &Simulation::time)
        .def_property_readonly("timestep", [](const Simulation& s) { return s.options().timestep; })
        .def_property_readonly("ensemble", [](const Simulation& s) { return s.options().ensemble; })
        .def_property_readonly("degrees_of_freedom", &Simulation::degrees_of_freedom)
        .def_property_readonly("n_list_builds", &Simulation::n_list_builds)
        .def_property_readonly("n_exact", &Simulation::n_exact)
        .def_property_readonly("stage_times", [](const Simulation& s) { return by_stage(s.stage_times()); })
        .def_property_readonly("engine_bytes", &Simulation::engine_bytes)
        .def_property_readonly("types", per_atom(1, &Simulation::types))
        .def_property_readonly(
            "masses",
            [](const Simulation& s) { return copy(s.masses(), {static_cast<py::ssize_t>(s.masses().size())}); })
        .def_property_readonly(
            "fixed", [](const Simulation& s) { return copy(s.fixed(), {static_cast<py::ssize_t>(s.fixed().size())}); })
        .def_property_readonly("positions", per_atom(3, &Simulation::positions))
        .def_property_readonly("velocities", per_atom(3, &Simulation::velocities))
        .def_property_readonly("forces", per_atom(3, &Simulation::forces))
        .def_property_readonly("cell",
                               [](const Simulation& s) {
                                   return copy(std::span<const double>(s.box().cell), {3, 3});
                               })
        .def_property_readonly("pbc", [](const Simulation& s) { return s.box().periodic; });
}

}  // namespace dpmd::python
