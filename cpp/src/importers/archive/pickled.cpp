#include "importers/archive/pickled.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "core/text.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {

namespace {

/// The order of keys, which are scalars and texts. Numbers are in the order of their bits, so that NaN has a place too.
bool precedes(const Pickled& a, const Pickled& b) {
    if (a.index() != b.index()) return a.index() < b.index();
    if (const auto* text = std::get_if<std::string_view>(&a)) return *text < std::get<std::string_view>(b);
    if (const auto* integer = std::get_if<std::int64_t>(&a)) return *integer < std::get<std::int64_t>(b);
    if (const auto* flag = std::get_if<bool>(&a)) return *flag < std::get<bool>(b);
    if (const auto* number = std::get_if<double>(&a))
        return std::bit_cast<std::uint64_t>(*number) < std::bit_cast<std::uint64_t>(std::get<double>(b));
    return false;
}

}  // namespace

std::string_view kind_name(const Pickled& value) {
    static constexpr std::array<std::string_view, std::variant_size_v<Pickled>> names{
        "NoneType", "bool", "int", "float", "int", "str", "bytes", "name", "tuple", "dict", "object", "storage", "tensor"};
    const auto* sequence = std::get_if<PickledSequence*>(&value);
    return sequence != nullptr && (*sequence)->is_list ? "list" : names[value.index()];
}

std::string shown(const Pickled& value) {
    if (std::holds_alternative<std::monostate>(value)) return shown(Value());
    if (const auto* flag = std::get_if<bool>(&value)) return shown(Value(*flag));
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return shown(Value(*integer));
    if (const auto* number = std::get_if<double>(&value)) return shown(*number);
    if (const auto* text = std::get_if<std::string_view>(&value)) return shown(*text);
    return concat("(", kind_name(value), ")");
}

const Pickled* PickledMapping::find(std::string_view key) const {
    const Pickled wanted(key);
    const auto at = std::lower_bound(by_key_.begin(), by_key_.end(), wanted,
                                     [&](std::size_t k, const Pickled& one) { return precedes(members_[k].key, one); });
    if (at == by_key_.end() || precedes(wanted, members_[*at].key)) return nullptr;
    return &members_[*at].value;
}

void PickledMapping::settle() {
    std::vector<std::size_t> order(members_.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return precedes(members_[a].key, members_[b].key); });
    std::vector<std::size_t> first_of(members_.size());  // the first member with the same key
    for (std::size_t k = 0; k < order.size(); ++k) {
        const bool is_new = k == 0 || precedes(members_[order[k - 1]].key, members_[order[k]].key);
        first_of[order[k]] = is_new ? order[k] : first_of[order[k - 1]];
        members_[first_of[order[k]]].value = members_[order[k]].value;
    }
    std::vector<std::size_t> moved(members_.size());
    std::size_t n = 0;
    for (std::size_t k = 0; k < members_.size(); ++k)
        if (first_of[k] == k) {
            moved[k] = n;
            members_[n++] = members_[k];
        }
    members_.resize(n);
    by_key_.clear();
    for (const std::size_t k : order)
        if (first_of[k] == k) by_key_.push_back(moved[k]);
}

std::size_t size_of(NumberType type) {
    switch (type) {
        case NumberType::float64:
        case NumberType::int64: return 8;
        case NumberType::float32:
        case NumberType::int32: return 4;
        case NumberType::float16:
        case NumberType::bfloat16:
        case NumberType::int16: return 2;
        case NumberType::int8:
        case NumberType::uint8:
        case NumberType::boolean: break;
    }
    return 1;
}

}  // namespace dpmd::importers
