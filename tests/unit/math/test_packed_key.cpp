// Neighbour keys: packed values come back, and comparing keys compares type, distance, index.
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "math/packed_key.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using testing::Random;

TEST(PackedKey, TypeAndIndexComeBackUpToTheirLimits) {
    const double cutoff = 8, scale = key_scale(cutoff);
    for (const std::int32_t type : {0, 1, 63, 127})
        for (const std::int32_t index : {0, 1, 12345, int(key_max_atoms) - 1})
            for (const double distance : {0.0, 1e-9, 4.0, std::nextafter(cutoff, 0.0)}) {
                const PackedKey key = pack_key(type, distance, scale, index);

                EXPECT_EQ(key_type(key), type);
                EXPECT_EQ(key_index(key), index);
            }
    EXPECT_EQ(key_max_types, 128);
    EXPECT_EQ(key_max_atoms, 268435456);
}

TEST(PackedKey, OrdersByTypeThenDistanceThenIndex) {
    Random random(1);
    const double cutoff = 6.5, scale = key_scale(cutoff), resolution = cutoff / 536870912.0;
    for (int round = 0; round < 100000; ++round) {
        const auto draw = [&] { return std::tuple{random.below(3), random.uniform(0, cutoff), random.below(1000)}; };
        auto a = draw(), b = draw();
        if (round % 3 == 0) std::get<1>(b) = std::get<1>(a);
        if (std::get<1>(a) != std::get<1>(b) && std::fabs(std::get<1>(a) - std::get<1>(b)) < 2 * resolution) continue;

        const auto key = [&](const auto& x) { return pack_key(std::get<0>(x), std::get<1>(x), scale, std::get<2>(x)); };

        EXPECT_EQ(key(a) < key(b), a < b);
    }
}

TEST(PackedKey, DistancesAtTheCutoffDoNotSpillIntoTheType) {
    Random random(2);
    for (int round = 0; round < 1000; ++round) {
        const double cutoff = random.uniform(0.1, 20), scale = key_scale(cutoff);
        // just below the cutoff the product with the scale may round to 2^29, one step too many
        for (const double distance : {std::nextafter(cutoff, 0.0), cutoff}) {
            const PackedKey key = pack_key(4, distance, scale, 7);

            EXPECT_EQ(key_type(key), 4);
            EXPECT_EQ(key_index(key), 7);
            EXPECT_GT(key, pack_key(4, 0.999 * cutoff, scale, 100));
        }
    }
}

TEST(PackedKey, WithoutIndexEqualForDistancesCloserThanTheResolution) {
    const double cutoff = 8, scale = key_scale(cutoff), step = 1 / scale;
    const double distance = 1000000 * step;

    EXPECT_EQ(key_without_index(pack_key(1, distance, scale, 3)),
              key_without_index(pack_key(1, distance + 0.4 * step, scale, 9)));
    EXPECT_NE(key_without_index(pack_key(1, distance, scale, 3)),
              key_without_index(pack_key(1, distance + 1.4 * step, scale, 3)));
    EXPECT_NE(key_without_index(pack_key(1, distance, scale, 3)), key_without_index(pack_key(2, distance, scale, 3)));
}

}  // namespace
}  // namespace dpmd
