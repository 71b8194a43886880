#pragma once
// Forces on the atoms of a State: atoms go to the ranks that own their part of the box, the neighbour list is kept
// valid, and a ForceEngine evaluates the model.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/force_engine.hpp"
#include "md/migration.hpp"
#include "md/state.hpp"

namespace dpmd::md {

/// Results of another model for the current step: forces on this rank's atoms, energy and virial of all atoms.
struct ModelForces {
    std::vector<double> forces;  ///< [n][3] eV/Å
    double energy;               ///< eV
    std::array<double, 9> virial;
};

/// All functions except `put` are collective.
class Forces {
public:
    /// Sends the atoms of the state to the ranks that own their places. `fparam` [n_fparam], empty: the model's
    /// default.
    Forces(ForceEngine& engine, State& state, Migration migration, std::vector<double> fparam);

    /// Computes forces, energy and virial of the positions into the state. Throws InputError, which names atoms for
    /// which there are none.
    void compute();
    /// The same queued on the backend without waiting; the state halts where the host has to help. One rank only.
    void put();
    /// Results of the models from `first` on; the state keeps its own forces.
    std::vector<ModelForces> of_other_models(std::size_t first, std::size_t n_models);

    /// Builds the neighbour list at positions other than those of the state: where the previous run had built its list.
    /// `positions` [n_total][3], by id.
    void build_list_at(std::span<const double> positions, const Lattice& lattice);
    /// For how many more steps the list will probably last, judging by the previous one; negative when it has lasted
    /// longer.
    std::int64_t list_steps_left() const;

    ForceEngine& engine() const { return engine_; }
    const Migration& migration() const { return migration_; }
    std::span<const double> fparam() const { return fparam_; }

private:
    ForceCall force_call();
    void set_atoms(ForceCall& call);
    void migrate();
    bool is_alone() const { return state_.ranks->size() == 1; }

    ForceEngine& engine_;
    State& state_;
    Migration migration_;
    std::vector<double> fparam_;
    std::int64_t list_step_ = 0, list_interval_ = 1;  // when the list was built, and how long the previous one lasted
};

}  // namespace dpmd::md
