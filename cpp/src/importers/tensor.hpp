#pragma once
// An array of numbers from a foreign file, whatever it is stored as there.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dpmd::importers {

using Shape = std::vector<std::int64_t>;

struct Tensor {
    Shape shape;
    std::vector<double> values;  ///< row-major

    std::size_t size() const { return values.size(); }
    bool is_matrix() const { return shape.size() == 2; }
};

/// As Python shows a tuple: "(2, 3)", "(2,)".
std::string shown_shape(const Shape& shape);

}  // namespace dpmd::importers
