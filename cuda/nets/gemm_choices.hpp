#pragma once
// The tuner's choices for this machine, kept in a file, so that the next run multiplies with the same units and gives
// the same bits.
#include <map>
#include <string>

#include "nets/device_network.hpp"

namespace dpmd::gpu {

enum class GemmUnits { plain, matrix, library };
enum class GemmDirection { forward, backward };

struct GemmShape {
    GemmDirection direction;
    int n_in, n_out;
    Operands operands;
    bool is_double;
    auto operator<=>(const GemmShape&) const = default;
};

struct GemmChoice {
    GemmUnits rows_known, rows_unknown;  ///< where the host knows the number of rows, and where not
    double microseconds[3] = {};         ///< per 1000 rows, for each kind of units; 0: not measured
};

using GemmChoices = std::map<GemmShape, GemmChoice>;

/// The file for a device, in the cache folder; empty where there is none.
std::string choices_file(const std::string& device);
/// The choices of an earlier run; none when the file is missing or incomplete.
GemmChoices read_choices(const std::string& path);
/// Writes the file, put in place atomically. Choices that cannot be written are measured again next time.
void write_choices(const GemmChoices& choices, const std::string& path);

}  // namespace dpmd::gpu
