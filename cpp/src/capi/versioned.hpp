#pragma once
// Structures of the C interface that may be older or newer than this library.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "core/text.hpp"
#include "dpmd/errors.hpp"

namespace dpmd::capi {

template <class T>
std::size_t size_of(const T& given) {
    if (given.struct_size < sizeof given.struct_size)
        throw InputError(
            concat("struct_size = ", given.struct_size, " of a structure is not its size; set it, as DPMD_INIT does"));
    return given.struct_size;
}

/// The structure as this library knows it: members unknown to the caller are zero. Throws InputError when the caller
/// has set members that this library does not know.
template <class T>
T read(const T& given) {
    const std::size_t size = size_of(given), known = std::min(size, sizeof(T));
    const auto* bytes = reinterpret_cast<const unsigned char*>(&given);
    if (std::any_of(bytes + known, bytes + std::max(size, known), [](unsigned char b) { return b != 0; }))
        throw InputError(concat("a structure of ", size, " bytes asks for what this version of dpmd (", sizeof(T),
                                " bytes) does not know; use a newer libdpmd"));
    T out{};
    std::memcpy(&out, &given, known);
    return out;
}

/// Fills the members that the caller's structure has.
template <class T>
void write(T from, T& to) {
    const std::size_t size = size_of(to);
    from.struct_size = size;
    std::memcpy(&to, &from, std::min(size, sizeof(T)));
}

}  // namespace dpmd::capi
