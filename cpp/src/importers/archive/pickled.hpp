#pragma once
// The values in a pickle. Several places may share one, and a list may even hold itself; they all belong to their
// `Pickle`, and texts are parts of its content.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "importers/value.hpp"

namespace dpmd::importers {

struct PickledBytes {
    std::string_view content;
};
struct PickledName;
struct PickledSequence;
class PickledMapping;
struct PickledObject;
struct PickledStorage;
struct PickledTensor;

/// None, a scalar, a text, or what stands elsewhere.
using Pickled = std::variant<std::monostate, bool, std::int64_t, double, const BigInteger*, std::string_view, PickledBytes,
                             const PickledName*, PickledSequence*, PickledMapping*, PickledObject*,
                             const PickledStorage*, const PickledTensor*>;

/// The kind of a value by Python's name for it.
std::string_view kind_name(const Pickled& value);
/// A value in a message: a scalar or a text as it is, and the kind of anything else.
std::string shown(const Pickled& value);

/// What the check of a pickle knows of a container.
struct PickledContainer {
    std::uint64_t n_values = 0;  ///< in it, those of containers that it shares counted as if they were its own; 0: unknown
    bool is_open = false;        ///< being walked
};

/// The name of a class or function, or what stands for an object whose value is of no interest.
struct PickledName {
    std::string name;
};

struct PickledSequence : PickledContainer {
    bool is_list = false;  ///< or a tuple
    std::vector<Pickled> items;
};

class PickledMapping : public PickledContainer {
public:
    struct Member {
        Pickled key, value;
    };
    /// In the order in which the keys came first, once it is settled.
    const std::vector<Member>& members() const { return members_; }
    /// The value of a text; null where there is none. The mapping must be settled.
    const Pickled* find(std::string_view key) const;
    /// Adds a member, also where the key is there already.
    void add(const Pickled& key, const Pickled& value) { members_.push_back({key, value}); }
    /// Keeps the last value of each key.
    void settle();

private:
    std::vector<Member> members_;
    std::vector<std::size_t> by_key_;  ///< the members in the order of their keys
};

/// An object of a TorchScript class.
struct PickledObject : PickledContainer {
    std::string_view name;
    Pickled state;
};

/// How the numbers of a storage are stored.
enum class NumberType { float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, boolean };
std::size_t size_of(NumberType type);

/// A storage of numbers, which is an entry of the archive.
struct PickledStorage {
    std::string_view key;
    NumberType type;
    std::int64_t n_stored;
};

/// A tensor: which storage, and which part of it.
struct PickledTensor {
    const PickledStorage* storage = nullptr;
    std::int64_t offset = 0;
    std::size_t n_dimensions = 0;
    std::array<std::int64_t, 8> sizes{}, strides{};  ///< elements

    std::span<const std::int64_t> shape() const { return std::span(sizes).first(n_dimensions); }
};

}  // namespace dpmd::importers
