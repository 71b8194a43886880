#pragma once
// Small systems that several ranks simulate, and a record of a run.
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dpmd/simulation.hpp"
#include "support/random_numbers.hpp"

namespace dpmd::testing {

/// The model of examples/water in moment form, on one thread.
inline std::shared_ptr<const Potential> water_potential(const std::string& device = "cpu") {
    const auto load = [](const std::string& on) {
        PotentialOptions options;
        options.device = on;
        options.compress = "moment";
        options.threads = 1;
        return std::make_shared<const Potential>(DPMD_TREE "/examples/water/water_small.dpmd", options);
    };
    static const std::shared_ptr<const Potential> on_cpu = load("cpu");
    return device == "cpu" ? on_cpu : load(device);
}

/// Water molecules on a lattice of 3.1 Å, in various orientations.
struct Water {
    std::vector<double> positions;
    std::vector<std::int32_t> types;
    Box box;
    std::vector<double> masses{15.999, 1.008};
    std::vector<std::int32_t> fixed;
    SimulationOptions options;

    Water(int a, int b, int c, const Box& given, double lattice_shift = 0) : box(given) {
        const double bond = 0.9572, angle = 104.52 * 3.14159265358979323846 / 180;
        testing::Random random(17);
        for (int m = 0; m < a * b * c; ++m) {
            const double f[3] = {3.1 * (m % a), 3.1 * (m / a % b), 3.1 * (m / a / b)};
            const double turn = random.uniform(0, 6.28), tilt = random.uniform(-0.2, 0.2);
            const auto place = [&](double x, double y, double z, std::int32_t type) {
                const double cosine = std::cos(turn), sine = std::sin(turn);
                const double v[3] = {f[0] + cosine * x - sine * y + lattice_shift * f[2], f[1] + sine * x + cosine * y,
                                     f[2] + z};
                positions.insert(positions.end(), v, v + 3);
                types.push_back(type);
            };
            place(0, 0, 0, 0);
            place(bond, 0, tilt, 1);
            place(bond * std::cos(angle), bond * std::sin(angle), -tilt, 1);
        }
        options.timestep = 0.5;
        options.skin = 0.5;
        options.seed = 3;
    }
    SimulationStart start() const { return {positions, types, {}, masses, box, {}, {}, fixed}; }
    /// The same with all molecules fixed whose oxygen is below a height, Å.
    Water with_fixed(double height) const {
        Water out = *this;
        for (std::size_t i = 0; i < types.size(); ++i)
            if (positions[3 * (i - i % 3) + 2] < height) out.fixed.push_back(static_cast<std::int32_t>(i));
        return out;
    }

    static Water cube(int n = 4) {
        return Water(n, n, n, Box::fully_periodic({3.1 * n, 0, 0, 0, 3.1 * n, 0, 0, 0, 3.1 * n}));
    }
    static Water tilted() { return Water(4, 4, 3, Box::fully_periodic({12.4, 0, 0, 0, 12.4, 0, 2.79, 0, 9.3}), 0.3); }
    static Water droplet() { return Water(3, 3, 3, Box{}); }
    static Water slab() { return Water(3, 3, 2, Box::fully_periodic({9.3, 0, 0, 0, 9.3, 0, 0, 0, 40})); }
    /// One molecule wide: a rank's brick is thinner than the cutoff, and the box too.
    static Water wire() { return Water(1, 1, 6, Box::fully_periodic({6, 0, 0, 0, 6, 0, 0, 0, 18.6})); }
};

struct Seen {
    std::vector<double> positions, velocities, forces, energies, pressures;
    std::int64_t builds = 0;
    bool operator==(const Seen&) const = default;
};

/// Runs and records thermodynamics every five steps, and all atoms at the end.
inline Seen watched_run(Simulation& simulation, std::int64_t steps) {
    Seen out;
    for (std::int64_t done = 0; done < steps; done += 5) {
        simulation.run(5);
        const Thermo thermo = simulation.thermo();
        out.energies.push_back(thermo.conserved_energy);
        out.energies.push_back(thermo.kinetic_energy);
        if (!std::isnan(thermo.pressure)) out.pressures.push_back(thermo.pressure);
    }
    const auto copy = [](std::span<const double> values) { return std::vector<double>(values.begin(), values.end()); };
    out.positions = copy(simulation.positions());
    out.velocities = copy(simulation.velocities());
    out.forces = copy(simulation.forces());
    out.builds = simulation.n_list_builds();
    return out;
}

}  // namespace dpmd::testing
