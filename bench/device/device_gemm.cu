// Question: how many floating-point operations per second do the layers of the nets reach on a GPU, in each shape, with
// each kind of operands, on the plain units, on the matrix units and with the vendor's library?
// Counted: two per multiply-add of the product; tanh, its slope and the rest of a layer take time but are not counted.
// Checked before timing: rows of the outputs against sums in double on the host.
#include <cmath>
#include <vector>

#include "nets/gpu_blas.hpp"
#include "nets/layers.hpp"
#include "stopwatch.hpp"

namespace dpmd::bench {
namespace {

using gpu::GemmUnits;
using gpu::Operands;

struct Shape {
    int n_in, n_out;
};
/// First layers of fitting nets, compressed and exact, the layers after them, and embedding nets.
constexpr Shape shapes[] = {{808, 240}, {1600, 240}, {240, 240}, {25, 50}, {50, 100}};
constexpr Shape quick_shapes[] = {{40, 24}, {25, 50}};
constexpr const char* unit_names[] = {"simt", "matrix", "blas"};
constexpr const char* operand_names[] = {"single", "bfloat16", "tf32", "3xtf32"};

/// A number in (-1/2, 1/2) for every place of an array; another `seed` gives other numbers.
DPMD_HD double number_at(std::int64_t k, int seed) {
    const auto bits =
        static_cast<std::uint32_t>((static_cast<std::uint64_t>(k) + 977u * static_cast<unsigned>(seed)) * 2654435761u);
    return (static_cast<double>(bits >> 16) + 0.5) / 65536 - 0.5;
}
template <class Real>
GPU_KERNEL fill_kernel(Real* to, std::int64_t n, int seed) {
    if (gpu::item() < n) to[gpu::item()] = static_cast<Real>(number_at(gpu::item(), seed));
}
template <class Real>
void fill(gpu::Queue& queue, Array<Real>& array, int seed) {
    const auto n = static_cast<std::int64_t>(array.size());
    queue.for_each("fill", n, fill_kernel<Real>, array.data(), n, seed);
}

Network make_network(const Shape& shape) {
    Layer layer;
    layer.n_in = shape.n_in;
    layer.n_out = shape.n_out;
    layer.activation = Activation::tanh;
    for (std::int64_t k = 0; k < std::int64_t(shape.n_in) * shape.n_out; ++k)
        layer.weight.push_back(number_at(k, 1) / std::sqrt(double(shape.n_in)));
    layer.bias.assign(std::size_t(shape.n_out), 0.1);
    Network network;
    network.layers.push_back(layer);
    return network;
}

/// The largest deviation by rounding for an output of about 1.
template <class Real>
double tolerance(Operands operands) {
    if (sizeof(Real) == 8) return 1e-12;
    if (operands == Operands::bfloat16) return 2e-2;
    return operands == Operands::tf32 ? 3e-3 : 2e-5;
}

/// One layer, its rows, and the time of both directions on all units.
template <class Real>
class LayerCase {
public:
    LayerCase(gpu::GemmTuner& gemm, Memory& memory, const Shape& shape, Operands operands, std::int64_t n_rows)
        : gemm_(gemm),
          host_(make_network(shape)),
          network_(host_, {operands, 0, 1}, memory),
          layer_(network_.layers()[0]),
          n_rows_(n_rows),
          in_(std::size_t(n_rows * layer_.in_stride), memory),
          out_(std::size_t(n_rows * layer_.out_stride), memory),
          slope_(std::size_t(n_rows * layer_.out_stride), memory) {}

    void measure(GemmUnits units) {
        Stopwatch stopwatch(gemm_.queue());
        const double flop = 2.0 * layer_.n_in * layer_.n_out * double(n_rows_);
        fill(gemm_.queue(), in_, 2);
        forward(units);
        check("forward", 2, out_, false);
        print_line(name("forward", units), 1e-9 * flop / stopwatch.time([&] { forward(units); }), "GFLOP/s");
        // from here on in_ is the output: dx has the shape of x
        fill(gemm_.queue(), out_, 3);
        fill(gemm_.queue(), slope_, 4);
        backward(units);
        check("backward", 3, in_, true);
        fill(gemm_.queue(), slope_, 4);
        print_line(name("backward", units), 1e-9 * flop / stopwatch.time([&] { backward(units); }), "GFLOP/s");
    }

private:
    void forward(GemmUnits units) {
        gpu::layer_forward_on(units, gemm_, layer_, {n_rows_}, in_.data(), layer_.in_stride, out_.data(),
                              slope_.data());
    }
    void backward(GemmUnits units) {
        gpu::layer_backward_on(units, gemm_, layer_, {n_rows_}, out_.data(), slope_.data(), in_.data());
    }
    std::string name(const char* direction, GemmUnits units) const {
        const char* operands = sizeof(Real) == 8 ? "double" : operand_names[static_cast<int>(layer_.operands)];
        return concat("gemm/", layer_.n_in, "x", layer_.n_out, "/", direction, "/", operands, "/",
                      unit_names[static_cast<int>(units)]);
    }

    /// Checks the first and the last row of the result.
    void check(const char* direction, int seed, const Array<Real>& to, bool backwards) {
        const std::int64_t from_stride = backwards ? layer_.out_stride : layer_.in_stride;
        const std::int64_t to_stride = backwards ? layer_.in_stride : layer_.out_stride;
        const int depth = backwards ? layer_.n_out : layer_.n_in, width = backwards ? layer_.n_in : layer_.n_out;
        std::vector<Real> found(std::size_t(width), Real(0));
        for (const std::int64_t row : {std::int64_t(0), n_rows_ - 1}) {
            gemm_.queue().to_host(found.data(), to.data() + row * to_stride, found.size() * sizeof(Real));
            for (int c = 0; c < width; ++c) {
                double sum = backwards ? 0 : host_.layers[0].bias[std::size_t(c)];
                for (int k = 0; k < depth; ++k) {
                    const std::int64_t at = row * from_stride + k;
                    const std::int64_t weight_at =
                        backwards ? std::int64_t(c) * layer_.n_out + k : std::int64_t(k) * layer_.n_out + c;
                    sum += number_at(at, seed) * (backwards ? number_at(at, 4) : 1.0) *
                           host_.layers[0].weight[std::size_t(weight_at)];
                }
                const double error = std::fabs(double(found[std::size_t(c)]) - (backwards ? sum : std::tanh(sum)));
                if (!(error <= tolerance<Real>(layer_.operands)))
                    throw InternalError(
                        concat("gemm/", layer_.n_in, "x", layer_.n_out, "/", direction, " is wrong by ", error));
            }
        }
    }

    gpu::GemmTuner& gemm_;
    Network host_;
    gpu::DeviceNetwork<Real> network_;
    gpu::LayerView<Real> layer_;
    std::int64_t n_rows_;
    Array<Real> in_, out_, slope_;
};

template <class Real>
void measure(gpu::GemmTuner& gemm, Memory& memory, bool quick, const Shape& shape, Operands operands) {
    LayerCase<Real> layer(gemm, memory, shape, operands, quick ? 70 : 65536);
    for (const GemmUnits units : {GemmUnits::plain, GemmUnits::matrix, GemmUnits::library}) {
        const bool is_possible =
            units == GemmUnits::plain ||
            (units == GemmUnits::matrix && (sizeof(Real) == 8 || operands != Operands::plain)) ||
            (units == GemmUnits::library && operands != Operands::bfloat16 && gpu::open_blas().functions != nullptr);
        if (is_possible) layer.measure(units);
    }
}

void measure_all(gpu::Queue& queue, Memory& memory, bool quick) {
    gpu::GemmTuner gemm(queue, memory, "");
    const std::span<const Shape> all = quick ? std::span<const Shape>(quick_shapes) : std::span<const Shape>(shapes);
    for (const Shape& shape : all) {
        measure<double>(gemm, memory, quick, shape, Operands::plain);
        for (const Operands operands : {Operands::plain, Operands::tf32x3, Operands::tf32, Operands::bfloat16})
            measure<float>(gemm, memory, quick, shape, operands);
    }
}

}  // namespace
}  // namespace dpmd::bench

int main(int argc, char** argv) { return dpmd::bench::run_on_device(argc, argv, dpmd::bench::measure_all); }
