#include "importers/archive/pickle_calls.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {

namespace {

using Names = std::string_view;

constexpr std::string_view script_classes = "__torch__.";  // TorchScript's own, never importable
constexpr std::string_view dictionary = "collections.OrderedDict";
constexpr std::size_t longest_name = 1000;  // characters
constexpr std::int64_t largest_size = std::int64_t(1) << 48;

constexpr std::array tensor_builders{Names("torch._utils._rebuild_tensor_v2"), Names("torch._utils._rebuild_tensor")};
constexpr std::array wrappers{Names("torch._utils._rebuild_parameter"),   Names("torch.jit._pickle.restore_type_tag"),
                              Names("torch.jit._pickle.build_intlist"),   Names("torch.jit._pickle.build_doublelist"),
                              Names("torch.jit._pickle.build_boollist"),  Names("torch.jit._pickle.build_tensorlist"),
                              Names("torch.Size")};
constexpr std::array opaque{Names("torch.device"),
                            Names("torch.dtype"),
                            Names("numpy.dtype"),
                            Names("numpy.core.multiarray.scalar"),
                            Names("numpy._core.multiarray.scalar"),
                            Names("_codecs.encode"),
                            Names("builtins.set"),
                            Names("__builtin__.set")};
constexpr std::array number_types{Names("torch.float64"), Names("torch.float32"), Names("torch.float16"),
                                  Names("torch.bfloat16"), Names("torch.int64"),  Names("torch.int32"),
                                  Names("torch.bool")};
constexpr std::array<std::pair<std::string_view, NumberType>, 10> storages{
    {{"torch.DoubleStorage", NumberType::float64},
     {"torch.FloatStorage", NumberType::float32},
     {"torch.HalfStorage", NumberType::float16},
     {"torch.BFloat16Storage", NumberType::bfloat16},
     {"torch.LongStorage", NumberType::int64},
     {"torch.IntStorage", NumberType::int32},
     {"torch.ShortStorage", NumberType::int16},
     {"torch.CharStorage", NumberType::int8},
     {"torch.ByteStorage", NumberType::uint8},
     {"torch.BoolStorage", NumberType::boolean}}};

template <class Known>
bool holds(const Known& known, std::string_view name) {
    return std::find(known.begin(), known.end(), name) != known.end();
}

const NumberType* storage_type(std::string_view name) {
    const auto found = std::find_if(storages.begin(), storages.end(), [&](const auto& one) { return one.first == name; });
    return found != storages.end() ? &found->second : nullptr;
}

/// Numbers of a shape, or of strides.
bool are_sizes(const Pickled& value, std::array<std::int64_t, 8>& out, std::size_t& n) {
    auto* const* tuple = std::get_if<PickledSequence*>(&value);
    if (tuple == nullptr || (*tuple)->is_list || (*tuple)->items.size() > out.size()) return false;
    n = 0;
    for (const Pickled& item : (*tuple)->items) {
        const auto* number = std::get_if<std::int64_t>(&item);
        if (number == nullptr || *number < 0 || *number >= largest_size) return false;
        out[n++] = *number;
    }
    return true;
}

std::string shown_items(const Pickled& value) {
    auto* const* sequence = std::get_if<PickledSequence*>(&value);
    if (sequence == nullptr) return shown(value);
    std::vector<std::int64_t> numbers;
    for (const Pickled& item : (*sequence)->items) {
        const auto* number = std::get_if<std::int64_t>(&item);
        if (number == nullptr) return shown(value);
        numbers.push_back(*number);
    }
    return shown(numbers);
}

Pickled tensor(const std::vector<Pickled>& arguments, PickleStore& store) {
    auto* const* storage = arguments.size() < 4 ? nullptr : std::get_if<const PickledStorage*>(&arguments[0]);
    if (storage == nullptr) throw InputError("a tensor without storage");
    PickledTensor out{.storage = *storage};
    const auto* offset = std::get_if<std::int64_t>(&arguments[1]);
    std::size_t n_strides = 0;
    if (offset == nullptr || *offset < 0 || *offset >= largest_size ||
        !are_sizes(arguments[2], out.sizes, out.n_dimensions) || !are_sizes(arguments[3], out.strides, n_strides) ||
        n_strides != out.n_dimensions)
        throw InputError(concat("a tensor of shape ", shown_items(arguments[2]), " and strides ", shown_items(arguments[3])));
    out.offset = *offset;
    return store.tensor(out);
}

}  // namespace

const PickledName* known_name(std::string_view module, std::string_view name, PickleStore& store) {
    std::string whole = concat(module.substr(0, longest_name + 1), ".", name.substr(0, longest_name + 1));
    if (first_characters(whole, longest_name).size() < whole.size())
        throw InputError(concat("a name of more than ", longest_name, " characters: ", shown(std::string_view(whole))));
    const bool is_known = holds(tensor_builders, whole) || holds(wrappers, whole) || holds(opaque, whole) ||
                          holds(number_types, whole) || whole == dictionary || storage_type(whole) != nullptr ||
                          is_script_class(whole);
    if (!is_known)
        throw InputError(
            concat("refused ", shown(std::string_view(whole)), ": the pickle asks for it, no DeePMD-kit model does"));
    return store.name(std::move(whole));
}

bool is_script_class(std::string_view name) { return name.starts_with(script_classes); }

Pickled pickled_call(const PickledName& name, const std::vector<Pickled>& arguments, PickleStore& store) {
    if (holds(tensor_builders, name.name)) return tensor(arguments, store);
    if (name.name == dictionary && arguments.empty()) return store.mapping();
    if (holds(wrappers, name.name) && !arguments.empty()) return arguments[0];
    if (holds(opaque, name.name)) return &name;
    throw InputError(concat("a call of ", name.name, " with ", arguments.size(), " arguments"));
}

const PickledStorage* pickled_storage(const Pickled& identity, PickleStore& store) {
    auto* const* tuple = std::get_if<PickledSequence*>(&identity);
    if (tuple == nullptr || (*tuple)->is_list || (*tuple)->items.size() < 5 ||
        (*tuple)->items[0] != Pickled(std::string_view("storage")))
        throw InputError(concat("a persistent id that is not a storage: ", shown(identity)));
    const std::vector<Pickled>& items = (*tuple)->items;
    auto* const* kind = std::get_if<const PickledName*>(&items[1]);
    const NumberType* type = kind != nullptr ? storage_type((*kind)->name) : nullptr;
    const auto* key = std::get_if<std::string_view>(&items[2]);
    const auto* count = std::get_if<std::int64_t>(&items[4]);
    if (type == nullptr || key == nullptr || count == nullptr)
        throw InputError(concat("a storage of an unknown kind: ", kind != nullptr ? (*kind)->name : shown(items[1])));
    return store.storage({*key, *type, *count});
}

}  // namespace dpmd::importers
