#pragma once
// Local frames as their tiles take them.
#include "core/array.hpp"
#include "cpu/local/packed_environment.hpp"
#include "cpu/local/packing.hpp"
#include "math/hd.hpp"
#include "models/local/local_frame.hpp"

namespace dpmd::cpu {

/// Everything is in double: frames are formed like differences and distances, and there is no net.
template <class Real>
struct PackedLocalFrame {
    int n_types = 0, n_slot_features = 0;
    Array<LocalFrame::Section> sections;  ///< [n_types] by neighbour type
    Array<LocalFrame::Axes> axes;         ///< [n_types] by centre type
    Array<double> shift, inverse_scale;   ///< [n_types][n_slot_features]

    DPMD_HD int n_features(int) const { return n_slot_features; }
    DPMD_HD const double* of_center(const Array<double>& values, int center) const {
        return values.data() + std::size_t(center) * std::size_t(n_slot_features);
    }
    std::size_t bytes() const { return shift.bytes() + inverse_scale.bytes(); }
};

template <class Real>
PackedLocalFrame<Real> prepare(const LocalFrame& from, const PackedEnvironment& environment,
                               const Packing<Real>& packing);

/// The same: there is no other form.
template <class Real>
PackedLocalFrame<Real> prepare_compressed(const LocalFrame& from, const std::monostate&,
                                          const PackedEnvironment& environment, const Packing<Real>& packing) {
    return prepare(from, environment, packing);
}

}  // namespace dpmd::cpu
