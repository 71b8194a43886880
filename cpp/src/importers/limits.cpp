#include "importers/limits.hpp"

#include <limits>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "importers/shown.hpp"

namespace dpmd::importers {
namespace {

constexpr std::uint64_t base_bytes = std::uint64_t(64) << 20;
constexpr std::uint64_t bytes_per_file_byte = 16;  // float16 weights widen fourfold; deflated entries need the rest
constexpr std::uint64_t base_steps = 1 << 19, steps_per_file_byte = 1;
constexpr std::uint64_t base_values = 100'000, values_per_byte = 4;

constexpr auto beyond_count = std::numeric_limits<std::uint64_t>::max();  // stands for all numbers that do not fit

std::uint64_t product(std::uint64_t a, std::uint64_t b) {
    return b != 0 && a > beyond_count / b ? beyond_count : a * b;
}

}  // namespace

Budget::Budget(std::uint64_t file_bytes)
    : bytes_(base_bytes + bytes_per_file_byte * file_bytes), steps_(base_steps + steps_per_file_byte * file_bytes) {}

void Budget::take(std::uint64_t n_bytes, const std::string& place) {
    if (n_bytes > bytes_)
        throw InputError(concat(place, " declares ", n_bytes == beyond_count ? "more than " : "", n_bytes,
                                " bytes, far more than a file of this size should hold; the file is corrupt"));
    bytes_ -= n_bytes;
}

std::size_t Budget::take_array(std::span<const std::int64_t> shape, const std::string& place) {
    if (shape.size() > max_dimensions)
        throw InputError(
            concat(place, " has ", shape.size(), " dimensions, more than ", max_dimensions, "; the file is corrupt"));
    std::uint64_t count = 1;
    bool is_empty = false;
    for (const std::int64_t n : shape) {
        if (n < 0)
            throw InputError(concat(place, " has the impossible shape ", shown(Shape(shape.begin(), shape.end()))));
        is_empty = is_empty || n == 0;
        count = product(count, std::uint64_t(n));
    }
    if (is_empty) count = 0;
    take(product(count, sizeof(double)), place);
    return std::size_t(count);
}

void Budget::work(std::uint64_t n_steps, const std::string& place) {
    if (n_steps > steps_)
        throw InputError(
            concat(place, ": takes far more steps to read than a file of this size should; it is corrupt"));
    steps_ -= n_steps;
}

std::uint64_t most_values(std::uint64_t n_bytes) { return base_values + values_per_byte * n_bytes; }

}  // namespace dpmd::importers
