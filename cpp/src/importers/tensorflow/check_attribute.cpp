#include "importers/tensorflow/check_attribute.hpp"

#include "core/utf8.hpp"
#include "importers/tensorflow/wire.hpp"

namespace dpmd::importers {
namespace {

// Field numbers of TensorFlow's public .proto files (node_def, attr_value, tensor, tensor_shape).

void check_dim(std::string_view message) {
    WireReader fields(message);
    for (Field field; fields.next(field);) {
    }
}

void check_shape(std::string_view message) {
    constexpr std::uint32_t dim = 2;
    WireReader fields(message);
    for (Field field; fields.next(field);)
        if (field.is(dim, WireType::bytes)) check_dim(field.bytes);
}

void check_numbers(const Field& field, WireType type) {
    for_each_number(field, type, [](std::uint64_t) {});
}

void check_tensor(std::string_view message) {
    constexpr std::uint32_t shape = 2;
    WireReader fields(message);
    for (Field field; fields.next(field);) switch (field.number) {
            case shape:
                if (field.type == WireType::bytes) check_shape(field.bytes);
                break;
            case 5: check_numbers(field, WireType::fixed32); break;  // float_val
            case 6: check_numbers(field, WireType::fixed64); break;  // double_val
            case 7:                                                  // int_val
            case 10:                                                 // int64_val
            case 11:                                                 // bool_val
            case 13: check_numbers(field, WireType::varint); break;  // half_val
            default: break;
        }
}

void check_list(std::string_view message) {
    WireReader fields(message);
    for (Field field; fields.next(field);) {
        if (field.number == 3) check_numbers(field, WireType::varint);   // i
        if (field.number == 4) check_numbers(field, WireType::fixed32);  // f
    }
}

void check_value(std::string_view message) {
    constexpr std::uint32_t list = 1, tensor = 8;
    WireReader fields(message);
    for (Field field; fields.next(field);) {
        if (field.is(list, WireType::bytes)) check_list(field.bytes);
        if (field.is(tensor, WireType::bytes)) check_tensor(field.bytes);
    }
}

}  // namespace

void check_attribute(std::string_view entry) {
    constexpr std::uint32_t key = 1, value = 2;
    WireReader fields(entry);
    for (Field field; fields.next(field);) {
        if (field.is(key, WireType::bytes) && !is_utf8(field.bytes)) throw WireError{"a key is not UTF-8"};
        if (field.is(value, WireType::bytes)) check_value(field.bytes);
    }
}

}  // namespace dpmd::importers
