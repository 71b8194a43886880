#pragma once
// A run of a few atoms with the smallest of models: its files after some steps, for fuzz targets to damage.
#include <fstream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dpmd/simulation.hpp"
#include "support/model_files.hpp"
#include "support/random_models.hpp"
#include "support/temporary_file.hpp"

namespace dpmd::fuzz {

inline std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void put_content(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

inline std::shared_ptr<const Potential> tiny_potential(std::uint64_t seed) {
    testing::ModelRecipe recipe;
    recipe.embedding = {2, 4};
    recipe.axis = 2;
    recipe.fitting = {3, 3};
    recipe.fitting_scale = 0.05;  // soft: no step blows up
    const auto bytes = testing::model_parts(testing::random_model(recipe, seed)).bytes();
    PotentialOptions options;
    options.threads = 1;
    return std::make_shared<const Potential>(std::span(bytes), "tiny", options);
}

inline const std::vector<Ensemble>& ensembles() {
    static const std::vector<Ensemble> all{
        Nve{},          Langevin{300, 50},           NoseHoover{300, 50, 3},
        Bussi{300, 50}, Mtk{300, 1, 50, 500, {}, 3}, Mtk{300, 1, 50, 500, Coupling::full, 2}};
    return all;
}

inline Simulation tiny_simulation(std::shared_ptr<const Potential> potential, const Ensemble& ensemble) {
    const std::vector<double> positions{0, 0, 0, 1.6, 0.2, 0.3, 0.3, 1.9, 0.9, 2.6, 2.2, 2.7};
    const std::vector<std::int32_t> types{0, 1, 1, 0};
    const std::vector<double> masses{16, 2};
    SimulationOptions options;
    options.timestep = 0.5;
    options.ensemble = ensemble;
    options.seed = 7;
    Simulation out(std::move(potential),
                   {positions, types, {}, masses, {{4.5, 0, 0, 0, 4.5, 0, 0, 0, 5}, {true, true, true}}, {}, {}},
                   options);
    out.initialize_velocities(300, 1);
    return out;
}

/// The names of the files that a run appends to.
inline const std::vector<std::string>& record_files() {
    static const std::vector<std::string> names{"thermo.csv", "trajectory.extxyz", "trajectory.dump", "timed.dump",
                                                "model_devi.out"};
    return names;
}

/// Makes the simulation write all of them, or one, into `folder`.
inline void write_records(Simulation& simulation, const std::string& folder, const std::string& only = "") {
    static const std::shared_ptr<const Potential> judge = tiny_potential(2);
    constexpr std::int64_t every = 2;
    for (const std::string& name : record_files()) {
        if (!only.empty() && name != only) continue;
        const std::string path = folder + "/" + name;
        DeviationOptions judged;
        judged.models = {judge->model()};
        judged.path = path;
        judged.every = every;
        if (name == "thermo.csv") simulation.thermo_log(path, every);
        else if (name == "model_devi.out") simulation.deviation(judged);
        else simulation.trajectory({path, every, "", true, true, false, name == "timed.dump"});
    }
}

}  // namespace dpmd::fuzz
