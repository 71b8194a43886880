// The constants of a frozen TensorFlow graph.
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/text.hpp"
#include "core/utf8.hpp"
#include "dpmd/errors.hpp"
#include "importers/shown.hpp"
#include "importers/tensorflow/graph.hpp"

namespace dpmd::importers {
namespace {

// Field numbers of TensorFlow's public .proto files (tensor, tensor_shape, attr_value).
namespace tensor_proto {
constexpr std::uint32_t dtype = 1, shape = 2, content = 4, text = 8;
}
constexpr std::uint32_t attr_value_tensor = 8, shape_dim = 2, dim_size = 1;
constexpr std::uint64_t text_type = 7;

/// How the numbers of one of TensorFlow's types are stored.
struct NumberType {
    std::uint64_t number;  ///< of the type
    const char* name;      ///< of the type in a file, as NumPy calls it
    std::size_t n_bytes;   ///< of a value in tensor_content
    std::uint32_t field;   ///< that holds single values
    WireType wire_type;    ///< of these
    double (*value)(std::uint64_t bits);
    const char* precision;
};

double float_of(std::uint64_t bits) { return double(std::bit_cast<float>(static_cast<std::uint32_t>(bits))); }
double double_of(std::uint64_t bits) { return std::bit_cast<double>(bits); }
double int_of(std::uint64_t bits) { return double(static_cast<std::int32_t>(static_cast<std::uint32_t>(bits))); }
double long_of(std::uint64_t bits) { return double(static_cast<std::int64_t>(bits)); }
double bool_of(std::uint64_t bits) { return bits != 0 ? 1 : 0; }
double bfloat16_of(std::uint64_t bits) { return float_of(bits << 16); }

double half_of(std::uint64_t bits) {
    const int exponent = static_cast<int>((bits >> 10) & 0x1fu);
    const double fraction = double(bits & 0x3ffu), sign = (bits & 0x8000u) != 0 ? -1 : 1;
    if (exponent == 0x1f) return fraction != 0 ? std::nan("") : sign * HUGE_VAL;
    return sign * (exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25));
}

constexpr std::uint64_t half_type = 19, bfloat16_type = 14;
constexpr NumberType number_types[] = {
    {1, "<f4", 4, 5, WireType::fixed32, float_of, "float32"},
    {2, "<f8", 8, 6, WireType::fixed64, double_of, "float64"},
    {3, "<i4", 4, 7, WireType::varint, int_of, "float64"},
    {9, "<i8", 8, 10, WireType::varint, long_of, "float64"},
    {10, "?", 1, 11, WireType::varint, bool_of, "float64"},
    {bfloat16_type, "<u2", 2, 13, WireType::varint, bfloat16_of, "bfloat16"},
    {half_type, "<f2", 2, 13, WireType::varint, half_of, "float16"},
};

const NumberType* number_type(std::uint64_t number) {
    for (const NumberType& one : number_types)
        if (one.number == number) return &one;
    return nullptr;
}

/// What a tensor says of itself.
struct Head {
    std::uint64_t dtype = 0;
    Shape shape;
    std::string_view content;
    std::vector<std::string_view> texts;
};

void read_shape(std::string_view message, Shape& out) {
    WireReader fields(message);
    for (Field field; fields.next(field);) {
        if (!field.is(shape_dim, WireType::bytes)) continue;
        if (out.size() > max_dimensions) continue;  // refused in any case
        WireReader dim(field.bytes);
        std::int64_t size = 0;
        for (Field member; dim.next(member);)
            if (member.is(dim_size, WireType::varint)) size = static_cast<std::int64_t>(member.value);
        out.push_back(size);
    }
}

Head read_head(const std::vector<std::string_view>& tensor) {
    Head out;
    for (const std::string_view message : tensor) {
        WireReader fields(message);
        for (Field field; fields.next(field);) {
            if (field.is(tensor_proto::dtype, WireType::varint)) out.dtype = field.value & 0xffffffffu;
            else if (field.is(tensor_proto::shape, WireType::bytes)) read_shape(field.bytes, out.shape);
            else if (field.is(tensor_proto::content, WireType::bytes)) out.content = field.bytes;
            else if (field.is(tensor_proto::text, WireType::bytes)) out.texts.push_back(field.bytes);
        }
    }
    return out;
}

/// Numbers as this machine has them, too.
template <class Number>
void copy_numbers(std::string_view content, std::vector<double>& out) {
    static_assert(std::endian::native == std::endian::little);
    for (std::size_t k = 0; k < out.size(); ++k) {
        Number value;
        std::memcpy(&value, content.data() + k * sizeof value, sizeof value);
        out[k] = double(value);
    }
}

void read_content(std::string_view content, const NumberType& type, std::vector<double>& out) {
    if (type.wire_type == WireType::fixed64) return copy_numbers<double>(content, out);
    if (type.wire_type == WireType::fixed32) return copy_numbers<float>(content, out);
    const auto* bytes = reinterpret_cast<const unsigned char*>(content.data());
    for (double& value : out) {
        std::uint64_t bits = 0;
        for (std::size_t k = 0; k < type.n_bytes; ++k) bits |= std::uint64_t(bytes[k]) << (8 * k);
        value = type.value(bits);
        bytes += type.n_bytes;
    }
}

/// Values that are stored one by one; the last one repeats to the end, none means zeros.
void read_single_values(const std::vector<std::string_view>& tensor, const NumberType& type, const std::string& place,
                        std::vector<double>& out) {
    std::size_t n = 0;
    const bool is_short = type.n_bytes == 2;
    const auto add = [&](std::uint64_t bits) {
        if (is_short && bits > 0xffffu) throw InputError(concat(place, ": ", bits, " is not a number of 16 bits"));
        if (n < out.size()) out[n] = type.value(bits);
        ++n;
    };
    for (const std::string_view message : tensor) {
        WireReader fields(message);
        for (Field field; fields.next(field);)
            if (field.number == type.field) for_each_number(field, type.wire_type, add);
    }
    if (n > out.size()) throw InputError(concat(place, " has room for ", out.size(), " values, holds ", n));
    for (std::size_t k = n; n > 0 && k < out.size(); ++k) out[k] = out[n - 1];
}

}  // namespace

std::vector<std::string_view> Graph::tensor_of(const Node& node) const {
    std::vector<std::string_view> out;
    for (const std::string_view message : attribute(node, "value")) {
        WireReader fields(message);
        for (Field field; fields.next(field);)
            if (field.is(attr_value_tensor, WireType::bytes)) out.push_back(field.bytes);
    }
    return out;
}

Tensor Graph::constant(const Node& node) const {
    constexpr std::size_t longest_op = 200;
    const std::string where = at(node);
    if (node.op != "Const" || attribute(node, "value").empty())
        throw InputError(concat(where, " is ", first_characters(node.op, longest_op),
                                ", expected a constant; is the graph frozen?"));
    const std::vector<std::string_view> tensor = tensor_of(node);
    const Head head = read_head(tensor);
    const NumberType* type = number_type(head.dtype);
    if (type == nullptr)
        throw InputError(
            concat(where, ": constants of TensorFlow dtype ", static_cast<std::int32_t>(head.dtype), " are not read"));
    Tensor out{head.shape, std::vector<double>(budget_.take_array(head.shape, where), 0.0)};
    if (head.content.empty()) {
        read_single_values(tensor, *type, where, out.values);
    } else {
        if (head.content.size() % type->n_bytes != 0 || head.content.size() / type->n_bytes != out.size())
            throw InputError(concat(where, " has shape ", shown(head.shape), " but ", head.content.size(), " bytes of ",
                                    type->name));
        read_content(head.content, *type, out.values);
    }
    return out;
}

std::vector<std::int64_t> Graph::integers(std::string_view name) const {
    constexpr double largest = 9007199254740992.0;  // the integers that float64 holds exactly
    std::vector<std::int64_t> out;
    for (const double value : array(name).values) {
        if (!(std::fabs(value) <= largest) || value != std::rint(value))
            throw InputError(concat(at(name), " holds ", shown(value), ", expected integers"));
        out.push_back(static_cast<std::int64_t>(value));
    }
    return out;
}

double Graph::number(std::string_view name) const {
    const Tensor values = array(name);
    if (values.size() != 1 || !std::isfinite(values.values[0]))
        throw InputError(concat(at(name), " must be one finite number"));
    return values.values[0];
}

std::int64_t Graph::integer(std::string_view name, std::int64_t otherwise) const {
    if (!has(name)) return otherwise;
    const std::vector<std::int64_t> values = integers(name);
    if (values.size() != 1) throw InputError(concat(at(name), " must be one integer, holds ", values.size()));
    return values[0];
}

std::optional<std::string> Graph::text(std::string_view name) const {
    const Node* found = find(name);
    if (found == nullptr) return std::nullopt;
    const Head head = read_head(tensor_of(*found));
    if (found->op != "Const" || head.dtype != text_type || head.texts.size() > 1)
        throw InputError(concat(at(name), " is not one text"));
    if (head.texts.empty()) return "";
    if (!is_utf8(head.texts[0])) throw InputError(concat(at(name), " is not UTF-8 text"));
    return std::string(head.texts[0]);
}

std::string Graph::precision(std::string_view name) const {
    const NumberType* type = number_type(read_head(tensor_of(node(name))).dtype);
    return type != nullptr ? type->precision : "float64";
}

}  // namespace dpmd::importers
