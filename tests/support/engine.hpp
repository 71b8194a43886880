#pragma once
// One call of the engine, and everything that it returns.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/force_engine.hpp"
#include "oracle/local_reference.hpp"
#include "support/backend_parameter.hpp"

namespace dpmd::testing {

using reference::Parameters;

struct EngineSetup {
    std::string backend;  ///< as in make_test_backend; empty: the best of the CPU
    int threads = 1;
    double skin = 0;
    Precision precision = Precision::fp64;
    std::shared_ptr<const CompressedTerm> compressed = {};  ///< instead of the model's own; null: none
    OverflowPolicy overflow = OverflowPolicy::error;
};

/// The same setup for systems with more neighbours than sel.
inline EngineSetup keep_nearest(EngineSetup setup) {
    setup.overflow = OverflowPolicy::keep_nearest;
    return setup;
}

struct EngineResult {
    double energy = 0;
    std::array<double, 9> virial{};
    std::vector<double> atom_energies, forces, atom_virials;
    bool rebuilt = false;
    bool operator==(const EngineResult&) const = default;
};

/// The model in the form that an engine takes, with its compressed form added.
inline RunnableModel runnable(const ModelData& model, const EngineSetup& setup) {
    auto data = std::make_shared<ModelData>(model);
    std::get<LocalModel>(data->kind).terms.front().compressed = setup.compressed;
    return {data, setup.precision, setup.overflow};
}

inline std::unique_ptr<ForceEngine> make_engine(const ModelData& model, const EngineSetup& setup = {}) {
    return std::make_unique<ForceEngine>(runnable(model, setup), make_test_backend(setup.backend, setup.threads),
                                         setup.skin);
}

inline EngineResult compute(ForceEngine& engine, const reference::System& system, const Parameters& parameters = {},
                            const std::int64_t* ids = nullptr) {
    const auto n = std::size_t(system.n());
    EngineResult out;
    out.atom_energies.resize(n);
    out.forces.resize(3 * n);
    out.atom_virials.resize(9 * n);
    ForceCall call;
    call.atoms = {system.n(), system.positions.data(), system.types.data(), ids};
    call.lattice = Lattice(system.box);
    if (system.n() > 0) call.first_type = std::max(system.types.front(), std::int32_t(0));
    call.fparam = parameters.fparam;
    call.aparam = parameters.aparam;
    call.forces = out.forces.data();
    call.atom_energies = out.atom_energies.data();
    call.atom_virials = out.atom_virials.data();
    const ForceTotals totals = engine.compute_on_host(call);
    out.energy = totals.energy;
    out.virial = totals.virial;
    out.rebuilt = totals.rebuilt;
    return out;
}

}  // namespace dpmd::testing
