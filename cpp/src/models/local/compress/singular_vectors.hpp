#pragma once
// Singular values and right singular vectors of a tall matrix.
#include <vector>

namespace dpmd::compress {

struct SingularVectors {
    std::vector<double> values;   ///< [n] largest first
    std::vector<double> vectors;  ///< [n][n] row k is the k-th right singular vector
};

/// The matrix is given by columns, [n][rows]. Small values keep their digits relative to the largest. Gram-Schmidt
/// reduces the matrix to a triangle, one-sided Jacobi rotations (Hestenes, J. SIAM 6, 51, 1958) do the rest.
SingularVectors singular_vectors(std::vector<double> columns, int n, int rows);

}  // namespace dpmd::compress
