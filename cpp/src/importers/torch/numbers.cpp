#include "importers/torch/numbers.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>

#include "importers/archive/little_endian.hpp"

namespace dpmd::importers {
namespace {

double from_bfloat16(std::uint16_t bits) { return double(std::bit_cast<float>(std::uint32_t(bits) << 16)); }

double from_float16(std::uint16_t bits) {
    const int exponent = bits >> 10 & 0x1F;
    const double fraction = bits & 0x3FF;
    double value = std::ldexp(fraction + (exponent > 0 ? 1024.0 : 0.0), exponent > 0 ? exponent - 25 : -24);
    if (exponent == 0x1F) value = fraction > 0 ? std::nan("") : HUGE_VAL;
    return bits >> 15 ? -value : value;
}

/// Appends the part of a tensor that begins at element `at` of the storage, and has its last dimensions from `first`
/// on.
template <class T, class Convert>
void append(std::span<const std::byte> stored, const PickledTensor& tensor, std::size_t first, std::int64_t at,
            const Convert& convert, std::vector<double>& out) {
    if (first == tensor.n_dimensions) {
        out.push_back(convert(little_endian<T>(stored, std::size_t(at) * sizeof(T))));
        return;
    }
    const std::int64_t n = tensor.sizes[first], stride = tensor.strides[first];
    if (first + 1 == tensor.n_dimensions) {
        for (std::int64_t k = 0; k < n; ++k)
            out.push_back(convert(little_endian<T>(stored, std::size_t(at + k * stride) * sizeof(T))));
        return;
    }
    for (std::int64_t k = 0; k < n; ++k) append<T>(stored, tensor, first + 1, at + k * stride, convert, out);
}

template <class T, class Convert>
std::vector<double> converted(std::span<const std::byte> stored, const PickledTensor& tensor, const Convert& convert) {
    const auto shape = tensor.shape();
    std::vector<double> out;
    out.reserve(std::size_t(std::accumulate(shape.begin(), shape.end(), std::int64_t(1), std::multiplies<>())));
    append<T>(stored, tensor, 0, tensor.offset, convert, out);
    return out;
}

}  // namespace

std::vector<double> numbers_of(const PickledTensor& tensor, std::span<const std::byte> stored) {
    const auto as_double = [](auto value) { return double(value); };
    switch (tensor.storage->type) {
        case NumberType::float64: return converted<double>(stored, tensor, as_double);
        case NumberType::float32: return converted<float>(stored, tensor, as_double);
        case NumberType::float16: return converted<std::uint16_t>(stored, tensor, from_float16);
        case NumberType::bfloat16: return converted<std::uint16_t>(stored, tensor, from_bfloat16);
        case NumberType::int64: return converted<std::int64_t>(stored, tensor, as_double);
        case NumberType::int32: return converted<std::int32_t>(stored, tensor, as_double);
        case NumberType::int16: return converted<std::int16_t>(stored, tensor, as_double);
        case NumberType::int8: return converted<std::int8_t>(stored, tensor, as_double);
        case NumberType::uint8: return converted<std::uint8_t>(stored, tensor, as_double);
        case NumberType::boolean: break;
    }
    return converted<std::uint8_t>(stored, tensor, [](std::uint8_t value) { return value != 0 ? 1.0 : 0.0; });
}

}  // namespace dpmd::importers
