// Layers on the plain arithmetic units.
#include "nets/layer_product.hpp"

namespace dpmd::gpu {
namespace {

template <class Product, class Shape>
GPU_KERNEL GPU_BOUNDS(Shape::threads, 1) layer_on_plain_units(Product product) {
    std::int64_t first, count;
    find_rows(product.rows, first, count);
    const int first_row = block_index() * Shape::rows;
    if (first_row >= count) return;  // true for the whole block
    product.begin_at(first);
    multiply_on_plain_units<Shape>(product, first_row, static_cast<int>(count), block_index_y() * Shape::columns);
}

}  // namespace

template <class Product>
void launch_on_plain_units(Queue& queue, const Product& product) {
    using Real = typename Product::Number;
    using Large = PlainShape<128, sizeof(Real) == 4 ? 128 : 64, 2, sizeof(Real) == 4 ? 2 : 1>;
    with_shape<Large, PlainShape<64, 64, 1, 1>, PlainShape<32, 32, 1, 1>>(
        queue, product.rows.most, product.width(), [&](auto shape, Grid grid) {
            using Shape = decltype(shape);
            queue.launch("layer", &layer_on_plain_units<Product, Shape>, grid, Shape::threads,
                         shared_piece<Real>(Shape::shared_values), product);
        });
}

template void launch_on_plain_units(Queue&, const ForwardProduct<double>&);
template void launch_on_plain_units(Queue&, const ForwardProduct<float>&);
template void launch_on_plain_units(Queue&, const BackwardProduct<double>&);
template void launch_on_plain_units(Queue&, const BackwardProduct<float>&);

}  // namespace dpmd::gpu
