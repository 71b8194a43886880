#include "importers/tensorflow/wire.hpp"

#include <limits>

namespace dpmd::importers {
namespace {

constexpr int max_group_depth = 100;
constexpr unsigned most_varint_bits = 63;  // before the last of its bytes

}  // namespace

bool WireReader::next(Field& field) {
    for (;;) {
        if (at_ == message_.size()) return false;
        read_tag(field);
        if (field.type == WireType::end_group) throw WireError{"the end of a group that has no beginning"};
        if (field.type != WireType::begin_group) break;
        skip_group(field.number);
    }
    read_value(field);
    return true;
}

bool WireReader::next_number(WireType type, std::uint64_t& value) {
    if (at_ == message_.size()) return false;
    value = type == WireType::varint ? varint() : fixed(type == WireType::fixed64 ? 8 : 4);
    return true;
}

std::uint64_t WireReader::varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        if (at_ == message_.size()) throw WireError{"a number is cut off"};
        if (shift > most_varint_bits) throw WireError{"a number of more than 64 bits"};
        const auto byte = static_cast<unsigned char>(message_[at_++]);
        value |= std::uint64_t(byte & 0x7fu) << shift;
        if (byte < 0x80) return value;
    }
}

std::uint64_t WireReader::fixed(std::size_t n_bytes) {
    const std::string_view bytes = take(n_bytes);
    std::uint64_t value = 0;
    for (std::size_t k = 0; k < n_bytes; ++k) value |= std::uint64_t(static_cast<unsigned char>(bytes[k])) << (8 * k);
    return value;
}

std::string_view WireReader::take(std::uint64_t n_bytes) {
    if (n_bytes > message_.size() - at_) throw WireError{"a part is longer than what holds it"};
    const std::string_view out = message_.substr(at_, std::size_t(n_bytes));
    at_ += std::size_t(n_bytes);
    return out;
}

void WireReader::read_tag(Field& field) {
    const std::uint64_t tag = varint();
    field.number = static_cast<std::uint32_t>(tag >> 3);
    field.type = static_cast<WireType>(tag & 7u);
    if (tag > std::numeric_limits<std::uint32_t>::max() || field.number == 0 || (tag & 7u) > 5)
        throw WireError{"a field that there cannot be"};
}

void WireReader::read_value(Field& field) {
    field.value = 0;
    field.bytes = {};
    switch (field.type) {
        case WireType::varint: field.value = varint(); return;
        case WireType::fixed64: field.value = fixed(8); return;
        case WireType::fixed32: field.value = fixed(4); return;
        case WireType::bytes: field.bytes = take(varint()); return;
        default: return;
    }
}

void WireReader::skip_group(std::uint32_t number) {
    std::uint32_t open[max_group_depth] = {number};
    Field field;
    for (int depth = 1; depth > 0;) {
        read_tag(field);
        if (field.type == WireType::begin_group) {
            if (depth == max_group_depth) throw WireError{"groups are nested too deep"};
            open[depth++] = field.number;
        } else if (field.type == WireType::end_group) {
            if (open[--depth] != field.number) throw WireError{"the end of another group"};
        } else {
            read_value(field);
        }
    }
}

}  // namespace dpmd::importers
