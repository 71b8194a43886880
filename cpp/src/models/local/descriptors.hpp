#pragma once
// The list of the descriptors of local models: what each makes of the neighbours of an atom. Each is a struct in a file
// of its own with
//   name                 its type in a .dpmd file
//   environment          what it sees of the neighbours
//   n_features()         how many features it gives for an atom
//   has_network          whether neighbours of a type pass through any network, for a centre type
//   for_each_network     calls a function with each of its networks
//   Compressed           the type of its compressed form (compressed_term.hpp)
//   read, write          from a .dpmd file, and to one
// and one in moment form also
//   embedding            its networks by types; or functions_by_pair(), functions of the distance that stand for them
//   n_axis_channels()    so many of the channels come first in the basis of a moment form; 0: none is more than others
//   uses_zero_rows       whether a normalised row of zeros adds something
//   fold_weights         into the first fitting layer of a moment form
// one in tables of pairs of neighbours
//   pair_functions       what is tabulated
// and every place that treats descriptors one by one visits this variant.
#include <variant>

#include "models/local/local_frame.hpp"
#include "models/local/se_a.hpp"
#include "models/local/se_atten.hpp"
#include "models/local/se_r.hpp"
#include "models/local/se_t.hpp"
#include "models/local/se_t_tebd.hpp"

namespace dpmd {

using Descriptor = std::variant<SeA, SeR, SeT, SeAtten, LocalFrame, SeTTebd>;

const Environment& environment_of(const Descriptor& descriptor);
int n_features(const Descriptor& descriptor);
bool has_network(const Descriptor& descriptor, int center, int neighbor);

}  // namespace dpmd
