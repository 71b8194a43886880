// Bindings of dpmd/simulation.hpp.
#include <chrono>
#include <functional>
#include <optional>
#include <tuple>
#include <utility>

#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include "bindings.hpp"
#include "dpmd/simulation.hpp"
#include "turn.hpp"

namespace dpmd::python {
namespace {

using SharedSimulation = Shared<Simulation>;

std::unique_ptr<SharedSimulation> make_simulation(
    const std::shared_ptr<Potential>& potential, const py::array& positions, const py::array& types,
    const py::object& cell, const std::array<bool, 3>& pbc, const py::object& velocities, const py::array& masses,
    const py::object& fparam, const py::object& aparam, const py::array& fixed, double timestep,
    const py::tuple& ensemble, double skin, std::uint64_t seed, bool zero_momentum, std::int64_t run_id,
    const std::shared_ptr<Communicator>& ranks, const std::array<int, 3>& grid, double most_imbalance) {
    const Frame frame(positions, types, cell, pbc, fparam, aparam);
    const auto v = optional_values_of<double>(velocities, "velocities"), m = values_of<double>(masses, "masses");
    const auto still = values_of<std::int32_t>(fixed, "fixed");
    const SimulationStart start{frame.positions, frame.types, v, m, frame.box, frame.fparam, frame.aparam, still};
    const SimulationOptions options{timestep, to_ensemble(ensemble), skin, seed, zero_momentum, run_id};
    const LockReleased released;
    return std::make_unique<SharedSimulation>(Simulation(potential, start, options, {ranks, grid, most_imbalance}));
}

std::unique_ptr<SharedSimulation> resume(const std::string& path, const std::shared_ptr<Potential>& potential,
                                         const std::optional<py::tuple>& ensemble,
                                         const std::optional<std::int64_t>& run_id,
                                         const std::shared_ptr<Communicator>& ranks, const std::array<int, 3>& grid,
                                         double most_imbalance) {
    const auto expected = ensemble ? std::optional(to_ensemble(*ensemble)) : std::nullopt;
    const LockReleased released;
    return std::make_unique<SharedSimulation>(
        Simulation::resume(path, potential, expected, {ranks, grid, most_imbalance}, run_id));
}

/// Runs Python in the middle of a run. Throws InputError in a child that it forks: the run goes on in one process only.
template <class F>
void out_of_turn(Turn& turn, const F& work) {
    const int fork = n_forks();
    {
        const Turn::Pause pause(turn);
        work();
    }
    if (fork != n_forks())
        throw InputError(
            "this process was forked in the middle of a run, which goes on in the other one: leave this one by "
            "os._exit, or start processes by multiprocessing's spawn or forkserver");
}

/// Lets other threads take their turns between two steps, and about twenty times a second runs Python's signal
/// handlers.
class BetweenSteps {
public:
    explicit BetweenSteps(Turn& turn) : turn_(turn) {}
    void operator()() {
        if (interpreter_ends()) throw InterpreterEnds();
        turn_.pass();
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < std::chrono::milliseconds(50)) return;
        last_ = now;
        out_of_turn(turn_, check_signals);
    }

private:
    Turn& turn_;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

std::int64_t run(SharedSimulation& shared, std::int64_t n_steps) {
    return shared.in_turn([&](Simulation& s) { return s.run(n_steps, BetweenSteps(shared.turn())); });
}

/// While Python runs, the state is that of a whole step: other threads may look at it, and so may the function.
void callback(SharedSimulation& shared, const std::function<void()>& function, std::int64_t every) {
    const auto call = [&turn = shared.turn(), function] {
        out_of_turn(turn, [&] {
            const LockTaken lock;
            function();
        });
    };
    shared.in_turn([&](Simulation& s) { s.callback(call, every); });
}

/// A method of Simulation that takes its turn.
template <class Result, class... Args>
auto in_turn(Result (Simulation::*method)(Args...)) {
    return [method](SharedSimulation& shared, Args... args) {
        return shared.in_turn([&](Simulation& s) { return (s.*method)(args...); });
    };
}
template <class Result, class... Args>
auto in_turn(Result (Simulation::*method)(Args...) const) {
    return [method](SharedSimulation& shared, Args... args) {
        return shared.in_turn([&](const Simulation& s) { return (s.*method)(args...); });
    };
}

template <class T>
std::vector<T> to_vector(std::span<const T> values) {
    return {values.begin(), values.end()};
}

/// The values of `look` as an array [n] or [n][n_values]. This may wait for other ranks.
template <class Look>
auto array_of(py::ssize_t n_values, const Look& look) {
    return [n_values, look](SharedSimulation& shared) {
        auto values = shared.in_turn([&](Simulation& s) { return to_vector(std::invoke(look, s)); });
        const auto n = static_cast<py::ssize_t>(values.size());
        if (n_values == 1) return to_array(std::move(values), {n});
        return to_array(std::move(values), {n / n_values, n_values});
    };
}

py::array_t<double> to_matrix(const std::array<double, 9>& m) {
    return to_array(std::vector<double>(m.begin(), m.end()), {3, 3});
}

/// step, time, types, positions, velocities, cell: all of one step. Collective.
py::tuple frame(SharedSimulation& shared) {
    std::vector<double> positions, velocities;
    std::vector<std::int32_t> types;
    std::array<double, 9> cell{};
    const auto [step, time] = shared.in_turn([&](Simulation& s) {
        types = to_vector(s.types());
        positions = to_vector(s.positions());
        velocities = to_vector(s.velocities());
        cell = s.box().cell;
        return std::pair(s.step(), s.time());
    });
    const auto n = static_cast<py::ssize_t>(types.size());
    return py::make_tuple(step, time, to_array(std::move(types), {n}), to_array(std::move(positions), {n, 3}),
                          to_array(std::move(velocities), {n, 3}), to_matrix(cell));
}

py::dict rank_report(SharedSimulation& shared) {
    const RankReport report = shared.in_turn([](Simulation& s) { return s.rank_report(); });
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

std::optional<std::tuple<std::int64_t, std::int64_t, double>> closest_pair(SharedSimulation& shared, double within) {
    const auto found = shared.in_turn([&](Simulation& s) { return s.closest_pair(within); });
    if (!found) return std::nullopt;
    return std::tuple(found->first, found->second, found->distance);
}

py::dict thermo(SharedSimulation& shared) {
    const Thermo t = shared.in_turn([](Simulation& s) { return s.thermo(); });
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
    out["cell"] = to_matrix(t.cell);
    return out;
}

}  // namespace

void bind_simulation(py::module_& module) {
    bind_class<SharedSimulation>(module, "Simulation")
        .def(py::init(&make_simulation), py::arg("potential"), py::arg("positions"), py::arg("types"), py::arg("cell"),
             py::arg("pbc"), py::arg("velocities"), py::arg("masses"), py::arg("fparam"), py::arg("aparam"),
             py::arg("fixed"), py::arg("timestep"), py::arg("ensemble"), py::arg("skin"), py::arg("seed"),
             py::arg("zero_momentum"), py::arg("run_id"), py::arg("ranks"), py::arg("grid"), py::arg("most_imbalance"))
        .def_static("resume", &resume, py::arg("path"), py::arg("potential"), py::arg("ensemble"), py::arg("run_id"),
                    py::arg("ranks"), py::arg("grid"), py::arg("most_imbalance"))
        .def("initialize_velocities", in_turn(&Simulation::initialize_velocities), py::arg("temperature"),
             py::arg("seed"), py::arg("exact"))
        .def(
            "set_velocities",
            [](SharedSimulation& shared, const py::array& velocities) {
                const auto values = values_of<double>(velocities, "velocities");
                shared.in_turn([&](Simulation& s) { s.set_velocities(values); });
            },
            py::arg("velocities"))
        .def("thermo_log", in_turn(&Simulation::thermo_log), py::arg("path"), py::arg("every"))
        .def(
            "trajectory",
            [](SharedSimulation& shared, const std::string& path, std::int64_t every, const std::string& format,
               bool velocities, bool with_forces, bool virial, bool time) {
                shared.in_turn([&](Simulation& s) {
                    s.trajectory({path, every, format, velocities, with_forces, virial, time});
                });
            },
            py::arg("path"), py::arg("every"), py::arg("format"), py::arg("velocities"), py::arg("forces"),
            py::arg("virial"), py::arg("time"))
        .def(
            "deviation",
            [](SharedSimulation& shared, const std::vector<Model>& models, const std::string& path, std::int64_t every,
               double force_level, double virial_level, bool atomic, const std::string& selected, double lower,
               double upper) {
                const DeviationOptions options{models, path,     every, {force_level, virial_level},
                                               atomic, selected, lower, upper};
                shared.in_turn([&](Simulation& s) { s.deviation(options); });
            },
            py::arg("models"), py::arg("path"), py::arg("every"), py::arg("force_level"), py::arg("virial_level"),
            py::arg("atomic"), py::arg("selected"), py::arg("lower"), py::arg("upper"))
        .def("checkpoint", in_turn(&Simulation::checkpoint), py::arg("path"), py::arg("every"))
        .def("callback", &callback, py::arg("function"), py::arg("every"))
        .def("run", &run, py::arg("n_steps"))
        .def("request_stop", [](SharedSimulation& shared) { shared.object().request_stop(); })
        .def("write_checkpoint", in_turn(&Simulation::write_checkpoint), py::arg("path"))
        .def("thermo", &thermo)
        .def("frame", &frame)
        .def("rank_report", &rank_report)
        .def("closest_pair", &closest_pair, py::arg("within"))
        .def_property_readonly("run_id", in_turn(&Simulation::run_id))
        .def_property_readonly(
            "resume_notes",
            [](SharedSimulation& shared) {
                return shared.in_turn([](Simulation& s) -> std::vector<std::string> { return s.resume_notes(); });
            })
        .def_property_readonly("largest_force_deviation", in_turn(&Simulation::largest_force_deviation))
        .def_property_readonly("n_atoms", in_turn(&Simulation::n_atoms))
        .def_property_readonly("step", in_turn(&Simulation::step))
        .def_property_readonly("time", in_turn(&Simulation::time))
        .def_property_readonly(
            "timestep",
            [](SharedSimulation& shared) { return shared.in_turn([](Simulation& s) { return s.options().timestep; }); })
        .def_property_readonly(
            "ensemble",
            [](SharedSimulation& shared) {
                return from_ensemble(shared.in_turn([](Simulation& s) { return s.options().ensemble; }));
            })
        .def_property_readonly("degrees_of_freedom", in_turn(&Simulation::degrees_of_freedom))
        .def_property_readonly("n_list_builds", in_turn(&Simulation::n_list_builds))
        .def_property_readonly("n_fallback", in_turn(&Simulation::n_fallback))
        .def_property_readonly("stage_times",
                               [](SharedSimulation& shared) {
                                   return by_stage(shared.in_turn([](Simulation& s) { return s.stage_times(); }));
                               })
        .def_property_readonly("engine_bytes", in_turn(&Simulation::engine_bytes))
        .def_property_readonly("model_bytes", in_turn(&Simulation::model_bytes))
        .def_property_readonly("types", array_of(1, &Simulation::types))
        .def_property_readonly("masses", array_of(1, &Simulation::masses))
        .def_property_readonly("fixed", array_of(1, &Simulation::fixed))
        .def_property_readonly("positions", array_of(3, &Simulation::positions))
        .def_property_readonly("velocities", array_of(3, &Simulation::velocities))
        .def_property_readonly("forces", array_of(3, &Simulation::forces))
        .def_property_readonly("cell",
                               [](SharedSimulation& shared) {
                                   return to_matrix(shared.in_turn([](Simulation& s) { return s.box().cell; }));
                               })
        .def_property_readonly("pbc", [](SharedSimulation& shared) {
            return shared.in_turn([](Simulation& s) { return s.box().periodic; });
        });
}

}  // namespace dpmd::python
