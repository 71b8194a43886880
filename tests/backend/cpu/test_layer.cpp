// Layers of the nets, forward against plain loops and backward against finite differences.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "backend/cpu/tile_probe.hpp"
#include "oracle/nets_reference.hpp"
#include "support/backend_parameter.hpp"
#include "support/random_models.hpp"

namespace dpmd {
namespace {

using cpu::PackedNetwork;
using testing::ModelRecipe;
using testing::Random;
using testing::TileProbe;

struct Shape {
    int n_in, n_out;
};
constexpr Shape shapes[] = {{1, 1}, {1, 2},  {1, 5},   {2, 4},   {3, 3}, {7, 14},
                            {8, 8}, {9, 13}, {31, 31}, {33, 66}, {65, 9}};
constexpr Activation activations[] = {Activation::linear, Activation::tanh,       Activation::gelu,    Activation::relu,
                                      Activation::relu6,  Activation::softplus,   Activation::sigmoid, Activation::silu,
                                      Activation::silut,  Activation::gelu_single};

class LayerKernels : public testing::PerInstructionSet {
protected:
    const TileProbe& probe() const { return *testing::tile_probe(GetParam().c_str()); }

    struct Case {
        Layer layer;
        std::vector<reference::LayerOutcome> expected;  // per row
        std::vector<double> x;
        int x_stride;
    };
    Case random_case(Shape shape, Activation activation, bool timestep, int rows) const {
        ModelRecipe recipe;
        recipe.activation = activation;
        recipe.timesteps = timestep;
        Random random(std::uint64_t(shape.n_in * 1000 + shape.n_out * 10 + int(activation)));
        Case out{testing::random_layer(random, shape.n_in, shape.n_out, recipe), {}, {}, shape.n_in + 2};
        out.x = random.uniforms(std::size_t(rows * out.x_stride), -4, 4);
        for (int r = 0; r < rows; ++r)
            out.expected.push_back(reference::run_layer(
                out.layer, {out.x.begin() + r * out.x_stride, out.x.begin() + r * out.x_stride + shape.n_in}));
        return out;
    }
};

/// |x| <= 4 and weights of 1.7/sqrt(n_in): values below 60, sums of 65 terms, tanh to 3 ulp.
constexpr double tolerance = 1e-13;

TEST_P(LayerKernels, ForwardAndBackwardEqualPlainLoopsForEveryActivationSkipAndTimestep) {
    const int rows = 9 * probe().shape.row_block;  // more than one block of rows_in_cache where row_block is 8
    for (const Shape shape : shapes)
        for (const Activation activation : activations)
            for (const bool timestep : {false, true}) {
                SCOPED_TRACE(::testing::Message() << shape.n_in << " to " << shape.n_out << " activation "
                                                  << int(activation) << (timestep ? " timestep" : ""));
                const Case c = random_case(shape, activation, timestep, rows);
                const PackedNetwork<double> network({{c.layer}, std::nullopt}, probe().shape);
                const auto& layer = network.layers[0];
                const auto out_stride = std::size_t(layer.out_stride), in_stride = std::size_t(layer.in_stride);
                std::vector<double> y(std::size_t(rows) * out_stride), slope(y), dx(std::size_t(rows) * in_stride);
                Random random(5);
                std::vector<double> dy(y.size(), 0.0);
                for (std::size_t r = 0; r < std::size_t(rows); ++r)
                    for (std::size_t k = 0; k < std::size_t(shape.n_out); ++k)
                        dy[r * out_stride + k] = random.uniform(-1, 1);

                Workspace workspace;
                probe().layer_forward(layer, rows, c.x.data(), c.x_stride, y.data(), slope.data(), workspace);
                probe().layer_backward(layer, rows, dy.data(), slope.data(), dx.data(), workspace);

                for (std::size_t r = 0; r < std::size_t(rows); ++r) {
                    for (std::size_t k = 0; k < std::size_t(shape.n_out); ++k)
                        ASSERT_NEAR(y[r * out_stride + k], double(c.expected[r].y[k]), tolerance) << r << ", " << k;
                    for (std::size_t k = 0; k < std::size_t(shape.n_in); ++k) {
                        reference::real expected = 0;
                        for (std::size_t o = 0; o < std::size_t(shape.n_out); ++o)
                            expected += c.expected[r].jacobian[k][o] * reference::real(dy[r * out_stride + o]);
                        ASSERT_NEAR(dx[r * in_stride + k], double(expected), tolerance) << r << ", " << k;
                    }
                }
            }
}

TEST_P(LayerKernels, BackwardToOneInputEqualsTheGeneralBackward) {
    const int rows = 2 * probe().shape.row_block;
    for (const Shape shape : shapes) {
        if (shape.n_in != 1) continue;
        const Case c = random_case(shape, Activation::tanh, true, rows);
        const PackedNetwork<double> network({{c.layer}, std::nullopt}, probe().shape);
        const auto& layer = network.layers[0];
        const auto out_stride = std::size_t(layer.out_stride);
        std::vector<double> y(std::size_t(rows) * out_stride), slope(y), dy(y.size(), 0.0), dx(std::size_t(rows), 0.0);
        for (std::size_t r = 0; r < std::size_t(rows); ++r)
            for (std::size_t k = 0; k < std::size_t(shape.n_out); ++k) dy[r * out_stride + k] = 1.0 + double(k);

        Workspace workspace;
        probe().layer_forward(layer, rows, c.x.data(), c.x_stride, y.data(), slope.data(), workspace);
        probe().layer_backward_to_scalar(layer, rows, dy.data(), slope.data(), dx.data());

        for (std::size_t r = 0; r < std::size_t(rows); ++r) {
            reference::real expected = 0;
            for (std::size_t o = 0; o < std::size_t(shape.n_out); ++o)
                expected += c.expected[r].jacobian[0][o] * reference::real(1.0 + double(o));
            EXPECT_NEAR(dx[r], double(expected), tolerance);
        }
    }
}

TEST_P(LayerKernels, EmbeddingNetsAndTablesGoBackAsTheFiniteDifferenceOfForward) {
    const int rows = 4 * probe().shape.row_block;
    constexpr double h = 1e-6;
    Random random(6);
    for (const bool table : {false, true})
        for (const std::vector<int>& widths : {std::vector<int>{5}, {2, 4, 8}, {10, 10, 20}, {3, 7, 7, 14}}) {
            SCOPED_TRACE(::testing::Message() << (table ? "table " : "layers ") << widths.back());
            ModelRecipe recipe;
            recipe.n_types = 1;
            recipe.axis = 1;
            recipe.tables = table;
            recipe.linear_extrapolation = true;
            recipe.embedding = widths;
            const Network plain = *testing::se_a_of(testing::random_model(recipe, 7)).embedding.nets[0][0];
            const PackedNetwork<double> network(plain, probe().shape);
            const auto stride = std::size_t(network.out_stride);
            std::vector<double> s(std::size_t(rows), 0.0), dg(std::size_t(rows) * stride, 0.0), g(dg), ds(s);
            for (double& x : s) x = random.uniform(-1, 4);
            for (std::size_t r = 0; r < std::size_t(rows); ++r)
                for (std::size_t k = 0; k < std::size_t(widths.back()); ++k) dg[r * stride + k] = random.uniform(-1, 1);

            Workspace workspace;
            probe().embedding(network, rows, s.data(), dg.data(), g.data(), ds.data(), workspace);

            for (std::size_t r = 0; r < std::size_t(rows); ++r) {
                const auto above = reference::embed(plain, s[r] + h), below = reference::embed(plain, s[r] - h);
                const auto here = reference::embed(plain, s[r]);
                reference::real difference = 0, exact = 0;
                for (std::size_t k = 0; k < std::size_t(widths.back()); ++k) {
                    EXPECT_NEAR(g[r * stride + k], double(here.value[k]), tolerance);
                    difference += dg[r * stride + k] * (above.value[k] - below.value[k]) / (2 * h);
                    exact += dg[r * stride + k] * here.slope[k];
                }
                EXPECT_NEAR(ds[r], double(exact), 1e-12);  // 60 terms of slopes up to 20
                // h^2/6 = 1.7e-13 times third derivatives up to 1e3
                EXPECT_NEAR(ds[r], double(difference), 1e-9) << "s = " << s[r];
            }
        }
}

DPMD_INSTANTIATE_PER_ISA(LayerKernels);

}  // namespace
}  // namespace dpmd
