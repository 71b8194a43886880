#pragma once
// The vendor's library of matrix products, opened when the process first asks for it. It is needed neither to build nor
// to run: our own kernels are used where it is missing.
#include <string>

#include "core/array.hpp"
#include "queue.hpp"
#include "units/blas_functions.hpp"

namespace dpmd::gpu {

/// The library's functions, null where it could not be opened; then `reason` says why. The same for the whole process.
struct BlasOpened {
    const BlasFunctions* functions = nullptr;
    std::string path, reason;
};
const BlasOpened& open_blas();

/// The format to which a product in single precision may round its operands.
enum class BlasMath { plain, tf32 };

/// A row-major matrix; transposed: it is stored [columns][stride].
template <class Pointer>
struct BlasOperand {
    Pointer data = nullptr;
    int stride = 0;
    bool transposed = false;
};

/// C [rows][columns] = A [rows][depth] B [depth][columns], plus C if it adds; row-major.
template <class Real>
struct BlasProduct {
    int rows = 0, columns = 0, depth = 0;
    BlasOperand<const Real*> a, b;
    Real* c = nullptr;
    int c_stride = 0;
    bool adds = false;
    BlasMath math = BlasMath::plain;
};

/// `count` products, with the matrices of each a fixed number of values after those of the previous one.
struct BlasSteps {
    int count = 1;
    std::int64_t a = 0, b = 0, c = 0;
};

/// `count` products whose matrices are given by pointers in device memory.
template <class Real>
struct BlasPointers {
    int count = 1;
    const Real* const* a = nullptr;
    const Real* const* b = nullptr;
    Real* const* c = nullptr;
};

/// A handle and its workspace on one queue. Products go to the queue's stream and may be captured into graphs.
class GpuBlas {
public:
    /// Throws DeviceError when the library cannot be opened.
    GpuBlas(Queue& queue, Memory& memory);
    ~GpuBlas();
    GpuBlas(const GpuBlas&) = delete;
    GpuBlas& operator=(const GpuBlas&) = delete;

    template <class Real>
    void multiply(const BlasProduct<Real>& product);
    template <class Real>
    void multiply_many(const BlasProduct<Real>& first, const BlasSteps& steps);
    /// `shape` has no matrices.
    template <class Real>
    void multiply_many(const BlasProduct<Real>& shape, const BlasPointers<Real>& pointers);
    /// Operands are bfloat16 (bits), sums and C are in single precision.
    void multiply_bfloat16(int rows, int columns, int depth, BlasOperand<const std::uint16_t*> a,
                           BlasOperand<const std::uint16_t*> b, float* c, int c_stride, bool adds);

private:
    void set_math(BlasMath math);
    int code_of(bool transposed) const { return transposed ? functions_.transpose : functions_.no_transpose; }

    const BlasFunctions& functions_;
    void* handle_ = nullptr;
    Array<std::byte> workspace_;
    BlasMath math_ = BlasMath::plain;
};

}  // namespace dpmd::gpu
