// Verbs that do one thing for each atom, ghost or value: on every backend, and for any number of threads, they give the
// bits of the loop that the test writes down.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "math/cell_lattice.hpp"
#include "neighbor/lattice.hpp"
#include "support/backend_parameter.hpp"
#include "support/random_numbers.hpp"

namespace dpmd::testing {
namespace {

constexpr std::int32_t n_types = 3, n_classes = 3;
const std::int32_t sizes[] = {0, 1, 257, 4095, 4096, 4097, 9000};  // around the blocks of GPU and CPU

const Matrix3 cell{{{12, 0.5, -1}, {2, 11, 0.25}, {-3, 1, 13}}};
const Matrix3 some_scale{{{1.001, 0.002, 0}, {-0.003, 0.999, 0.001}, {0, 0.004, 1.002}}};
const Matrix3 some_response{{{0.5, 0.1, 0}, {0.2, 0.75, -0.1}, {0.3, 0, 0.625}}};

template <class T>
bool equal_bits(const Array<T>& found, const std::vector<T>& wanted) {
    const std::vector<T> values = found.on_host();
    return values.size() == wanted.size() &&
           (wanted.empty() || std::memcmp(values.data(), wanted.data(), wanted.size() * sizeof(T)) == 0);
}

/// Atoms of a simulation, and ghosts of some of them.
struct Atoms {
    std::int32_t n = 0, n_ghosts = 0;
    std::vector<double> positions, velocities, forces;
    std::vector<std::int32_t> types, mass_classes, order, wrap, owner, images;
    std::vector<std::int64_t> ids, fixed, ghost_fixed;
    std::vector<double> mass{16, 1, 0}, inverse_mass{1.0 / 16, 1, 0};

    explicit Atoms(std::int32_t size) : n(size), n_ghosts(size + size / 3) {
        Random random(std::uint64_t(size) + 3);
        for (std::int32_t i = 0; i < n; ++i) {
            for (int k = 0; k < 3; ++k) {
                positions.push_back(random.uniform(-30, 30));
                velocities.push_back(random.uniform(-0.02, 0.02));
                forces.push_back(random.uniform(-5, 5));
                wrap.push_back(random.below(5) - 2);
                fixed.push_back((std::int64_t(random.below(1 << 30)) << 20) - (std::int64_t(1) << 49));
            }
            types.push_back(random.below(n_types + 1) - 1);
            mass_classes.push_back(random.below(n_classes));
            order.push_back(i);
            ids.push_back((std::int64_t(i) * 7919) % (n + 13) + (std::int64_t(i) << 33));
        }
        for (std::int32_t i = n; i > 1; --i) std::swap(order[std::size_t(i) - 1], order[std::size_t(random.below(i))]);
        for (std::int32_t g = 0; g < n_ghosts; ++g) {
            owner.push_back(random.below(n));
            for (int k = 0; k < 3; ++k) {
                images.push_back(random.below(5) - 2);
                ghost_fixed.push_back((std::int64_t(random.below(1 << 30)) << 20) - (std::int64_t(1) << 49));
            }
        }
    }
};

class Items : public PerBackend {
protected:
    /// body(atoms) for all sizes and numbers of threads.
    void for_all(const std::function<void(const Atoms&)>& body) {
        for (const std::int32_t n : sizes) {
            const Atoms atoms(n);
            for (const int threads : {1, 2, 11}) {
                SCOPED_TRACE(::testing::Message() << n << " atoms, " << threads << " threads");
                backend_ = make_test_backend(GetParam(), threads);
                body(atoms);
                if (!is_cpu(GetParam())) break;
            }
        }
    }
    template <class T>
    Array<T> put(const std::vector<T>& values) {
        Array<T> out(backend_->memory());
        out.copy_in(values);
        return out;
    }
    template <class T>
    Array<T> room(std::size_t n) {
        return Array<T>(n, backend_->memory());
    }
    Array<StepState> state(Halt halt = Halt::none) {
        StepState out;
        out.step = 41;
        out.cell = cell;
        out.halt = halt;
        out.factors.scale = 1.0625000001;
        out.factors.shift = {{0.001, -0.002, 0.0031}};
        out.factors.kick_scale = out.factors.drift_scale = some_scale;
        out.factors.kick_response = out.factors.drift_response = some_response;
        return put(std::vector<StepState>{out});
    }

    std::shared_ptr<Backend> backend_;
};

TEST_P(Items, KickAddsAccelerationWithAndWithoutMatrices) {
    for_all([&](const Atoms& atoms) {
        const auto classes = put(atoms.mass_classes);
        const auto inverse = put(atoms.inverse_mass), forces = put(atoms.forces);
        const auto now = state();
        for (const bool with_matrices : {false, true}) {
            auto velocities = put(atoms.velocities);
            std::vector<double> wanted = atoms.velocities;
            for (std::size_t i = 0; i < std::size_t(atoms.n); ++i) {
                const double factor = 0.25 * atoms.inverse_mass[std::size_t(atoms.mass_classes[i])];
                const Vector3 old = row_times(&wanted[3 * i], with_matrices ? some_scale : identity3);
                const Vector3 added = row_times(&atoms.forces[3 * i], with_matrices ? some_response : identity3);
                for (int k = 0; k < 3; ++k) wanted[3 * i + std::size_t(k)] = old[k] + factor * added[k];
            }

            backend_->kick({atoms.n, classes.data(), inverse.data(), forces.data(), 0.25, with_matrices, now.data(),
                            velocities.data()});

            EXPECT_TRUE(equal_bits(velocities, wanted)) << with_matrices;
        }
    });
}

TEST_P(Items, DriftMovesWithAndWithoutMatrices) {
    for_all([&](const Atoms& atoms) {
        const auto velocities = put(atoms.velocities);
        const auto now = state();
        for (const bool with_matrices : {false, true}) {
            auto positions = put(atoms.positions);
            std::vector<double> wanted = atoms.positions;
            for (std::size_t i = 0; i < std::size_t(atoms.n); ++i) {
                const Vector3 old = row_times(&wanted[3 * i], with_matrices ? some_scale : identity3);
                const Vector3 added = row_times(&atoms.velocities[3 * i], with_matrices ? some_response : identity3);
                for (int k = 0; k < 3; ++k) wanted[3 * i + std::size_t(k)] = old[k] + 0.5 * added[k];
            }

            backend_->drift({atoms.n, velocities.data(), 0.5, with_matrices, now.data(), positions.data()});

            EXPECT_TRUE(equal_bits(positions, wanted)) << with_matrices;
        }
    });
}

TEST_P(Items, VelocitiesAreScaledAndShiftedByTheFactorsOfTheState) {
    for_all([&](const Atoms& atoms) {
        const auto now = state();
        auto velocities = put(atoms.velocities);
        std::vector<double> wanted = atoms.velocities;
        const Vector3 shift{{0.001, -0.002, 0.0031}};

        for (double& v : wanted) v *= 1.0625000001;
        backend_->scale_velocities({atoms.n, now.data(), velocities.data()});
        EXPECT_TRUE(equal_bits(velocities, wanted));

        for (std::size_t k = 0; k < wanted.size(); ++k) wanted[k] -= shift[int(k % 3)];
        backend_->shift_velocities({atoms.n, now.data(), velocities.data()});
        EXPECT_TRUE(equal_bits(velocities, wanted));
    });
}

TEST_P(Items, NoiseBelongsToIdAndStep) {
    for_all([&](const Atoms& atoms) {
        const auto classes = put(atoms.mass_classes);
        const auto ids = put(atoms.ids);
        const auto inverse = put(atoms.inverse_mass);
        const auto now = state();
        auto velocities = put(atoms.velocities);
        std::vector<double> wanted = atoms.velocities;
        const double noise = std::sqrt((1.0 - 0.9 * 0.9) * 0.026);
        for (std::size_t i = 0; i < std::size_t(atoms.n); ++i) {
            double xi[4];
            random_normals({77, RandomStream::langevin, 41}, std::uint64_t(atoms.ids[i]), xi);
            const double width = noise * std::sqrt(atoms.inverse_mass[std::size_t(atoms.mass_classes[i])]);
            for (std::size_t k = 0; k < 3; ++k) wanted[3 * i + k] = 0.9 * wanted[3 * i + k] + width * xi[k];
        }

        backend_->langevin({atoms.n, classes.data(), ids.data(), inverse.data(), 0.9, 0.026, 77, RandomStream::langevin,
                            now.data(), velocities.data()});

        if (GetParam().find(':') == std::string::npos) {
            EXPECT_TRUE(equal_bits(velocities, wanted));
        } else {  // a GPU has logarithms and cosines of its own
            const std::vector<double> found = velocities.on_host();
            for (std::size_t k = 0; k < wanted.size(); ++k) ASSERT_NEAR(found[k], wanted[k], 1e-15);
        }
    });
}

TEST_P(Items, AHaltLeavesEverythingAsItIs) {
    const Atoms atoms(300);
    backend_ = make_test_backend(GetParam(), 2);
    const auto classes = put(atoms.mass_classes);
    const auto ids = put(atoms.ids);
    const auto inverse = put(atoms.inverse_mass), forces = put(atoms.forces);
    auto positions = put(atoms.positions), velocities = put(atoms.velocities);
    auto now = state(Halt::list_worn_out);

    backend_->kick({300, classes.data(), inverse.data(), forces.data(), 0.25, true, now.data(), velocities.data()});
    backend_->drift({300, velocities.data(), 0.5, true, now.data(), positions.data()});
    backend_->scale_velocities({300, now.data(), velocities.data()});
    backend_->shift_velocities({300, now.data(), velocities.data()});
    backend_->langevin({300, classes.data(), ids.data(), inverse.data(), 0.9, 0.026, 77, RandomStream::langevin,
                        now.data(), velocities.data()});
    backend_->displacement({300, forces.data(), positions.data(), identity3, identity3, now.data()});

    EXPECT_TRUE(equal_bits(velocities, atoms.velocities));
    EXPECT_TRUE(equal_bits(positions, atoms.positions));
    EXPECT_EQ(now.on_host()[0].max_displacement_squared, 0.0);
}

TEST_P(Items, MotionAndDisplacementAreThoseOfTheLoop) {
    for_all([&](const Atoms& atoms) {
        const auto classes = put(atoms.mass_classes);
        const auto mass = put(atoms.mass), velocities = put(atoms.velocities);
        const auto positions = put(atoms.positions), reference = put(atoms.forces);
        auto now = state();
        FixedSum kinetic_xz, momentum_y;
        double largest = 0;
        for (std::size_t i = 0; i < std::size_t(atoms.n); ++i) {
            const double m = atoms.mass[std::size_t(atoms.mass_classes[i])];
            const double* v = &atoms.velocities[3 * i];
            kinetic_xz.add(m * v[0] * v[2]);
            momentum_y.add(m * v[1]);
            double d2 = 0;
            const Matrix3 deformation = deformation_of(identity3, identity3, cell);
            const Vector3 moved = row_times(&atoms.forces[3 * i], deformation);
            for (int k = 0; k < 3; ++k) {
                const double d = atoms.positions[3 * i + std::size_t(k)] - moved[k];
                d2 += d * d;
            }
            largest = std::max(largest, d2);
        }

        backend_->measure({atoms.n, classes.data(), mass.data(), velocities.data(), 1.0, now.data()});
        backend_->displacement({atoms.n, positions.data(), reference.data(), identity3, identity3, now.data()});

        const StepState found = now.on_host()[0];
        EXPECT_EQ(found.halt, Halt::none);
        EXPECT_EQ(found.motion.kinetic_tensor[4], kinetic_xz.value());
        EXPECT_EQ(found.motion.momentum[1], momentum_y.value());
        EXPECT_EQ(found.max_displacement_squared, largest);
    });
}

TEST_P(Items, TheFirstAtomThatHasFlownHaltsAndAPositionThatIsNoneIsInfinitelyFar) {
    Atoms atoms(9000);
    for (const std::size_t i : {8500u, 5000u, 4999u}) atoms.velocities[3 * i + 1] = 3;
    atoms.positions[3 * 7000] = std::numeric_limits<double>::quiet_NaN();
    backend_ = make_test_backend(GetParam(), 2);
    const auto classes = put(std::vector<std::int32_t>(9000, 0));
    const auto mass = put(atoms.mass), velocities = put(atoms.velocities);
    const auto positions = put(atoms.positions), reference = put(atoms.forces);
    auto now = state();

    backend_->displacement({9000, positions.data(), reference.data(), identity3, identity3, now.data()});
    backend_->measure({9000, classes.data(), mass.data(), velocities.data(), 1.0, now.data()});

    const StepState found = now.on_host()[0];
    EXPECT_EQ(found.halt, Halt::atom_flown);
    EXPECT_EQ(found.flown, 4999);
    EXPECT_TRUE(std::isinf(found.max_displacement_squared));
}

TEST_P(Items, AtomsAreWrappedAndPlacedAndGhostsFollow) {
    for_all([&](const Atoms& atoms) {
        Box box;
        std::copy_n(&cell.m[0][0], 9, box.cell.begin());
        box.periodic = {true, true, false};
        const PeriodicCell geometry = Lattice(box).geometry();
        const auto n = std::size_t(atoms.n), n_ghosts = std::size_t(atoms.n_ghosts);
        const auto positions = put(atoms.positions);
        const auto order = put(atoms.order), owner = put(atoms.owner), images = put(atoms.images);
        const auto matrix = put(std::vector<Matrix3>{geometry.cell});
        auto wrap = room<std::int32_t>(3 * n);
        auto wrapped = room<double>(3 * n), placed = room<double>(3 * n), ghosts = room<double>(3 * n_ghosts);
        std::vector<std::int32_t> wanted_wrap;
        std::vector<double> wanted, wanted_ghosts;
        for (const std::int32_t i : atoms.order) {
            const double* x = &atoms.positions[3 * std::size_t(i)];
            double cells[3];
            ASSERT_TRUE(wrap_cells(x, geometry, cells));
            const Vector3 moved = row_times(cells, geometry.cell);
            for (int c = 0; c < 3; ++c) wanted_wrap.push_back(std::int32_t(cells[c]));
            for (int c = 0; c < 3; ++c) wanted.push_back(x[c] - moved[c]);
        }
        for (std::size_t g = 0; g < n_ghosts; ++g) {
            const std::int32_t* image = &atoms.images[3 * g];
            const double cells[3] = {double(image[0]), double(image[1]), double(image[2])};
            const Vector3 shift = row_times(cells, geometry.cell);
            for (int c = 0; c < 3; ++c)
                wanted_ghosts.push_back(wanted[3 * std::size_t(atoms.owner[g]) + std::size_t(c)] + shift[c]);
        }

        WrapArgs args{atoms.n, positions.data(), order.data(), geometry, wrap.data(), wrapped.data()};
        backend_->wrap(args);
        backend_->place_atoms({atoms.n, positions.data(), order.data(), wrap.data(), matrix.data(), placed.data()});
        backend_->forward_ghosts(
            {atoms.n_ghosts, owner.data(), images.data(), matrix.data(), placed.data(), ghosts.data()});

        EXPECT_EQ(args.too_far, -1);
        EXPECT_TRUE(equal_bits(wrap, wanted_wrap));
        EXPECT_TRUE(equal_bits(wrapped, wanted));
        EXPECT_TRUE(equal_bits(placed, wanted));
        EXPECT_TRUE(equal_bits(ghosts, wanted_ghosts));
    });
}

TEST_P(Items, GhostsGiveBackWhatTheyHold) {
    for_all([&](const Atoms& atoms) {
        const auto owner = put(atoms.owner);
        const auto ghosts = put(atoms.ghost_fixed);
        auto values = put(atoms.fixed);
        std::vector<std::int64_t> wanted = atoms.fixed;
        for (std::size_t g = 0; g < std::size_t(atoms.n_ghosts); ++g)
            for (std::size_t c = 0; c < 3; ++c)
                wanted[3 * std::size_t(atoms.owner[g]) + c] += atoms.ghost_fixed[3 * g + c];

        backend_->reverse_ghosts({atoms.n_ghosts, atoms.n, owner.data(), 3, ghosts.data(), values.data()});

        EXPECT_TRUE(equal_bits(values, wanted));
    });
}

TEST_P(Items, AtomsAreTakenAndReturnedWithAllTheirValues) {
    for_all([&](const Atoms& atoms) {
        const auto n = std::size_t(atoms.n);
        const auto order = put(atoms.order);
        for (const int width : {1, 3, 1000}) {
            if (width == 1000 && atoms.n != 257) continue;
            const auto w = std::size_t(width);
            std::vector<double> given(n * w), taken(n * w), returned(n * w);
            std::vector<std::int64_t> fixed(n * w);
            for (std::size_t k = 0; k < given.size(); ++k) {
                given[k] = 0.1 * double(k) - 7;
                fixed[k] = to_fixed(given[k]);
            }
            for (std::size_t k = 0; k < n; ++k)
                for (std::size_t c = 0; c < w; ++c) {
                    const std::size_t there = w * std::size_t(atoms.order[k]) + c;
                    taken[w * k + c] = given[there];
                    returned[there] = from_fixed(fixed[w * k + c]);
                }
            const auto from = put(given);
            const auto sums = put(fixed);
            auto to = room<double>(n * w);

            backend_->take_atoms({atoms.n, width, order.data(), from.data(), to.data()});
            EXPECT_TRUE(equal_bits(to, taken)) << width;
            auto back = room<double>(n * w);
            backend_->return_atoms({atoms.n, width, order.data(), to.data(), nullptr, back.data()});
            EXPECT_TRUE(equal_bits(back, given)) << width;
            backend_->return_atoms({atoms.n, width, order.data(), nullptr, sums.data(), to.data()});
            EXPECT_TRUE(equal_bits(to, returned)) << width;
        }
    });
}

TEST_P(Items, AtomsAreGatheredSortedAndGroupedAsByTheLoop) {
    for_all([&](const Atoms& atoms) {
        const auto n = std::size_t(atoms.n), n_total = n + std::size_t(atoms.n_ghosts);
        const auto order = put(atoms.order), owner = put(atoms.owner), images = put(atoms.images);
        const auto types = put(atoms.types);
        const auto ids = put(atoms.ids);
        const auto positions = put(atoms.positions);
        auto list_types = room<std::int32_t>(n_total), list_images = room<std::int32_t>(3 * n_total);
        auto list_ids = room<std::int64_t>(n_total);
        auto by_type = room<std::int32_t>(n), along_cells = room<std::int32_t>(n);
        std::vector<std::int32_t> wanted_types, wanted_images(3 * n, 0), grouped, first, found_first(n_types + 1, -7);
        std::vector<std::int64_t> wanted_ids;
        for (std::size_t k = 0; k < n_total; ++k) {
            const auto i = std::size_t(atoms.order[k < n ? k : std::size_t(atoms.owner[k - n])]);
            wanted_types.push_back(atoms.types[i]);
            wanted_ids.push_back(atoms.ids[i]);
        }
        wanted_images.insert(wanted_images.end(), atoms.images.begin(), atoms.images.end());
        for (std::int32_t t = 0; t < n_types; ++t) {
            first.push_back(std::int32_t(grouped.size()));
            for (std::int32_t k = 0; k < atoms.n; ++k)
                if (wanted_types[std::size_t(k)] == t) grouped.push_back(k);
        }
        first.push_back(std::int32_t(grouped.size()));
        double low[3] = {1e9, 1e9, 1e9}, high[3] = {-1e9, -1e9, -1e9};
        for (std::size_t k = 0; k < 3 * n; ++k) {
            low[k % 3] = std::min(low[k % 3], atoms.positions[k]);
            high[k % 3] = std::max(high[k % 3], atoms.positions[k]);
        }
        const CellLattice lattice(low, high, 2.5);
        std::vector<std::int32_t> sorted(n);
        for (std::size_t i = 0; i < n; ++i) sorted[i] = std::int32_t(i);
        const auto key = [&](std::int32_t i) {
            std::int64_t at[3];
            lattice.locate(&atoms.positions[3 * std::size_t(i)], at);
            return lattice.key(at[0], at[1], at[2]);
        };
        std::stable_sort(sorted.begin(), sorted.end(), [&](std::int32_t a, std::int32_t b) { return key(a) < key(b); });

        backend_->gather_atoms({atoms.n, atoms.n_ghosts, order.data(), owner.data(), images.data(), types.data(),
                                ids.data(), list_types.data(), list_ids.data(), list_images.data()});
        backend_->group_by_type({atoms.n, n_types, list_types.data(), by_type.data(), found_first.data()});
        backend_->sort_by_cell({atoms.n, positions.data(), 2.5, along_cells.data()});

        EXPECT_TRUE(equal_bits(list_types, wanted_types));
        EXPECT_TRUE(equal_bits(list_ids, wanted_ids));
        EXPECT_TRUE(equal_bits(list_images, wanted_images));
        EXPECT_EQ(found_first, first);
        const std::vector<std::int32_t> found = by_type.on_host();
        EXPECT_TRUE(std::equal(grouped.begin(), grouped.end(), found.begin()));
        EXPECT_TRUE(equal_bits(along_cells, sorted));
    });
}

TEST_P(Items, ImagesComeAtomByAtomTheLastDirectionFastest) {
    for_all([&](const Atoms& atoms) {
        Box box;
        std::copy_n(&cell.m[0][0], 9, box.cell.begin());
        box.periodic = {true, false, true};
        const Lattice lattice(box);
        std::vector<double> inside;
        std::vector<std::int32_t> owner, images;
        for (std::int32_t i = 0; i < atoms.n; ++i) {
            double cells[3];
            (void)wrap_cells(&atoms.positions[3 * std::size_t(i)], lattice.geometry(), cells);
            const Vector3 moved = row_times(cells, lattice.cell);
            for (int c = 0; c < 3; ++c)
                inside.push_back(atoms.positions[3 * std::size_t(i) + std::size_t(c)] - moved[c]);
            const ImageRange range = image_range(lattice.geometry(), &inside[3 * std::size_t(i)], 14.0);
            for (std::int32_t a = range.low[0]; a <= range.high[0]; ++a)
                for (std::int32_t c = range.low[2]; c <= range.high[2]; ++c)
                    if (a != 0 || c != 0) {
                        owner.push_back(i);
                        images.insert(images.end(), {a, 0, c});
                    }
        }
        const auto positions = put(inside);
        auto found_owner = room<std::int32_t>(owner.size()), found_images = room<std::int32_t>(images.size());
        MakeImagesArgs args{atoms.n, positions.data(),   lattice.geometry(),
                            14.0,    found_owner.data(), found_images.data()};

        args.capacity = std::int64_t(owner.size()) - 1;  // nothing may be written
        backend_->make_images(args);
        EXPECT_EQ(args.n_images, std::int64_t(owner.size()));
        args.capacity = std::int64_t(owner.size());
        backend_->make_images(args);

        EXPECT_EQ(args.n_images, std::int64_t(owner.size()));
        EXPECT_TRUE(equal_bits(found_owner, owner));
        EXPECT_TRUE(equal_bits(found_images, images));
    });
}

TEST_P(Items, TheFirstBadAtomIsNamedWhereverOthersAre) {
    Atoms atoms(9000);
    backend_ = make_test_backend(GetParam(), 2);
    const auto first_bad = [&] {
        const auto positions = put(atoms.positions);
        const auto types = put(atoms.types);
        CheckAtomsArgs args{9000, positions.data(), types.data(), n_types};
        backend_->check_atoms(args);
        return args.bad;
    };
    EXPECT_EQ(first_bad(), -1);
    atoms.positions[3 * 8999 + 2] = std::numeric_limits<double>::infinity();
    EXPECT_EQ(first_bad(), 8999);
    atoms.types[4097] = n_types;
    atoms.types[4096] = -2;
    EXPECT_EQ(first_bad(), 4096);
    atoms.positions[1] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(first_bad(), 0);
}

TEST_P(Items, AtomsThatNeedAGhostOfAnotherRankAreOuter) {
    for_all([&](const Atoms& atoms) {
        const auto n = std::size_t(atoms.n);
        Random random(9);
        std::vector<std::int64_t> first{0};
        std::vector<std::int32_t> index, inner, outer;
        const std::int32_t first_remote = atoms.n + 5;
        for (std::size_t k = 0; k < n; ++k) {
            bool is_outer = false;
            for (int p = random.below(4); p > 0; --p) {
                index.push_back(random.below(atoms.n + 10));
                is_outer = is_outer || index.back() >= first_remote;
            }
            first.push_back(std::int64_t(index.size()));
            inner.push_back(is_outer ? -1 : atoms.types[k]);
            outer.push_back(is_outer ? atoms.types[k] : -1);
        }
        const auto offsets = put(first);
        const auto neighbors = put(index), types = put(atoms.types);
        auto found_inner = room<std::int32_t>(n), found_outer = room<std::int32_t>(n);

        backend_->separate_atoms({atoms.n, first_remote, offsets.data(), neighbors.data(), types.data(),
                                  found_inner.data(), found_outer.data()});

        EXPECT_TRUE(equal_bits(found_inner, inner));
        EXPECT_TRUE(equal_bits(found_outer, outer));
    });
}

DPMD_INSTANTIATE_PER_BACKEND(Items);

}  // namespace
}  // namespace dpmd::testing
