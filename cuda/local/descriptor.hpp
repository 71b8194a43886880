#pragma once
// What the runner asks of a descriptor. Every descriptor of cpp/src/models/local/ that runs on a GPU has a file
// NAME_prepared.cu that keeps its weights and answers this; descriptors.cu lists them.
#include <memory>

#include "local/environment.hpp"
#include "local/parameters.hpp"
#include "local/scatter.hpp"
#include "local/served_atoms.hpp"
#include "local/stage_events.hpp"

namespace dpmd::gpu {

/// A descriptor with its networks as trained, from the rows of a tile to features, and from the gradient of these to
/// that of the rows.
template <class Real>
class RowDescriptor {
public:
    virtual ~RowDescriptor() = default;
    virtual const CenterEnvironment& environment(int center) const = 0;
    /// Takes what a tile of a centre type needs for the calls that follow.
    virtual void take_scratch(Scratch& scratch, int center, std::int64_t n_atoms, std::int64_t n_rows) = 0;
    /// Fills the input of the fitting net.
    virtual void forward(const RowTile<Real>& tile, const FittingInput<Real>& input, StageEvents& clock) = 0;
    virtual RowGradients<Real> backward(const RowTile<Real>& tile, const FittingInput<Real>& input,
                                        StageEvents& clock) = 0;
};

/// The same descriptor in its compressed form, from the neighbours of a tile to features, and from the gradient of
/// these to forces and virials.
template <class Real>
class MomentDescriptor {
public:
    virtual ~MomentDescriptor() = default;
    virtual int n_features(int center) const = 0;
    virtual void take_scratch(Scratch& scratch, int center, std::int64_t n_atoms) = 0;
    virtual void forward(const AtomTile& tile, const ServedAtoms& served, const FittingInput<Real>& input,
                         StageEvents& clock) = 0;
    virtual void backward(const AtomTile& tile, const ServedAtoms& served, const FittingInput<Real>& input,
                          StageEvents& clock) = 0;
};

template <class Real>
struct PreparedDescriptor {
    std::unique_ptr<RowDescriptor<Real>> on_rows;
    std::unique_ptr<MomentDescriptor<Real>> in_moments;  ///< null: the model is not compressed
};

}  // namespace dpmd::gpu
