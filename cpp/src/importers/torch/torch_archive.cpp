#include "importers/torch/torch_archive.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/shown.hpp"
#include "importers/torch/numbers.hpp"

namespace dpmd::importers {
namespace {

constexpr std::string_view pickle_name = "data.pkl";

/// The entry with the pickle, in the folder that has the name of the file when it was written.
std::string_view find_pickle(const ZipArchive& entries) {
    std::vector<std::string_view> found;
    for (const std::string_view name : entries.names())
        if (name.ends_with(concat("/", pickle_name)) && std::count(name.begin(), name.end(), '/') == 1)
            found.push_back(name);
    if (found.size() == 1) return found.front();
    List names;
    for (const std::string_view name : found) names.emplace_back(std::string(name));
    throw InputError(concat(entries.path(), ": expected one <name>/data.pkl in the archive, found ",
                            shown(Value(std::move(names)))));
}

bool is_little_endian(std::span<const std::byte> order) {
    std::string_view text(reinterpret_cast<const char*>(order.data()), order.size());
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
    return text == "little";
}

/// Whether all elements of a tensor lie inside its storage. None of its sizes is 0.
bool is_inside(const PickledTensor& tensor) {
    std::int64_t left = tensor.storage->n_stored - 1 - tensor.offset;
    for (std::size_t k = 0; k < tensor.n_dimensions && left >= 0; ++k) {
        const std::int64_t steps = tensor.sizes[k] - 1, stride = tensor.strides[k];
        if (steps > 0 && stride > left / steps) return false;
        left -= steps * stride;
    }
    return left >= 0;
}

}  // namespace

TorchArchive::TorchArchive(std::span<const std::byte> content, const std::string& path, Budget& budget)
    : budget_(budget), entries_(content, path, budget) {
    const std::string_view name = find_pickle(entries_);
    folder_ = name.substr(0, name.size() - pickle_name.size());
    const std::string order = folder_ + "byteorder";
    if (entries_.holds(order) && !is_little_endian(entries_.read(order)))
        throw InputError(concat(path, ": written on a big-endian machine, which is not supported"));
    entries_.require_size(name, 1);  // PyTorch does not compress it
    pickle_.emplace(entries_.read(name), concat(path, ": ", name), budget);
}

std::span<const std::byte> TorchArchive::storage(const PickledStorage& storage, const std::string& place) {
    const auto stored = entries_.read(concat(folder_, "data/", storage.key));
    const std::size_t item_size = size_of(storage.type);
    if (storage.n_stored < 0 || stored.size() % item_size != 0 ||
        stored.size() / item_size != std::uint64_t(storage.n_stored))
        throw InputError(concat(place, ": storage ", storage.key, " has ", stored.size(),
                                " bytes, its tensor declares ", storage.n_stored, " elements of ", item_size));
    return stored;
}

std::shared_ptr<const Tensor> TorchArchive::array(const PickledTensor& tensor, const std::string& place) {
    const auto shape = tensor.shape();
    const std::size_t count = budget_.take_array(shape, place);
    const auto stored = storage(*tensor.storage, place);
    auto out = std::make_shared<Tensor>();
    out->shape.assign(shape.begin(), shape.end());
    if (count == 0) return out;
    if (!is_inside(tensor))
        throw InputError(concat(place, ": the tensor reaches beyond its storage ", tensor.storage->key));
    // Fewer distinct elements than the shape asks for means overlapping strides.
    if (count > 1 && count > std::uint64_t(tensor.storage->n_stored))
        throw InputError(concat(place, ": ", count, " elements from a storage of ", tensor.storage->n_stored));
    out->values = numbers_of(tensor, stored);
    return out;
}

Value TorchArchive::value(const Pickled& pickled, const std::string& place) {
    if (const auto* flag = std::get_if<bool>(&pickled)) return Value(*flag);
    if (const auto* integer = std::get_if<std::int64_t>(&pickled)) return Value(*integer);
    if (const auto* number = std::get_if<double>(&pickled)) return Value(*number);
    if (const auto* big = std::get_if<const BigInteger*>(&pickled)) return Value(**big);
    if (const auto* text = std::get_if<std::string_view>(&pickled)) return Value(std::string(*text));
    if (const auto* name = std::get_if<const PickledName*>(&pickled)) return Value((*name)->name);
    if (const auto* tensor = std::get_if<const PickledTensor*>(&pickled)) return Value(array(**tensor, place));
    if (const auto* sequence = std::get_if<PickledSequence*>(&pickled)) {
        List out;
        for (const Pickled& item : (*sequence)->items) out.push_back(value(item, place));
        return Value(std::move(out));
    }
    if (const auto* mapping = std::get_if<PickledMapping*>(&pickled)) {
        Mapping out;
        for (const auto& [key, item] : (*mapping)->members()) {
            const auto* text = std::get_if<std::string_view>(&key);
            out.push_back({text != nullptr ? std::string(*text) : shown(key), value(item, place)});
        }
        return Value(std::move(out));
    }
    if (std::holds_alternative<std::monostate>(pickled)) return Value();
    return Value(shown(pickled));  // bytes, a storage or an object
}

}  // namespace dpmd::importers
