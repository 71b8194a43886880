#pragma once
// The names and calls in the pickles of PyTorch, as data: nothing is called.
#include <string_view>
#include <vector>

#include "importers/archive/pickle_store.hpp"

namespace dpmd::importers {

/// A class or function that a pickle of PyTorch may name. Throws InputError that names any other.
const PickledName* known_name(std::string_view module, std::string_view name, PickleStore& store);
/// Whether it is a class of TorchScript.
bool is_script_class(std::string_view name);
/// The value of a call: a tensor, an empty dictionary, what a wrapper wraps, or the name itself where the value is of no
/// interest. Throws InputError for other calls.
Pickled pickled_call(const PickledName& name, const std::vector<Pickled>& arguments, PickleStore& store);
/// The storage of the tuple ('storage', torch.XStorage, key, device, number of elements). Throws InputError.
const PickledStorage* pickled_storage(const Pickled& identity, PickleStore& store);

}  // namespace dpmd::importers
