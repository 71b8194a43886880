#pragma once
// The list of the descriptors of local models: what each makes of the neighbours of an atom. Each is a struct in a file
// of its own with
//   name                 its type in a .dpmd file
//   n_features()         how many features it gives for an atom
//   environment          what it sees of the neighbours
//   embedding            its networks, where they are EmbeddingNets; otherwise `for_each_network`, and it has no moment
//                        form: none of the following three
//   n_axis_channels()    so many of the channels come first in the basis of a moment form; 0: none is more than others
//   uses_zero_rows       whether a normalised row of zeros adds something
//   read, fold_weights   from a .dpmd file, and into the first fitting layer of a moment form
// and every place that treats descriptors one by one visits this variant.
#include <functional>
#include <variant>

#include "models/local/local_frame.hpp"
#include "models/local/se_a.hpp"
#include "models/local/se_atten.hpp"
#include "models/local/se_r.hpp"

namespace dpmd {

using Descriptor = std::variant<SeA, SeR, SeAtten, LocalFrame>;

const Environment& environment_of(const Descriptor& descriptor);
/// Null: the networks are not functions of s alone.
const EmbeddingNets* embedding_of(const Descriptor& descriptor);
/// Whether neighbours of the type are embedded.
bool has_network(const Descriptor& descriptor, int center, int neighbor);
/// Calls f with every network.
void for_each_network(const Descriptor& descriptor, const std::function<void(const Network&)>& f);
int n_features(const Descriptor& descriptor);
int n_axis_channels(const Descriptor& descriptor);
bool uses_zero_rows(const Descriptor& descriptor);

}  // namespace dpmd
