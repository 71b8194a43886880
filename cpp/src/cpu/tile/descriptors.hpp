#pragma once
// The descriptors in the tiles of one instruction set, one file each. Each has two functions: from normalised
// environment rows forward to features, and from the derivatives of the features backward to those of the rows.
#include "cpu/tile/local_frame.hpp"
#include "cpu/tile/se_a.hpp"
#include "cpu/tile/se_a_moment.hpp"
#include "cpu/tile/se_atten.hpp"
#include "cpu/tile/se_r.hpp"
#include "cpu/tile/se_r_moment.hpp"
#include "cpu/tile/se_t.hpp"
#include "cpu/tile/se_t_tables.hpp"
