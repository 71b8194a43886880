#include "cpu/local/local_frame_prepared.hpp"

#include <algorithm>

namespace dpmd::cpu {

template <class Real>
PackedLocalFrame<Real> prepare(const LocalFrame& from, const PackedEnvironment&, const Packing<Real>&) {
    PackedLocalFrame<Real> out;
    out.n_types = from.n_types();
    out.n_slot_features = from.n_features();
    const std::vector<LocalFrame::Section> sections = from.sections();
    out.sections.resize_discard(sections.size());
    std::copy(sections.begin(), sections.end(), out.sections.begin());
    out.axes.resize_discard(from.axes.size());
    std::copy(from.axes.begin(), from.axes.end(), out.axes.begin());
    out.shift.resize_discard(from.shift.size());
    std::copy(from.shift.begin(), from.shift.end(), out.shift.begin());
    out.inverse_scale.resize_discard(from.scale.size());
    std::transform(from.scale.begin(), from.scale.end(), out.inverse_scale.begin(), [](double x) { return 1 / x; });
    return out;
}

template PackedLocalFrame<double> prepare(const LocalFrame&, const PackedEnvironment&, const Packing<double>&);
template PackedLocalFrame<float> prepare(const LocalFrame&, const PackedEnvironment&, const Packing<float>&);

}  // namespace dpmd::cpu
