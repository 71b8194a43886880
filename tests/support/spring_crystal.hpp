#pragma once
// A periodic simple cubic crystal with springs to first and second neighbours: analytic, stable under shear, fast. The
// springs harden, so that modes exchange energy and global thermostats and barostats soon reach all of them.
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "md/integrator.hpp"
#include "md/velocities.hpp"
#include "support/backend_parameter.hpp"

namespace dpmd::md::testing {

struct SpringCrystal {
    int cells = 3;           ///< atoms along each edge
    double spacing = 3.0;    ///< Å
    double stiffness = 1.0;  ///< eV/Å^2
    double hardening = 0;    ///< eV/Å^4
    double mass = 4.0;       ///< atomic mass units; with these numbers the fastest mode has a period of 32 fs
    std::vector<std::int32_t> fixed{};  ///< atoms that do not move

    struct Spring {
        std::size_t i, j;
        double image[3];  // lattice vectors added to j
        double length;
    };

    /// A state with all atoms at rest at their lattice sites.
    State make_state(Memory& memory = host_memory()) const {
        const int n = cells * cells * cells;
        std::vector<double> positions;
        for (int a = 0; a < n; ++a) {
            const int place[3] = {a / (cells * cells), a / cells % cells, a % cells};
            for (const int p : place) positions.push_back(p * spacing);
        }
        const std::vector<std::int32_t> types(std::size_t(n), 0);
        const std::vector<double> masses = {mass};
        const double edge = cells * spacing;
        const Box box = Box::fully_periodic({edge, 0, 0, 0, edge, 0, 0, 0, edge});
        State state({positions, types, {}, masses, box, {}, fixed}, memory);
        state.speed_limit = 1;
        state.degrees_of_freedom = fixed.empty() ? 3 * n - 3 : 3 * int(state.n_free());
        return state;
    }

    std::vector<Spring> make_springs() const {
        std::vector<Spring> out;
        constexpr int steps[9][3] = {{1, 0, 0}, {0, 1, 0},  {0, 0, 1}, {1, 1, 0}, {1, -1, 0},
                                     {1, 0, 1}, {1, 0, -1}, {0, 1, 1}, {0, 1, -1}};
        for (int a = 0; a < cells * cells * cells; ++a)
            for (const auto& step : steps) {
                Spring spring{};
                spring.i = std::size_t(a);
                const int place[3] = {a / (cells * cells), a / cells % cells, a % cells};
                int there[3] = {}, norm2 = 0;
                for (int k = 0; k < 3; ++k) {
                    const int moved = place[k] + step[k];
                    there[k] = (moved + cells) % cells;
                    spring.image[k] = (moved - there[k]) / cells;
                    norm2 += step[k] * step[k];
                }
                spring.j = std::size_t((there[0] * cells + there[1]) * cells + there[2]);
                spring.length = spacing * std::sqrt(double(norm2));
                out.push_back(spring);
            }
        return out;
    }
};

/// A crystal that moves.
class CrystalRun {
public:
    CrystalRun(const Ensemble& ensemble, double timestep, std::uint64_t seed = 1, const SpringCrystal& crystal = {},
               bool zero_momentum = true, const std::string& backend_name = "")
        : backend(dpmd::testing::make_test_backend(backend_name, 1)),
          state(crystal.make_state(backend->memory())),
          stiffness_(crystal.stiffness),
          hardening_(crystal.hardening),
          springs_(crystal.make_springs()) {
        state.zero_momentum = zero_momentum && state.fixed.empty();
        if (!zero_momentum && state.fixed.empty() && std::holds_alternative<Langevin>(ensemble))
            state.degrees_of_freedom += 3;
        const IntegratorSetup setup{*backend, timestep, seed, state.degrees_of_freedom};
        integrator = std::visit([&](const auto& e) { return make_integrator(e, setup); }, ensemble);
        integrator->begin(state);
        compute_forces(state);
    }

    void draw(double temperature, std::uint64_t seed) { draw_velocities(*backend, state, temperature, seed, true); }

    void step() {
        const bool removes_momentum = state.zero_momentum && (state.step + 1) % momentum_interval == 0;
        put_step(*integrator, *backend, state, removes_momentum, [this] {
            pull_motion(state);
            compute_forces(state);
            return true;
        });
        pull_motion(state);
    }

    double conserved() const { return conserved_energy(state, *integrator); }
    double kinetic() const { return 0.5 * state.motion.twice_kinetic_energy(); }

    /// E = sum k x^2 / 2 + h x^4 / 4 with x = |d| - l, F_j = -E' d/|d|, virial = sum F (x) r.
    void compute_forces(State& s) const {
        const std::span<const double> positions = s.positions.on_host();
        std::vector<double>& forces = forces_;
        forces.assign(positions.size(), 0.0);
        s.energy = 0;
        s.virial = {};
        for (const SpringCrystal::Spring& spring : springs_) {
            const Vector3 shift = row_times(spring.image, s.lattice.cell);
            double d[3];
            for (std::size_t c = 0; c < 3; ++c)
                d[c] = positions[3 * spring.j + c] + shift[int(c)] - positions[3 * spring.i + c];
            const double r = std::sqrt(dot(d, d)), x = r - spring.length;
            const double slope = (stiffness_ + hardening_ * x * x) * x;
            s.energy += (0.5 * stiffness_ + 0.25 * hardening_ * x * x) * x * x;
            for (std::size_t c = 0; c < 3; ++c) {
                const double force = -slope * d[c] / r;
                forces[3 * spring.j + c] += force;
                forces[3 * spring.i + c] -= force;
                for (int e = 0; e < 3; ++e) s.virial[int(c)][e] += force * d[e];
            }
        }
        s.forces.assign(forces);
        s.push();
    }

    std::shared_ptr<Backend> backend;
    State state;
    std::unique_ptr<Integrator> integrator;

private:
    mutable std::vector<double> forces_;
    double stiffness_, hardening_;
    std::vector<SpringCrystal::Spring> springs_;
};

}  // namespace dpmd::md::testing
