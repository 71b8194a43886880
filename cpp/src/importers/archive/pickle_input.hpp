#pragma once
// The bytes of a pickle, one argument of an instruction after the other.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "dpmd/errors.hpp"
#include "importers/archive/little_endian.hpp"
#include "importers/utf8.hpp"

namespace dpmd::importers {

/// Every function throws InputError beyond the end.
class PickleInput {
public:
    explicit PickleInput(std::span<const std::byte> content) : content_(content) {}

    std::size_t position() const { return at_; }

    template <class T>
    T number() {
        return little_endian<T>(take(sizeof(T)), 0);
    }
    /// A float64 whose most significant byte comes first.
    double big_endian_double() {
        const auto bytes = take(sizeof(double));
        std::uint64_t bits = 0;
        for (const std::byte b : bytes) bits = bits << 8 | std::to_integer<std::uint64_t>(b);
        return std::bit_cast<double>(bits);
    }
    std::string_view bytes(std::uint64_t n) {
        const auto bytes = take(n);
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    /// So many bytes of UTF-8.
    std::string_view text(std::uint64_t n) { return checked(bytes(n)); }
    /// A text up to the next line break, which is skipped.
    std::string_view line() {
        const auto rest = content_.subspan(at_);
        const std::string_view left(reinterpret_cast<const char*>(rest.data()), rest.size());
        const std::size_t end = left.find('\n');
        if (end == std::string_view::npos) fail();
        at_ += end + 1;
        return checked(left.substr(0, end));
    }

private:
    [[noreturn]] static void fail() { throw InputError("a damaged pickle: it ends early"); }

    std::span<const std::byte> take(std::uint64_t n) {
        if (n > content_.size() - at_) fail();
        at_ += n;
        return content_.subspan(at_ - n, n);
    }
    static std::string_view checked(std::string_view text) {
        if (!is_utf8(text)) throw InputError("a damaged pickle: a text that is not UTF-8");
        return text;
    }

    std::span<const std::byte> content_;
    std::size_t at_ = 0;
};

}  // namespace dpmd::importers
