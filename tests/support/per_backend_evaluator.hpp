#pragma once
// Tests of models on every backend, whose atoms may have more neighbours than sel: the nearest are kept.
#include <memory>

#include "support/backend_parameter.hpp"
#include "support/engine.hpp"
#include "support/random_systems.hpp"

namespace dpmd::testing {

class PerBackendEvaluator : public PerBackend {
protected:
    std::unique_ptr<ForceEngine> engine(const ModelData& model, int threads = 1,
                                        Precision precision = Precision::fp64) const {
        return make_engine(model, keep_nearest({GetParam(), threads, 0, precision}));
    }
    EngineResult compute(const ModelData& model, const reference::System& system,
                         const Parameters& parameters = {}) const {
        return testing::compute(*engine(model), system, parameters);
    }
};

/// Atoms of two types, 1.3 Å apart.
inline reference::System loose_atoms(const char* box, int n, std::uint64_t seed) {
    return random_system(box_kind(box), n, 2, 1.3, seed);
}

}  // namespace dpmd::testing
