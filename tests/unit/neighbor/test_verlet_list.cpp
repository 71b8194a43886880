// The neighbour list compared with all pairs of all images.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "math/packed_key.hpp"
#include "neighbor/verlet_list.hpp"
#include "support/expect_error.hpp"
#include "support/random_systems.hpp"

namespace dpmd {
namespace {

using reference::System;
using testing::BoxKind;
using testing::Random;

/// Neighbour `atom` at `shift` lattice vectors, in the caller's order and positions.
using Pair = std::tuple<int, int, int, int, int>;  // centre, atom, shift

AtomsView view(const System& system, const std::int64_t* ids = nullptr) {
    return {system.n(), system.positions.data(), system.types.data(), ids};
}

/// The list as pairs in the caller's numbering, in the list's order for each centre.
std::vector<Pair> pairs_of(const VerletList& list, const System& built_from, const Lattice& lattice) {
    std::vector<Pair> out;
    const NeighborListView neighbors = list.neighbors();
    for (std::int32_t k = 0; k < list.n_owned(); ++k) {
        const int i = list.order()[k];
        const auto wrap_i = lattice.wrap(built_from.positions.data() + 3 * i);
        for (std::int64_t p = neighbors.first[k]; p < neighbors.first[k + 1]; ++p) {
            std::int32_t j = neighbors.index[p], image[3] = {0, 0, 0};
            if (j >= list.n_owned()) {
                const auto g = std::size_t(j - list.n_owned());
                for (std::size_t c = 0; c < 3; ++c) image[c] = list.ghosts().images[3 * g + c];
                j = list.ghosts().owner[g];
            }
            j = list.order()[j];
            const auto wrap_j = lattice.wrap(built_from.positions.data() + 3 * j);
            out.emplace_back(i, j, image[0] - wrap_j[0] + wrap_i[0], image[1] - wrap_j[1] + wrap_i[1],
                             image[2] - wrap_j[2] + wrap_i[2]);
        }
    }
    return out;
}

/// Every pair nearer than the cutoff; those within 1e-9 Å of it may be rounded either way and go into `doubtful`.
void brute_force(const System& system, double cutoff, std::vector<Pair>& sure, std::vector<Pair>& doubtful) {
    for (int i = 0; i < system.n(); ++i)
        for (const auto& bond : reference::bonds_of(system, i, reference::real(cutoff) + 1e-9L)) {
            const Pair pair{i, bond.atom, bond.shift[0], bond.shift[1], bond.shift[2]};
            (bond.r < reference::real(cutoff) - 1e-9L ? sure : doubtful).push_back(pair);
        }
}

void expect_all_pairs(std::vector<Pair> got, const System& system, double cutoff) {
    std::vector<Pair> sure, doubtful, missing, extra;
    brute_force(system, cutoff, sure, doubtful);
    std::sort(got.begin(), got.end());
    std::sort(sure.begin(), sure.end());
    std::sort(doubtful.begin(), doubtful.end());
    ASSERT_EQ(std::adjacent_find(got.begin(), got.end()), got.end()) << "a pair stands twice";
    std::set_difference(sure.begin(), sure.end(), got.begin(), got.end(), std::back_inserter(missing));
    std::set_difference(got.begin(), got.end(), sure.begin(), sure.end(), std::back_inserter(extra));
    EXPECT_EQ(missing.size(), 0u) << "of " << sure.size();
    EXPECT_TRUE(std::includes(doubtful.begin(), doubtful.end(), extra.begin(), extra.end()))
        << extra.size() << " pairs too many beside " << sure.size();
}

VerletList make_list(double cutoff, double skin, int threads = 2) {
    return VerletList(cpu::make_backend(threads, ""), cutoff, skin);
}

TEST(VerletList, HoldsEveryPairOnceInBoxesOfEveryKind) {
    std::uint64_t seed = 0;
    for (const BoxKind& kind : testing::box_kinds())
        for (const int n : {0, 1, 2, 7, 40})
            for (const double cutoff : {0.5, 3.1, 6.0})
                for (const bool unwrapped : {false, true}) {
                    SCOPED_TRACE(::testing::Message()
                                 << kind.name << " n " << n << " cutoff " << cutoff << " seed " << ++seed);
                    const System system = testing::random_system(kind, n, 3, 0.3, seed, unwrapped);
                    VerletList list = make_list(0.8 * cutoff, 0.2 * cutoff);

                    list.build(view(system), Lattice(system.box), 3);

                    EXPECT_EQ(list.n_owned(), system.n());
                    expect_all_pairs(pairs_of(list, system, Lattice(system.box)), system, cutoff);
                }
}

TEST(VerletList, HoldsEveryPairInRandomBoxesOfAnyShape) {
    for (std::uint64_t seed = 1000; seed < 1150; ++seed) {
        Random random(seed);
        BoxKind kind{"random", {}, {random.below(2) == 1, random.below(2) == 1, random.below(2) == 1}};
        do
            for (double& x : kind.region) x = random.uniform(-9, 9);
        while (std::fabs(determinant({{{kind.region[0], kind.region[1], kind.region[2]},
                                       {kind.region[3], kind.region[4], kind.region[5]},
                                       {kind.region[6], kind.region[7], kind.region[8]}}})) < 15);
        const System system = testing::random_system(kind, 1 + random.below(12), 2, 0.2, seed, true);
        const double cutoff = random.uniform(1, 5);
        SCOPED_TRACE(::testing::Message() << "seed " << seed);
        VerletList list = make_list(cutoff, 0);

        list.build(view(system), Lattice(system.box), 2);

        expect_all_pairs(pairs_of(list, system, Lattice(system.box)), system, cutoff);
    }
}

TEST(VerletList, HoldsEveryPairOfLargerSystemsWithManyCells) {
    const BoxKind kinds[] = {{"cube", {30, 0, 0, 0, 30, 0, 0, 0, 30}, {true, true, true}},
                             {"cloud", {30, 0, 0, 0, 30, 0, 0, 0, 30}, {false, false, false}},
                             {"rod", {3, 0, 0, 0, 3, 0, 0, 0, 300}, {false, false, false}},
                             {"tilted", {40, 0, 0, 35, 30, 0, -30, 28, 20}, {true, true, true}}};
    for (const BoxKind& kind : kinds)
        for (const int threads : {1, 3}) {
            SCOPED_TRACE(kind.name);
            const System system = testing::random_system(kind, 600, 2, 0.0, 5);
            VerletList list = make_list(3.0, 0, threads);

            list.build(view(system), Lattice(system.box), 2);

            expect_all_pairs(pairs_of(list, system, Lattice(system.box)), system, 3.0);
        }
}

TEST(VerletList, HoldsEveryPairOfDropletsWithAtomsFarAway) {
    for (const double far : {1e3, 1e6, 1e9, 1e15, 1e100}) {
        System system = testing::random_system(testing::box_kind("open"), 30, 1, 0.5, 6);
        system.positions.insert(system.positions.end(), {far, -far, far});
        system.types.push_back(0);
        VerletList list = make_list(4.0, 0.5);

        list.build(view(system), Lattice(system.box), 1);

        expect_all_pairs(pairs_of(list, system, Lattice(system.box)), system, 4.5);
    }
}

TEST(VerletList, HoldsCoincidentAtoms) {
    System system;
    system.box = Box::fully_periodic({6, 0, 0, 0, 6, 0, 0, 0, 6});
    for (int i = 0; i < 5; ++i) {
        system.positions.insert(system.positions.end(), {1, 2, 3});
        system.types.push_back(0);
    }
    VerletList list = make_list(2.0, 0);

    list.build(view(system), Lattice(system.box), 1);

    EXPECT_EQ(list.n_pairs(), 20);
    expect_all_pairs(pairs_of(list, system, Lattice(system.box)), system, 2.0);
}

TEST(VerletList, VirtualAtomsHaveNoNeighboursAndAreNobodys) {
    System system = testing::random_system(testing::box_kind("triclinic"), 30, 2, 0.5, 7);
    for (int i = 0; i < system.n(); i += 3) system.types[std::size_t(i)] = -1;
    VerletList list = make_list(4.0, 0);

    list.build(view(system), Lattice(system.box), 2);

    expect_all_pairs(pairs_of(list, system, Lattice(system.box)), system, 4.0);
    EXPECT_EQ(list.groups().all().type_first[2],
              std::count_if(system.types.begin(), system.types.end(), [](int t) { return t >= 0; }));
}

TEST(VerletList, GroupsOwnedAtomsByTypeInListOrder) {
    const System system = testing::random_system(testing::box_kind("triclinic"), 40, 4, 0.5, 8);
    VerletList list = make_list(4.0, 0);

    list.build(view(system), Lattice(system.box), 4);

    const AtomsByType all = list.groups().all();
    for (int t = 0; t < 4; ++t)
        for (std::int32_t k = all.type_first[t]; k < all.type_first[t + 1]; ++k) {
            EXPECT_EQ(list.types()[all.by_type[k]], t);
            EXPECT_TRUE(k == all.type_first[t] || all.by_type[k - 1] < all.by_type[k]);
        }
    EXPECT_EQ(all.type_first[4], system.n());
}

/// The sort keys of a centre's neighbours: type, distance in steps of the key, global id, image.
std::vector<std::tuple<int, std::uint64_t, std::int64_t, int, int, int>> ordering_keys(const VerletList& list,
                                                                                       std::int32_t k,
                                                                                       double list_cutoff,
                                                                                       const std::int64_t* ids) {
    std::vector<std::tuple<int, std::uint64_t, std::int64_t, int, int, int>> out;
    for (std::int64_t p = list.neighbors().first[k]; p < list.neighbors().first[k + 1]; ++p) {
        const std::int32_t j = list.neighbors().index[p];
        const bool ghost = j >= list.n_owned();
        const auto g = std::size_t(ghost ? j - list.n_owned() : 0);
        const std::int32_t owner = list.order()[ghost ? list.ghosts().owner[g] : j];
        double r2 = 0;
        for (int c = 0; c < 3; ++c) {
            const double d = list.positions()[3 * j + c] - list.positions()[3 * k + c];
            r2 += d * d;
        }
        std::array<int, 3> image{};
        for (std::size_t c = 0; c < 3 && ghost; ++c) image[c] = list.ghosts().images[3 * g + c];
        const PackedKey key = pack_key(list.types()[j], std::sqrt(r2), key_scale(list_cutoff), 0);
        out.emplace_back(list.types()[j], key_without_index(key), ids[owner], image[0], image[1], image[2]);
    }
    return out;
}

TEST(VerletList, OrdersNeighboursByTypeDistanceAndIdWhateverTheOrderOfTheInput) {
    for (const System& system : {testing::random_system(testing::box_kind("triclinic"), 40, 3, 0.5, 9),
                                 testing::fcc_crystal(2, 3.6, 2), testing::fcc_crystal(1, 3.6, 1)}) {
        const int n = system.n();
        std::vector<std::int64_t> ids(std::size_t(n), 0);
        std::iota(ids.begin(), ids.end(), std::int64_t(1) << 40);
        VerletList plain = make_list(4.0, 1.0, 1);
        plain.build(view(system, ids.data()), Lattice(system.box), 3);
        const std::vector<int> order = Random(9).permutation(n);
        const System moved = testing::permuted(system, order);
        std::vector<std::int64_t> moved_ids;
        for (const int i : order) moved_ids.push_back(ids[std::size_t(i)]);

        VerletList list = make_list(4.0, 1.0, 3);
        list.build(view(moved, moved_ids.data()), Lattice(moved.box), 3);

        for (std::int32_t k = 0; k < n; ++k) {
            const auto here = ordering_keys(list, k, 5.0, moved_ids.data());
            EXPECT_TRUE(std::is_sorted(here.begin(), here.end()));
            const std::int64_t id = moved_ids[std::size_t(list.order()[k])];
            std::int32_t same = 0;
            while (ids[std::size_t(plain.order()[same])] != id) ++same;
            EXPECT_EQ(here, ordering_keys(plain, same, 5.0, ids.data()));
        }
    }
}

/// A random walk of atoms and cell; whenever the list claims to be valid, it must hold every present pair.
void expect_never_misses_a_pair(std::uint64_t seed, double step, double strain, bool rigid_strain) {
    Random random(seed);
    const BoxKind& kind = testing::box_kinds()[std::size_t(random.below(int(testing::box_kinds().size())))];
    SCOPED_TRACE(::testing::Message() << kind.name << " seed " << seed);
    const System start = testing::random_system(kind, 12, 2, 0.5, seed, true);
    const double cutoff = 3.0;
    VerletList list = make_list(cutoff, 1.0, 1);
    list.build(view(start), Lattice(start.box), 2);

    System now = start;
    int n_valid = 0;
    for (int round = 0; round < 60; ++round) {
        Matrix3 f = identity3;
        for (auto& row : f.m)
            for (double& x : row) x += random.uniform(-strain, strain);
        for (std::size_t v = 0; v < 3; ++v) {
            const Vector3 moved = row_times(now.box.cell.data() + 3 * v, f);
            for (std::size_t c = 0; c < 3; ++c) now.box.cell[3 * v + c] = moved[int(c)];
        }
        for (std::size_t i = 0; i < std::size_t(now.n()); ++i) {
            double* x = now.positions.data() + 3 * i;
            const Vector3 moved = rigid_strain ? row_times(x, f) : Vector3{{x[0], x[1], x[2]}};
            for (std::size_t c = 0; c < 3; ++c) x[c] = moved[int(c)] + random.uniform(-step, step);
        }
        const Lattice lattice(now.box);
        if (!list.is_valid(view(now), lattice)) break;
        ++n_valid;

        list.start_update(view(now), lattice);
        list.finish_update();

        const std::vector<Pair> in_order = pairs_of(list, start, Lattice(start.box));
        std::vector<Pair> got = in_order, sure, doubtful, missing;
        brute_force(now, cutoff, sure, doubtful);
        std::sort(got.begin(), got.end());
        std::sort(sure.begin(), sure.end());
        std::set_difference(sure.begin(), sure.end(), got.begin(), got.end(), std::back_inserter(missing));
        ASSERT_EQ(missing.size(), 0u) << "of " << sure.size() << " in round " << round;
        // and the internal positions are up to date
        for (std::int32_t k = 0; k < list.n_owned(); ++k)
            for (std::int64_t p = list.neighbors().first[k]; p < list.neighbors().first[k + 1]; ++p) {
                const std::int32_t j = list.neighbors().index[p];
                const Pair& pair = in_order[std::size_t(p)];
                for (int c = 0; c < 3; ++c) {
                    double expected = now.positions[std::size_t(3 * std::get<1>(pair) + c)] -
                                      now.positions[std::size_t(3 * std::get<0>(pair) + c)];
                    expected += std::get<2>(pair) * now.box.cell[std::size_t(c)] +
                                std::get<3>(pair) * now.box.cell[std::size_t(3 + c)] +
                                std::get<4>(pair) * now.box.cell[std::size_t(6 + c)];
                    // unwrapped positions of up to 200 Å, in double
                    ASSERT_NEAR(list.positions()[3 * j + c] - list.positions()[3 * k + c], expected, 1e-12);
                }
            }
    }
    EXPECT_GT(n_valid, 0);
}

TEST(VerletList, NeverMissesAPairWhileItCallsItselfValid) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        expect_never_misses_a_pair(seed, 0.03, 0, false);              // motion
        expect_never_misses_a_pair(seed + 100, 0, 0.004, true);        // the cell deforms and carries the atoms along
        expect_never_misses_a_pair(seed + 200, 0.01, 0.002, true);     // both
        expect_never_misses_a_pair(seed + 300, 0.005, 0.0005, false);  // the cell deforms around resting atoms
    }
}

TEST(VerletList, APairFromOutsideCannotComeWithinTheCutoffUnnoticed) {
    // the worst case of the criterion: both atoms move straight at each other while the cell shrinks along the pair
    const double cutoff = 3.0, skin = 0.8;
    int n_tried = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed)
        for (const double strain : {0.0, 0.5, 1.0}) {  // share of the approach that is deformation
            const BoxKind& kind = testing::box_kinds()[seed % testing::box_kinds().size()];
            SCOPED_TRACE(::testing::Message() << kind.name << " seed " << seed << " strain " << strain);
            const System start = testing::random_system(kind, 8, 1, 0.5, seed);
            VerletList list = make_list(cutoff, skin, 1);
            list.build(view(start), Lattice(start.box), 1);
            const auto bonds = reference::bonds_of(start, 0, cutoff + 2 * skin);
            const auto bond = std::find_if(bonds.begin(), bonds.end(), [&](const reference::Bond& b) {
                return b.atom != 0 && b.r > cutoff + skin;
            });
            if (bond == bonds.end()) continue;
            ++n_tried;
            double unit[3];
            for (int c = 0; c < 3; ++c) unit[c] = double(bond->d[c] / bond->r);

            for (double approach = 0.01; approach < 2.5 * skin; approach += 0.01) {
                // x -> x - strained (x . unit) unit, and the two atoms cover the rest of the approach
                const double strained = strain * approach / double(bond->r), each = (1 - strain) * approach / 2;
                System now = start;
                const auto deform = [&](double* x) {
                    const double along = x[0] * unit[0] + x[1] * unit[1] + x[2] * unit[2];
                    for (int c = 0; c < 3; ++c) x[c] -= strained * along * unit[c];
                };
                for (std::size_t v = 0; v < 3; ++v) deform(now.box.cell.data() + 3 * v);
                for (std::size_t i = 0; i < std::size_t(now.n()); ++i) deform(now.positions.data() + 3 * i);
                for (std::size_t c = 0; c < 3; ++c) {
                    now.positions[c] += each * unit[c];
                    now.positions[3 * std::size_t(bond->atom) + c] -= each * unit[c];
                }
                if (!list.is_valid(view(now), Lattice(now.box))) break;
                ASSERT_GE(double(bond->r) - approach, cutoff) << "the pair came within the cutoff of a valid list";
            }
        }
    EXPECT_GT(n_tried, 15);
}

TEST(VerletList, IsValidUpToHalfTheSkinAndNotBeyond) {
    System system = testing::random_system(testing::box_kind("orthogonal"), 10, 1, 1.0, 10);
    const Lattice lattice(system.box);
    VerletList list = make_list(3.0, 0.5);
    EXPECT_FALSE(list.is_valid(view(system), lattice)) << "never built";
    list.build(view(system), lattice, 1);
    EXPECT_TRUE(list.is_valid(view(system), lattice));

    system.positions[4] += 0.2499999;
    EXPECT_TRUE(list.is_valid(view(system), lattice));
    system.positions[4] += 0.0000002;
    EXPECT_FALSE(list.is_valid(view(system), lattice));
    system.positions[4] = std::nan("");
    EXPECT_FALSE(list.is_valid(view(system), lattice));
}

TEST(VerletList, ARigidRotationOfCellAndAtomsKeepsItValid) {
    const System start = testing::random_system(testing::box_kind("triclinic"), 10, 1, 1.0, 11);
    VerletList list = make_list(3.0, 0.01);
    list.build(view(start), Lattice(start.box), 1);
    const double c = std::cos(0.7), s = std::sin(0.7);
    const Matrix3 rotation{{{c, s, 0}, {-s, c, 0}, {0, 0, 1}}};
    System now = start;
    for (std::size_t v = 0; v < 3; ++v) {
        const Vector3 moved = row_times(start.box.cell.data() + 3 * v, rotation);
        for (std::size_t k = 0; k < 3; ++k) now.box.cell[3 * v + k] = moved[int(k)];
    }
    for (std::size_t i = 0; i < std::size_t(now.n()); ++i) {
        const Vector3 moved = row_times(start.positions.data() + 3 * i, rotation);
        for (std::size_t k = 0; k < 3; ++k) now.positions[3 * i + k] = moved[int(k)];
    }

    EXPECT_TRUE(list.is_valid(view(now), Lattice(now.box)));
}

TEST(VerletList, ACompressionBeyondTheSkinInvalidatesIt) {
    const System start = testing::random_system(testing::box_kind("orthogonal"), 10, 1, 1.0, 12);
    VerletList list = make_list(3.0, 0.3);  // valid while 3 <= stretch * 3.3
    list.build(view(start), Lattice(start.box), 1);
    const auto compressed = [&](double factor) {
        System now = start;
        for (std::size_t k = 0; k < 9; k += 3) now.box.cell[k] *= factor;
        for (std::size_t k = 0; k < now.positions.size(); k += 3) now.positions[k] *= factor;
        return now;
    };

    const System allowed = compressed(0.9092), refused = compressed(0.9090), larger = compressed(1.3);

    EXPECT_TRUE(list.is_valid(view(allowed), Lattice(allowed.box)));
    EXPECT_FALSE(list.is_valid(view(refused), Lattice(refused.box)));
    EXPECT_TRUE(list.is_valid(view(larger), Lattice(larger.box)));
}

TEST(VerletList, MemoryIsLinearInAtomsHoweverSparseTheyAre) {
    for (const double spacing : {10.0, 1e4, 1e9}) {
        System system;
        Random random(13);
        constexpr int n = 20000;
        for (int i = 0; i < n; ++i) {
            for (int c = 0; c < 3; ++c) system.positions.push_back(random.uniform(0, 30 * spacing));
            system.types.push_back(0);
        }
        VerletList list = make_list(6.0, 1.0);

        list.build(view(system), Lattice(system.box), 1);

        // positions twice, types, ids, images, wraps, order, groups, list: 128 bytes plus a tenth of slack, and pairs
        EXPECT_LT(double(list.bytes()), n * 160.0 + double(list.n_pairs()) * 5 + 1000) << spacing;
    }
}

// If empty cells of the box took work or memory, this would never end.
TEST(VerletList, TakesADiagonalWireOfAMillionAtoms) {
    System system;
    constexpr int n = 1'000'000;
    for (int i = 0; i < n; ++i) {
        system.positions.insert(system.positions.end(), {2.0 * i, 2.0 * i, 2.0 * i});
        system.types.push_back(0);
    }
    VerletList list = make_list(3.5, 0.5);

    list.build(view(system), Lattice(system.box), 1);

    EXPECT_EQ(list.n_pairs(), 2 * (n - 1));
}

TEST(VerletList, GrowsItsCapacityWhenTheSystemBecomesDenser) {
    VerletList list = make_list(4.0, 0);
    for (const double scale : {3.0, 1.0, 0.7, 3.0, 0.6}) {
        System system = testing::random_system(testing::box_kind("orthogonal"), 40, 2, 0.8, 15);
        for (double& x : system.positions) x *= scale;
        for (double& x : system.box.cell) x *= scale;

        list.build(view(system), Lattice(system.box), 2);

        expect_all_pairs(pairs_of(list, system, Lattice(system.box)), system, 4.0);
    }
}

TEST(VerletList, RefusesBoxesAThousandTimesThinnerThanTheCutoff) {
    System system;
    system.types = {0};
    system.positions = {0, 0, 0};
    system.box = Box::fully_periodic({5, 0, 0, 0, 5, 0, 0, 0, 1e-4});
    VerletList list = make_list(4.0, 0);

    testing::expect_input_error([&] { list.build(view(system), Lattice(system.box), 1); },
                                {"thin", "vector 2", "check the cell"});
    system.box.cell = {0.006, 0, 0, 0, 0.006, 0, 0, 0, 0.006};  // 2.4e9 images
    testing::expect_input_error([&] { list.build(view(system), Lattice(system.box), 1); },
                                {"2.16e-07 Å^3", "0.006 x 0.006", "2375707705", "periodic images", "check the cell"});
}

TEST(VerletList, RefusesASkinThatIsNoLength) {
    for (const double skin : {-0.1, std::nan(""), HUGE_VAL})
        testing::expect_input_error([&] { make_list(4.0, skin); }, {"skin"});
}

TEST(PeriodicImages, HoldEveryImageWithinReachOfTheBoxOnce) {
    std::uint64_t seed = 50;
    for (const BoxKind& kind : testing::box_kinds()) {
        SCOPED_TRACE(kind.name);
        const System system = testing::random_system(kind, 8, 1, 0.3, ++seed);
        const Lattice lattice(system.box);
        const double reach = 3.3;
        std::vector<double> wrapped = system.positions;
        for (std::size_t i = 0; i < std::size_t(system.n()); ++i) {
            const auto cells = lattice.wrap(system.positions.data() + 3 * i);
            const double shift[3] = {double(cells[0]), double(cells[1]), double(cells[2])};
            const Vector3 moved = row_times(shift, lattice.cell);
            for (std::size_t c = 0; c < 3; ++c) wrapped[3 * i + c] -= moved[int(c)];
        }

        const auto backend = make_backend({"cpu", 1, ""});
        PeriodicImages images(backend->memory());
        images.build(*backend, lattice.geometry(), wrapped.data(), system.n(), reach);

        std::vector<std::array<int, 4>> got, expected;
        for (std::size_t g = 0; g < images.size(); ++g)
            got.push_back({images.owner[g], images.images[3 * g], images.images[3 * g + 1], images.images[3 * g + 2]});
        // an image belongs to the list when it lies at most `reach` outside each pair of faces
        for (int i = 0; i < system.n(); ++i) {
            const Vector3 f = row_times(wrapped.data() + 3 * i, lattice.inverse_cell);
            for (int a = -9; a <= 9; ++a)
                for (int b = -9; b <= 9; ++b)
                    for (int c = -9; c <= 9; ++c) {
                        if (a == 0 && b == 0 && c == 0) continue;
                        const int n[3] = {a, b, c};
                        bool inside = true;
                        for (int k = 0; k < 3; ++k) {
                            const double width = lattice.width[std::size_t(k)], at = (f[k] + n[k]) * width;
                            if (!lattice.periodic[std::size_t(k)]) inside &= n[k] == 0;
                            else inside &= at >= -reach && at <= width + reach;
                        }
                        if (inside) expected.push_back({i, a, b, c});
                    }
        }
        std::sort(got.begin(), got.end());
        EXPECT_EQ(got, expected);
    }
}

TEST(PeriodicImages, GrowWithTheBoxWithoutLeavingTheirArrays) {
    // boxes that shrink slowly get slowly more images: each build starts with what the previous one left
    const auto backend = make_backend({"cpu", 1, ""});
    PeriodicImages images(backend->memory());
    const System system = testing::random_system(testing::box_kind("orthogonal"), 200, 1, 0.3, 3);
    const Lattice lattice(system.box);
    std::size_t before = 0;
    for (double reach = 3.0; reach < 4.0; reach += 0.01) {
        images.build(*backend, lattice.geometry(), system.positions.data(), system.n(), reach);
        EXPECT_GE(images.size(), before);
        EXPECT_LE(images.size(), images.owner.capacity());
        EXPECT_LE(3 * images.size(), images.images.capacity());
        before = images.size();
    }
}

/// Builds a list on the CPU, with a model's cutoff.
void build_list(const std::vector<double>& positions, const Box& box) {
    VerletList list = make_list(6.0, 2.0);
    const auto n = std::int32_t(positions.size() / 3);
    const std::vector<std::int32_t> types(std::size_t(n), 0);
    list.build({n, positions.data(), types.data(), nullptr}, Lattice(box), 1);
}

TEST(VerletList, ACellTooSmallByMistakeIsRefusedBeforeItsImagesAreMade) {
    for (const double edge : {0.03, 0.3})
        testing::expect_input_error(
            [&] {
                build_list({0, 0, 0}, Box::fully_periodic({edge, 0, 0, 0, edge, 0, 0, 0, edge}));
            },
            {"1 atoms", "Å wide", "check the cell"});
}

TEST(VerletList, AtomsAtOnePlaceAreRefusedBeforeTheirPairsAreCounted) {
    const std::vector<double> same(3 * 200'000, 1.5);

    testing::expect_input_error([&] { build_list(same, Box::open()); }, {"200000 atoms", "atom 0", "per Å^3"});
}

TEST(VerletList, ADropletWithAtomsFlownOffIsRefusedBeforeItsPairsAreCounted) {
    Random random(3);
    std::vector<double> positions(3 * 40'000);
    for (double& x : positions) x = random.uniform(0, 80);
    for (int k = 0; k < 3; ++k) positions[std::size_t(k)] = 1e12;

    testing::expect_input_error([&] { build_list(positions, Box::open()); }, {"39999 atoms", "flown off"});
}

TEST(VerletList, AFewAtomsMayBeAnywhereInOpenSpace) {
    for (const double far : {1e12, 1e18, 1.7e308})
        EXPECT_NO_THROW(build_list({-far, far, 0, far, 0, 1, far, 0.5, 1}, Box::open()));
}

TEST(VerletList, AtomsTooFarToBeWrappedAreRefused) {
    const Box box = Box::fully_periodic({10, 0, 0, 1e4, 10, 0, 0, 0, 10});
    for (const double far : {1e13, 1e18, 1e300})
        testing::expect_input_error([&] { build_list({1, far, 1}, box); }, {"cells away from the box"});
}

}  // namespace
}  // namespace dpmd
