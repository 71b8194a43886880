// Nets that are smooth, and nets that are not, on a range of their input.
#include <gtest/gtest.h>

#include "models/local/compress/kinks.hpp"

namespace dpmd {
namespace {

using compress::has_kinks;

/// One hidden value x + 1, and the activation of it.
Network net_of(Activation activation, double threshold = 3) {
    Layer hidden;
    hidden.n_in = hidden.n_out = 1;
    hidden.activation = activation;
    hidden.silut_threshold = threshold;
    hidden.weight = {1};
    hidden.bias = {1};
    Layer last;
    last.n_in = last.n_out = 1;
    last.weight = {2};
    return {{hidden, last}, {}};
}

TEST(Kinks, ReluHasThemEverywhere) {
    EXPECT_TRUE(has_kinks(net_of(Activation::relu), {5, 6}));
    EXPECT_TRUE(has_kinks(net_of(Activation::relu6), {5, 6}));
    EXPECT_FALSE(has_kinks(net_of(Activation::tanh), {-5, 5}));
    EXPECT_FALSE(has_kinks(net_of(Activation::silu), {-5, 5}));
}

TEST(Kinks, SilutHasOneWhereAHiddenValuePassesTheThreshold) {
    const Network net = net_of(Activation::silut, 3);
    EXPECT_FALSE(has_kinks(net, {-5, 0, 1.9}));
    EXPECT_FALSE(has_kinks(net, {2.1, 5}));
    EXPECT_TRUE(has_kinks(net, {-5, 0, 2.1}));
    EXPECT_TRUE(has_kinks(net, {0, 2.1, 0}));
    EXPECT_FALSE(has_kinks(net_of(Activation::silut, 30), {-5, 5}));
}

TEST(Kinks, ATableHasNoneOfItsOwn) {
    Network table;
    table.table = Table{0, 0, 1, 2, 0.5, 0.5, false, 4, 1, std::vector<double>(24, 0.0)};
    EXPECT_FALSE(has_kinks(table, {0, 1}));
}

}  // namespace
}  // namespace dpmd
