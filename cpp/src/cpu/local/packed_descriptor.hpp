#pragma once
// The list of what a tile can hold as its descriptor.
#include "cpu/local/local_frame_prepared.hpp"
#include "cpu/local/se_a_prepared.hpp"
#include "cpu/local/se_atten_prepared.hpp"
#include "cpu/local/se_r_prepared.hpp"
#include "cpu/local/se_t_prepared.hpp"
#include "cpu/local/se_t_tebd_prepared.hpp"
#include "cpu/one_of.hpp"

namespace dpmd::cpu {

template <class Real>
using PackedDescriptor = OneOf<  //
    PackedSeA<Real>, PackedSeAMoment<Real>, PackedSeR<Real>, PackedSeRMoment<Real>, PackedSeT<Real>,
    PackedSeTTables<Real>, PackedSeAtten<Real>, PackedLocalFrame<Real>>;

}  // namespace dpmd::cpu
