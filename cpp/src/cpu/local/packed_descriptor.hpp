#pragma once
// The descriptors that a tile can hold, and how one of them is called. Tiles know no std::variant and no virtual
// function: what those instantiate would be compiled with the instructions of one instruction set.
#include <utility>

#include "cpu/local/se_a_prepared.hpp"

namespace dpmd::cpu {

enum class DescriptorKind { se_a, se_a_moment };

template <class Real>
struct PackedDescriptor {
    DescriptorKind kind;  ///< the member that is in use
    PackedSeA<Real> se_a;
    PackedSeAMoment<Real> se_a_moment;

    explicit PackedDescriptor(PackedSeA<Real>&& from) : kind(DescriptorKind::se_a), se_a(std::move(from)) {}
    explicit PackedDescriptor(PackedSeAMoment<Real>&& from)
        : kind(DescriptorKind::se_a_moment), se_a_moment(std::move(from)) {}
};

/// f of the descriptor as what it is. A kind without a case does not compile.
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wswitch"
template <class Real, class F>
DPMD_HD auto visit(const PackedDescriptor<Real>& descriptor, F&& f) {
    switch (descriptor.kind) {
        case DescriptorKind::se_a: return f(descriptor.se_a);
        case DescriptorKind::se_a_moment: return f(descriptor.se_a_moment);
    }
    __builtin_unreachable();
}
#pragma GCC diagnostic pop

}  // namespace dpmd::cpu
