#pragma once
// Reads the pickles in PyTorch files as data, without executing anything. A pickle is a small program: only the
// instructions that PyTorch writes are carried out, and a class is looked up in a fixed table, so that a planted
// os.system is an error that names it.
#include <cstddef>
#include <span>
#include <string>

#include "importers/archive/pickle_store.hpp"
#include "importers/archive/pickled.hpp"
#include "importers/limits.hpp"

namespace dpmd::importers {

class Pickle {
public:
    /// `content` must outlive the values. Throws InputError that begins with `place` and names the offset of whatever is
    /// not data, and for values that expand beyond the size of the file, nest too deep or have no end: whoever walks
    /// them afterwards, by recursion and without a memory, is safe.
    Pickle(std::span<const std::byte> content, const std::string& place, Budget& budget);

    const Pickled& root() const { return root_; }

private:
    PickleStore store_;
    Pickled root_;
};

}  // namespace dpmd::importers
