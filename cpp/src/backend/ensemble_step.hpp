#pragma once
// The arithmetic of ensembles that is not per atom: what thermostats and barostats do between the verbs that move
// atoms. Every backend runs it on the StepState in its memory. The integrators in md/ decide the order.
#include <cmath>
#include <cstdint>

#include "backend/evaluate.hpp"
#include "backend/step_state.hpp"
#include "math/list_reach.hpp"
#include "math/random_draws.hpp"
#include "math/symmetric_matrix.hpp"

namespace dpmd {

/// Constants of a run.
struct EnsembleConstants {
    double dt = 0;  ///< fs
    int degrees_of_freedom = 0;
    double total_mass = 0;  ///< eV fs^2/Å^2
    std::uint64_t seed = 0;
    double decay = 1, target = 0;  ///< Bussi: exp(-dt/tau), N_f kT/2
    bool isotropic = false;        ///< MTK
    double pressure = 0;           ///< MTK, eV/Å^3
    double cell_mass = 1;          ///< MTK: W, eV fs^2
};

enum class EnsembleStep {
    next_step,         ///< counts the step
    center_shift,      ///< shift <- velocity of the centre of mass
    remember_kinetic,  ///< stores the kinetic energy
    add_heat,          ///< heat += kinetic energy now minus the stored one
    nose_hoover,       ///< half a step of the chain; sets scale
    rescale,           ///< stochastic velocity rescaling; sets scale, stores the kinetic energy
    mtk_before,        ///< chains, barostat and the matrices of the step; sets scale
    mtk_move_cell,     ///< moves the cell to the new step
    mtk_after,         ///< the second half
};

/// The verb: runs one of these on the StepState in backend memory.
struct EnsembleStepArgs {
    EnsembleStep what{};
    EnsembleConstants constants;
    StepState* state = nullptr;
};

/// Runs after an evaluation: puts energy and virial into the state, or the reason to halt.
struct CloseForcesArgs {
    const EvaluateTotals* totals = nullptr;
    StepState* state = nullptr;
};

/// Decides by StepState::max_displacement_squared whether the list is still valid.
struct JudgeListArgs {
    double cutoff = 0, skin = 0;                 ///< Å
    Matrix3 reference_inverse_cell = identity3;  ///< inverse of the cell in which the list was built
    Matrix3 reference_cell = identity3;
    StepState* state = nullptr;
};

DPMD_HD double trace(const Matrix3& a) { return a[0][0] + a[1][1] + a[2][2]; }

/// Deformation from the reference cell to the present cell; exactly 1 while they are the same.
DPMD_HD Matrix3 deformation_of(const Matrix3& reference_cell, const Matrix3& reference_inverse, const Matrix3& cell) {
    bool same = true;
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) same = same && cell[i][j] == reference_cell[i][j];
    return same ? identity3 : product(reference_inverse, cell);
}

/// Constant temperature and pressure after Martyna, Tobias and Klein: see md/mtk.cpp for the equations.
struct MtkStep {
    const EnsembleConstants& c;
    StepState& s;

    /// W tr(g g), eV.
    DPMD_HD double twice_cell_kinetic() const {
        double sum = 0;
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) sum += s.ensemble.cell_velocity[i][j] * s.ensemble.cell_velocity[i][j];
        return c.cell_mass * sum;
    }

    DPMD_HD void advance_barostat_chain() {
        const double factor = s.ensemble.barostat.advance(twice_cell_kinetic(), 0.5 * c.dt);
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) s.ensemble.cell_velocity[i][j] *= factor;
    }

    /// Advances g by half a step, with `kinetic_scale` times the kinetic tensor.
    DPMD_HD void push_cell(double kinetic_scale) {
        const double* t = s.motion.kinetic_tensor;
        const Matrix3 kinetic{{{t[0], t[3], t[4]}, {t[3], t[1], t[5]}, {t[4], t[5], t[2]}}};
        const double push = 0.5 * c.dt / c.cell_mass;
        const double diagonal =
            kinetic_scale * trace(kinetic) / c.degrees_of_freedom - c.pressure * ::fabs(determinant(s.cell));
        Matrix3 force{};
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j)
                force[i][j] =
                    kinetic_scale * kinetic[i][j] + 0.5 * (s.virial[i][j] + s.virial[j][i]) + (i == j ? diagonal : 0);
        if (c.isotropic) {
            const double third = trace(force) / 3;
            force = {{{third, 0, 0}, {0, third, 0}, {0, 0, third}}};
        }
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) s.ensemble.cell_velocity[i][j] += push * force[i][j];
    }

    /// Solves dv/dt = F/m - v a with a = g + tr(g)/N_f exactly for half a step.
    DPMD_HD void set_kick() {
        const double t = 0.5 * c.dt;
        Matrix3 a = s.ensemble.cell_velocity;
        for (int i = 0; i < 3; ++i) a[i][i] += trace(s.ensemble.cell_velocity) / c.degrees_of_freedom;
        const Eigensystem system = diagonalize(a);
        s.factors.kick_scale = apply(system, [t](double x) { return ::exp(-x * t); });
        s.factors.kick_response = apply(system, [t](double x) { return ::exp(-0.5 * x * t) * sinhc(0.5 * x * t); });
    }

    /// Solves dr/dt = v + r g and dh/dt = h g exactly for a step.
    DPMD_HD void set_drift() {
        const double t = c.dt;
        const Eigensystem system = diagonalize(s.ensemble.cell_velocity);
        s.factors.drift_scale = apply(system, [t](double x) { return ::exp(x * t); });
        s.factors.drift_response = apply(system, [t](double x) { return ::exp(0.5 * x * t) * sinhc(0.5 * x * t); });
    }

    DPMD_HD double advance_particle_chain() {
        return s.ensemble.particles.advance(s.motion.twice_kinetic_energy(), 0.5 * c.dt);
    }
};

/// The factor of stochastic velocity rescaling, eq. A7 of Bussi, Donadio and Parrinello, with the sign of eq. A8.
DPMD_HD double rescale_factor(const EnsembleConstants& c, double kinetic, std::int64_t step) {
    RandomDraws draws({c.seed, RandomStream::rescale, static_cast<std::uint64_t>(step)});
    const double first = draws.normal(), rest = draws.sum_of_squares(c.degrees_of_freedom - 1);
    const double share = (1 - c.decay) * c.target / (c.degrees_of_freedom * kinetic);
    const double squared = c.decay + share * (first * first + rest) + 2 * first * ::sqrt(c.decay * share);
    return ::copysign(::sqrt(squared), first + ::sqrt(c.decay / share));
}

DPMD_HD void run_ensemble_step(EnsembleStep what, const EnsembleConstants& c, StepState& s) {
    if (s.halt != Halt::none) return;
    MtkStep mtk{c, s};
    switch (what) {
        case EnsembleStep::next_step: ++s.step; break;
        case EnsembleStep::center_shift:
            for (int k = 0; k < 3; ++k) s.factors.shift[k] = s.motion.momentum[k] / c.total_mass;
            break;
        case EnsembleStep::remember_kinetic: s.ensemble.kinetic_before = 0.5 * s.motion.twice_kinetic_energy(); break;
        case EnsembleStep::add_heat:
            s.ensemble.heat += 0.5 * s.motion.twice_kinetic_energy() - s.ensemble.kinetic_before;
            break;
        case EnsembleStep::nose_hoover: s.factors.scale = mtk.advance_particle_chain(); break;
        case EnsembleStep::rescale:
            s.ensemble.kinetic_before = 0.5 * s.motion.twice_kinetic_energy();
            // at rest there is nothing to scale
            s.factors.scale =
                s.ensemble.kinetic_before == 0 ? 1.0 : rescale_factor(c, s.ensemble.kinetic_before, s.step);
            break;
        case EnsembleStep::mtk_before:
            mtk.advance_barostat_chain();
            s.factors.scale = mtk.advance_particle_chain();
            mtk.push_cell(s.factors.scale * s.factors.scale);
            mtk.set_kick();
            mtk.set_drift();
            break;
        case EnsembleStep::mtk_move_cell: s.cell = product(s.cell, s.factors.drift_scale); break;
        case EnsembleStep::mtk_after:
            mtk.push_cell(1);
            s.factors.scale = mtk.advance_particle_chain();
            mtk.advance_barostat_chain();
            break;
    }
}

DPMD_HD void close_forces(const CloseForcesArgs& args) {
    StepState& s = *args.state;
    if (s.halt != Halt::none) return;
    if (args.totals->status.fault != EvaluateFault::none) s.halt = Halt::evaluation_failed;
    else if (args.totals->n_deferred > 0) s.halt = Halt::fallback_needed;
    if (s.halt != Halt::none) return;
    s.energy = args.totals->energy.value();
    for (int k = 0; k < 9; ++k) s.virial[k / 3][k % 3] = args.totals->virial[k].value();
}

DPMD_HD void judge_list(const JudgeListArgs& args) {
    StepState& s = *args.state;
    if (s.halt != Halt::none) return;
    const Matrix3 deformation = deformation_of(args.reference_cell, args.reference_inverse_cell, s.cell);
    if (!list_holds(args.cutoff, args.skin, deformation, s.max_displacement_squared)) s.halt = Halt::list_worn_out;
}

}  // namespace dpmd
