// Layers on matrix units.
#include "nets/layer_product.hpp"
#include "nets/matrix_gemm.hpp"

namespace dpmd::gpu {
namespace {

template <class Product, class Shape>
GPU_KERNEL GPU_BOUNDS(Shape::threads, Shape::blocks) layer_on_matrix_units(Product product) {
    std::int64_t first, count;
    find_rows(product.rows, first, count);
    const int first_row = block_index() * Shape::rows;
    if (first_row >= count) return;  // true for the whole block
    product.begin_at(first);
    multiply_on_matrix_units<Shape>(product, first_row, static_cast<int>(count), block_index_y() * Shape::columns);
}

template <class Kind, class Product>
void launch_kind(Queue& queue, const Product& product) {
    // as large as the registers of a multiprocessor allow, so that it reads little from the second-level cache
    constexpr bool is_double = sizeof(typename Kind::Sum) == 8;
    constexpr bool is_heavy = is_double || Kind::parts == 2;  // operands take many registers
    using Large = MatrixShape<Kind, 128, is_double ? 64 : 128, 16, 4, is_heavy ? 2 : 4, 1>;
    with_shape<Large, MatrixShape<Kind, 64, 64, 16, 2, 2, 3>, MatrixShape<Kind, 32, 32, 16, 2, 2, 4>>(
        queue, product.rows.most, product.width(), [&](auto shape, Grid grid) {
            using Shape = decltype(shape);
            queue.launch("layer", &layer_on_matrix_units<Product, Shape>, grid, Shape::threads,
                         std::size_t(Shape::shared_bytes), product);
        });
}

}  // namespace

template <class Product>
void launch_on_matrix_units(Queue& queue, const Product& product) {
    if constexpr (sizeof(typename Product::Number) == 8) launch_kind<MatrixF64>(queue, product);
    else switch (product.layer.operands) {
            case Operands::plain: throw InternalError("matrix units have no products of plain singles");
            case Operands::bfloat16: return launch_kind<MatrixBf16>(queue, product);
            case Operands::tf32: return launch_kind<MatrixTf32>(queue, product);
            case Operands::tf32x3: return launch_kind<MatrixTf32x3>(queue, product);
        }
}

template void launch_on_matrix_units(Queue&, const ForwardProduct<double>&);
template void launch_on_matrix_units(Queue&, const ForwardProduct<float>&);
template void launch_on_matrix_units(Queue&, const BackwardProduct<double>&);
template void launch_on_matrix_units(Queue&, const BackwardProduct<float>&);

}  // namespace dpmd::gpu
