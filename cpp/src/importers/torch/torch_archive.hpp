#pragma once
// The zip container of PyTorch files: one pickle and raw storages.
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "importers/archive/pickle.hpp"
#include "importers/archive/zip_archive.hpp"
#include "importers/value.hpp"

namespace dpmd::importers {

class TorchArchive {
public:
    /// `content` and `budget` must outlive the archive. Throws InputError unless there is one pickle, which is data.
    TorchArchive(std::span<const std::byte> content, const std::string& path, Budget& budget);

    const std::string& path() const { return entries_.path(); }
    Budget& budget() { return budget_; }
    /// The pickled object.
    const Pickled& root() const { return pickle_->root(); }

    /// A tensor as an array. Throws InputError that begins with `place` where it does not fit its storage.
    std::shared_ptr<const Tensor> array(const PickledTensor& tensor, const std::string& place);
    /// A value with all that it holds, tensors as arrays. What a document cannot hold is its name.
    Value value(const Pickled& pickled, const std::string& place);

private:
    std::span<const std::byte> storage(const PickledStorage& storage, const std::string& place);

    Budget& budget_;
    ZipArchive entries_;
    std::string folder_;  ///< of all entries
    std::optional<Pickle> pickle_;
};

}  // namespace dpmd::importers
