// The verbs that make a neighbour list on the GPU give what the CPU's give, bit for bit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "lists/atoms.hpp"
#include "lists/list_builder.hpp"
#include "neighbor/lattice.hpp"
#include "support/random_numbers.hpp"

namespace dpmd {
namespace {

using testing::Random;

Backend& cpu_backend() {
    static const std::shared_ptr<Backend> backend = cpu::make_backend(1, "");
    return *backend;
}

struct Device {
    gpu::Queue queue{0};
    gpu::DeviceMemory memory{queue};
    gpu::ListBuilder lists{queue, memory};

    template <class T>
    Array<T> array(const std::vector<T>& values) {
        Array<T> out(memory);
        out.copy_in(values);
        return out;
    }
    template <class T>
    Array<T> room(std::size_t n) {
        return Array<T>(n, memory);
    }
};

bool equal_bits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

struct System {
    std::string name;
    PeriodicCell cell;
    double cutoff = 0;
    std::vector<double> positions;
    std::vector<std::int32_t> types;
    std::int32_t n() const { return static_cast<std::int32_t>(types.size()); }
};

constexpr std::int32_t n_types = 3;

/// n atoms in the box and around it; one in sixteen is virtual.
System random_system(const std::string& name, const std::vector<double>& cell, std::vector<bool> periodic, int n,
                     double cutoff) {
    Box box;
    std::copy(cell.begin(), cell.end(), box.cell.begin());
    std::copy(periodic.begin(), periodic.end(), box.periodic.begin());
    System out{name, Lattice(box).geometry(), cutoff, {}, {}};
    Random random(static_cast<std::uint64_t>(n) + 17);
    for (int i = 0; i < n; ++i) {
        const double f[3] = {random.uniform(-1, 2), random.uniform(-1, 2), random.uniform(0, 1)};
        for (int k = 0; k < 3; ++k)
            out.positions.push_back(f[0] * cell[std::size_t(k)] + f[1] * cell[std::size_t(3 + k)] +
                                    f[2] * cell[std::size_t(6 + k)]);
        out.types.push_back(random.below(16) == 0 ? -1 : random.below(n_types));
    }
    return out;
}

/// A box of 10 atoms per 100 Å^3.
System liquid(int n, double cutoff = 4.0) {
    const double a = std::max(std::cbrt(10.0 * n), 3.0);
    return random_system("liquid_" + std::to_string(n), {a, 0, 0, 0, a, 0, 0, 0, a}, {true, true, true}, n, cutoff);
}

System crystal() {
    System out = random_system("crystal", {16, 0, 0, 0, 16, 0, 0, 0, 16}, {true, true, true}, 0, 7.0);
    for (int x = 0; x < 4; ++x)
        for (int y = 0; y < 4; ++y)
            for (int z = 0; z < 4; ++z)
                for (int b = 0; b < 4; ++b) {
                    const double at[3] = {x + (b & 1) * 0.5, y + (b >> 1) * 0.5, z + ((b & 1) ^ (b >> 1)) * 0.5};
                    for (double c : at) out.positions.push_back(4 * c);
                    out.types.push_back(0);
                }
    return out;
}

System far_atom() {
    System out = random_system("far_atom", {12, 0, 0, 0, 12, 0, 0, 0, 12}, {false, false, false}, 150, 4.0);
    for (int k = 0; k < 3; ++k) out.positions[std::size_t(k)] = 1e12 * (k - 1.5);
    return out;
}

std::vector<System> systems() {
    std::vector<System> out;
    for (int n : {0, 1, 31, 32, 33, 257, 4096}) out.push_back(liquid(n));
    out.push_back(random_system("triclinic", {14, 0, 0, 5, 13, 0, -4, 6, 12}, {true, true, true}, 200, 5.0));
    out.push_back(random_system("slab", {14, 0, 0, 3, 13, 0, 0, 0, 30}, {true, true, false}, 200, 5.0));
    out.push_back(random_system("wire", {8, 0, 0, 0, 9, 1, 0, 0, 8}, {false, true, false}, 40, 5.0));
    out.push_back(random_system("thin", {2.5, 0, 0, 1, 3, 0, 0, 1, 20}, {true, true, true}, 15, 6.0));
    out.push_back(crystal());
    out.push_back(far_atom());
    return out;
}

/// What the CPU makes of a system, verb after verb; the input of every verb of the GPU.
struct CpuLists {
    std::vector<std::int32_t> wrap, order, list_wrap, owner, images, list_types, list_images, by_type, type_first,
        index;
    std::vector<double> wrapped, positions;
    std::vector<std::int64_t> ids, list_ids, first;
    std::int32_t n_owned = 0, n_ghosts = 0, most = 0;

    explicit CpuLists(const System& system) : n_owned(system.n()) {
        const auto n = std::size_t(n_owned);
        std::vector<double> by_caller(3 * n);
        wrap.resize(3 * n);
        WrapArgs in_order{n_owned, system.positions.data(), nullptr, system.cell, wrap.data(), by_caller.data()};
        cpu_backend().wrap(in_order);
        order.resize(n);
        cpu_backend().sort_by_cell({n_owned, by_caller.data(), 0.5 * system.cutoff, order.data()});
        list_wrap.resize(3 * n);
        wrapped.resize(3 * n);
        WrapArgs sorted{n_owned, system.positions.data(), order.data(), system.cell, list_wrap.data(), wrapped.data()};
        cpu_backend().wrap(sorted);

        MakeImagesArgs make{n_owned, wrapped.data(), system.cell, system.cutoff};
        make.capacity = -1;
        cpu_backend().make_images(make);
        n_ghosts = std::int32_t(make.n_images);
        owner.resize(std::size_t(n_ghosts));
        images.resize(3 * std::size_t(n_ghosts));
        make.owner = owner.data();
        make.images = images.data();
        make.capacity = n_ghosts;
        cpu_backend().make_images(make);

        for (std::int64_t i = 0; i < n_owned; ++i) ids.push_back((i * 7919 + 5) % (n_owned + 13) + (i << 33));
        list_types.resize(n_total());
        list_ids.resize(n_total());
        list_images.resize(3 * n_total());
        cpu_backend().gather_atoms({n_owned, n_ghosts, order.data(), owner.data(), images.data(), system.types.data(),
                                    ids.data(), list_types.data(), list_ids.data(), list_images.data()});
        by_type.resize(n);
        type_first.resize(n_types + 1);
        cpu_backend().group_by_type({n_owned, n_types, list_types.data(), by_type.data(), type_first.data()});

        positions = wrapped;
        for (std::size_t g = 0; g < std::size_t(n_ghosts); ++g) {
            const double cells[3] = {double(images[3 * g]), double(images[3 * g + 1]), double(images[3 * g + 2])};
            const Vector3 shift = row_times(cells, system.cell.cell);
            for (int c = 0; c < 3; ++c)
                positions.push_back(wrapped[3 * std::size_t(owner[g]) + std::size_t(c)] + shift[c]);
        }
        build(system.cutoff);
    }
    std::size_t n_total() const { return std::size_t(n_owned) + std::size_t(n_ghosts); }

    /// The neighbours of the first n_owned of all positions.
    void build(double cutoff) {
        first.resize(std::size_t(n_owned) + 1);
        BuildNeighborsArgs args{n_owned,         std::int32_t(n_total()), positions.data(), list_types.data(),
                                list_ids.data(), list_images.data(),      cutoff,           first.data()};
        args.capacity = -1;
        cpu_backend().build_neighbors(args);
        index.resize(std::size_t(args.n_pairs));
        args.index = index.data();
        args.capacity = args.n_pairs;
        cpu_backend().build_neighbors(args);
        most = args.most;
    }
    CpuLists() = default;
};

/// Builds the list on the device with room for `capacity` pairs and compares it.
void expect_equal_neighbors(Device& device, const CpuLists& cpu, double cutoff) {
    const auto positions = device.array(cpu.positions);
    const auto types = device.array(cpu.list_types), images = device.array(cpu.list_images);
    const auto ids = device.array(cpu.list_ids);
    auto first = device.room<std::int64_t>(cpu.first.size());
    auto index = device.room<std::int32_t>(cpu.index.size());
    BuildNeighborsArgs args{cpu.n_owned,      std::int32_t(cpu.n_total()),
                            positions.data(), types.data(),
                            ids.data(),       images.data(),
                            cutoff,           first.data(),
                            index.data()};
    args.capacity = std::int64_t(cpu.index.size());

    device.lists.build_neighbors(args);

    EXPECT_EQ(args.n_pairs, args.capacity);
    EXPECT_EQ(args.most, cpu.most);
    EXPECT_EQ(first.on_host(), cpu.first);
    EXPECT_EQ(index.on_host(), cpu.index);
}

class ListVerbs : public ::testing::TestWithParam<System> {
protected:
    const System& system_ = GetParam();
    const CpuLists cpu_{system_};
    Device device_;
    std::int32_t n_ = system_.n();
};

TEST_P(ListVerbs, WrapEqualsTheCpus) {
    const auto positions = device_.array(system_.positions);
    const auto order = device_.array(cpu_.order);
    auto wrap = device_.room<std::int32_t>(3 * std::size_t(n_));
    auto wrapped = device_.room<double>(3 * std::size_t(n_));

    WrapArgs as_they_come{n_, positions.data(), nullptr, system_.cell, wrap.data(), wrapped.data()};
    device_.lists.wrap(as_they_come);
    EXPECT_EQ(wrap.on_host(), cpu_.wrap);
    EXPECT_EQ(as_they_come.too_far, -1);

    WrapArgs in_order{n_, positions.data(), order.data(), system_.cell, wrap.data(), wrapped.data()};
    device_.lists.wrap(in_order);
    EXPECT_EQ(wrap.on_host(), cpu_.list_wrap);
    EXPECT_TRUE(equal_bits(wrapped.on_host(), cpu_.wrapped));
}

TEST_P(ListVerbs, OrderAlongCellsEqualsTheCpus) {
    const auto positions = device_.array(system_.positions);
    auto order = device_.room<std::int32_t>(std::size_t(n_));
    std::vector<std::int32_t> cpu_order(system_.types.size());
    cpu_backend().sort_by_cell({n_, system_.positions.data(), 0.7 * system_.cutoff, cpu_order.data()});

    device_.lists.sort_by_cell({n_, positions.data(), 0.7 * system_.cutoff, order.data()});

    EXPECT_EQ(order.on_host(), cpu_order);
}

TEST_P(ListVerbs, ImagesEqualTheCpus) {
    const auto wrapped = device_.array(cpu_.wrapped);
    auto owner = device_.room<std::int32_t>(cpu_.owner.size());
    auto images = device_.room<std::int32_t>(cpu_.images.size());
    MakeImagesArgs args{n_, wrapped.data(), system_.cell, system_.cutoff, owner.data(), images.data()};

    args.capacity = cpu_.n_ghosts - 1;  // nothing may be written
    device_.lists.make_images(args);
    EXPECT_EQ(args.n_images, cpu_.n_ghosts);
    args.capacity = cpu_.n_ghosts;
    device_.lists.make_images(args);

    EXPECT_EQ(args.n_images, cpu_.n_ghosts);
    EXPECT_EQ(owner.on_host(), cpu_.owner);
    EXPECT_EQ(images.on_host(), cpu_.images);
}

TEST_P(ListVerbs, GatheredAtomsEqualTheCpus) {
    const auto order = device_.array(cpu_.order), owner = device_.array(cpu_.owner),
               images = device_.array(cpu_.images);
    const auto types = device_.array(system_.types);
    const auto ids = device_.array(cpu_.ids);
    auto list_types = device_.room<std::int32_t>(cpu_.n_total());
    auto list_ids = device_.room<std::int64_t>(cpu_.n_total());
    auto list_images = device_.room<std::int32_t>(3 * cpu_.n_total());
    GatherAtomsArgs args{n_,           cpu_.n_ghosts, order.data(),      owner.data(),    images.data(),
                         types.data(), ids.data(),    list_types.data(), list_ids.data(), list_images.data()};

    device_.lists.gather_atoms(args);

    EXPECT_EQ(list_types.on_host(), cpu_.list_types);
    EXPECT_EQ(list_ids.on_host(), cpu_.list_ids);
    EXPECT_EQ(list_images.on_host(), cpu_.list_images);

    args.ids = nullptr;
    device_.lists.gather_atoms(args);
    const std::vector<std::int64_t> indices = list_ids.on_host();
    EXPECT_TRUE(std::equal(cpu_.order.begin(), cpu_.order.end(), indices.begin()));
}

TEST_P(ListVerbs, GroupsByTypeEqualTheCpus) {
    const auto types = device_.array(cpu_.list_types);
    auto by_type = device_.room<std::int32_t>(std::size_t(n_));
    std::vector<std::int32_t> type_first(n_types + 1, -7);

    device_.lists.group_by_type({n_, n_types, types.data(), by_type.data(), type_first.data()});

    EXPECT_EQ(type_first, cpu_.type_first);
    const std::vector<std::int32_t> grouped = by_type.on_host();
    EXPECT_TRUE(std::equal(grouped.begin(), grouped.begin() + type_first[n_types], cpu_.by_type.begin()));
}

TEST_P(ListVerbs, NeighborsEqualTheCpus) { expect_equal_neighbors(device_, cpu_, system_.cutoff); }

TEST_P(ListVerbs, AtomsWithGhostsOfOtherRanksEqualTheCpus) {
    const auto first = device_.array(cpu_.first);
    const auto index = device_.array(cpu_.index), types = device_.array(cpu_.list_types);
    for (const std::int32_t first_remote : {n_, n_ + cpu_.n_ghosts / 2, n_ + cpu_.n_ghosts}) {
        auto inner = device_.room<std::int32_t>(cpu_.order.size()),
             outer = device_.room<std::int32_t>(cpu_.order.size());
        std::vector<std::int32_t> cpu_inner(cpu_.order.size()), cpu_outer(cpu_.order.size());
        cpu_backend().separate_atoms({n_, first_remote, cpu_.first.data(), cpu_.index.data(), cpu_.list_types.data(),
                                      cpu_inner.data(), cpu_outer.data()});

        gpu::separate_atoms(device_.queue,
                            {n_, first_remote, first.data(), index.data(), types.data(), inner.data(), outer.data()});

        EXPECT_EQ(inner.on_host(), cpu_inner);
        EXPECT_EQ(outer.on_host(), cpu_outer);
    }
}

TEST_P(ListVerbs, GhostsGoOutAndComeBackAsOnTheCpu) {
    const auto n_ghosts = std::size_t(cpu_.n_ghosts);
    const auto wrapped = device_.array(cpu_.wrapped);
    const auto owner = device_.array(cpu_.owner), images = device_.array(cpu_.images);
    const auto cell = device_.array(std::vector<Matrix3>{system_.cell.cell});
    auto ghosts = device_.room<double>(3 * n_ghosts);
    std::vector<std::int64_t> values(3 * std::size_t(n_)), ghost_values(3 * n_ghosts);
    for (std::size_t k = 0; k < values.size(); ++k) values[k] = std::int64_t(k) << 40;
    for (std::size_t k = 0; k < ghost_values.size(); ++k) ghost_values[k] = -std::int64_t(k * k);
    auto device_values = device_.array(values);
    const auto device_ghosts = device_.array(ghost_values);

    gpu::forward_ghosts(device_.queue,
                        {cpu_.n_ghosts, owner.data(), images.data(), cell.data(), wrapped.data(), ghosts.data()});
    gpu::reverse_ghosts(device_.queue,
                        {cpu_.n_ghosts, n_, owner.data(), 3, device_ghosts.data(), device_values.data()});

    EXPECT_TRUE(equal_bits(ghosts.on_host(), {cpu_.positions.begin() + 3 * n_, cpu_.positions.end()}));
    cpu_backend().reverse_ghosts({cpu_.n_ghosts, n_, cpu_.owner.data(), 3, ghost_values.data(), values.data()});
    EXPECT_EQ(device_values.on_host(), values);
}

INSTANTIATE_TEST_SUITE_P(Systems, ListVerbs, ::testing::ValuesIn(systems()),
                         [](const auto& system) { return system.param.name; });

TEST(ListVerbsOnDevice, OneBuilderServesSystemsOfAllSizesInTurn) {
    Device device;
    for (int n : {40, 300, 0, 17, 300}) {
        const System system = liquid(n);
        expect_equal_neighbors(device, CpuLists(system), system.cutoff);
    }
}

/// Memory of a device that counts what is asked of it.
class CountingMemory final : public Memory {
public:
    explicit CountingMemory(Memory& memory) : memory_(memory) {}
    void* allocate(std::size_t bytes) override {
        ++n_allocations;
        return memory_.allocate(bytes);
    }
    void deallocate(void* pointer) noexcept override { memory_.deallocate(pointer); }
    void copy_in(void* to, const void* from_host, std::size_t bytes) override { memory_.copy_in(to, from_host, bytes); }
    void copy_out(void* to_host, const void* from, std::size_t bytes) override {
        memory_.copy_out(to_host, from, bytes);
    }
    void copy(void* to, const void* from, std::size_t bytes) override { memory_.copy(to, from, bytes); }
    bool is_host() const noexcept override { return memory_.is_host(); }

    int n_allocations = 0;

private:
    Memory& memory_;
};

TEST(ListVerbsOnDevice, ScratchIsKept) {
    Device device;
    CountingMemory counting(device.memory);
    gpu::ListBuilder lists(device.queue, counting);
    const System system = liquid(300);
    const CpuLists cpu(system);
    const auto positions = device.array(cpu.positions);
    const auto types = device.array(cpu.list_types), images = device.array(cpu.list_images);
    const auto ids = device.array(cpu.list_ids);
    auto order = device.room<std::int32_t>(300), by_type = device.room<std::int32_t>(300);
    auto first = device.room<std::int64_t>(cpu.first.size());
    auto index = device.room<std::int32_t>(cpu.index.size());
    const auto use_all = [&] {
        lists.sort_by_cell({300, positions.data(), 1.0, order.data()});
        MakeImagesArgs make{300, positions.data(), system.cell, system.cutoff};
        make.capacity = -1;
        lists.make_images(make);
        std::int32_t type_first[n_types + 1];
        lists.group_by_type({300, n_types, types.data(), by_type.data(), type_first});
        BuildNeighborsArgs build{300,
                                 std::int32_t(cpu.n_total()),
                                 positions.data(),
                                 types.data(),
                                 ids.data(),
                                 images.data(),
                                 system.cutoff,
                                 first.data(),
                                 index.data()};
        build.capacity = std::int64_t(cpu.index.size());
        lists.build_neighbors(build);
    };

    use_all();
    const int n_allocations = counting.n_allocations;
    for (int k = 0; k < 4; ++k) use_all();

    EXPECT_EQ(counting.n_allocations, n_allocations);
}

TEST(ListVerbsOnDevice, AListWithoutRoomIsOnlyCounted) {
    Device device;
    const System system = liquid(100);
    const CpuLists cpu(system);
    const auto positions = device.array(cpu.positions);
    const auto types = device.array(cpu.list_types), images = device.array(cpu.list_images);
    const auto ids = device.array(cpu.list_ids);
    auto first = device.room<std::int64_t>(cpu.first.size());
    BuildNeighborsArgs args{cpu.n_owned,      std::int32_t(cpu.n_total()),
                            positions.data(), types.data(),
                            ids.data(),       images.data(),
                            system.cutoff,    first.data(),
                            nullptr};
    args.capacity = std::int64_t(cpu.index.size()) - 1;

    device.lists.build_neighbors(args);

    EXPECT_EQ(args.n_pairs, std::int64_t(cpu.index.size()));
    EXPECT_EQ(args.most, cpu.most);
    EXPECT_EQ(first.on_host(), cpu.first);
}

/// Two atoms among so many that one atom's keys need a large share of shared memory, or more than there is.
TEST(ListVerbsOnDevice, AtomsMayHaveThousandsOfNeighbors) {
    for (int n : {1000, 2300, 6500}) {
        CpuLists cpu;
        cpu.n_owned = 2;
        cpu.n_ghosts = n - 2;
        Random random(5);
        for (int i = 0; i < n; ++i) {
            // on a fine lattice, so that many distances are equal, and some atoms stand in one place
            for (int k = 0; k < 3; ++k) cpu.positions.push_back(0.4 * random.below(24));
            cpu.list_types.push_back(i < 2 ? i : random.below(3) - 1);
            cpu.list_ids.push_back(i % 500);
            for (int k = 0; k < 3; ++k) cpu.list_images.push_back(k == 1 ? i / 500 - 6 : 0);
        }
        cpu.build(11.0);
        ASSERT_GT(cpu.most, n / 2);
        Device device;
        expect_equal_neighbors(device, cpu, 11.0);
    }
}

TEST(ListVerbsOnDevice, TheFirstBadAtomIsFound) {
    Device device;
    const double infinity = std::numeric_limits<double>::infinity(), none = std::numeric_limits<double>::quiet_NaN();
    const System system = liquid(600);
    const auto first_bad = [&](const System& checked) {
        const auto positions = device.array(checked.positions);
        const auto types = device.array(checked.types);
        CheckAtomsArgs args{checked.n(), positions.data(), types.data(), n_types};
        device.lists.check_atoms(args);
        return args.bad;
    };
    System bad = system;
    EXPECT_EQ(first_bad(bad), -1);
    bad.positions[3 * 599 + 1] = none;
    EXPECT_EQ(first_bad(bad), 599);
    bad.types[500] = n_types;
    EXPECT_EQ(first_bad(bad), 500);
    bad.types[300] = -2;
    EXPECT_EQ(first_bad(bad), 300);
    bad.positions[3 * 33 + 2] = -infinity;
    EXPECT_EQ(first_bad(bad), 33);
    bad.positions[0] = infinity;
    EXPECT_EQ(first_bad(bad), 0);
    EXPECT_EQ(first_bad(liquid(0)), -1);
}

TEST(ListVerbsOnDevice, TheFirstPlaceTooFarAwayIsFound) {
    Device device;
    System system = liquid(600);
    system.positions[3 * 400] = 1e300;
    system.positions[3 * 100 + 1] = -1e300;
    std::vector<std::int32_t> reversed(600);
    std::iota(reversed.rbegin(), reversed.rend(), 0);
    const auto positions = device.array(system.positions);
    const auto order = device.array(reversed);
    auto wrap = device.room<std::int32_t>(1800);
    auto wrapped = device.room<double>(1800);

    WrapArgs as_they_come{600, positions.data(), nullptr, system.cell, wrap.data(), wrapped.data()};
    device.lists.wrap(as_they_come);
    WrapArgs in_order{600, positions.data(), order.data(), system.cell, wrap.data(), wrapped.data()};
    device.lists.wrap(in_order);

    EXPECT_EQ(as_they_come.too_far, 100);
    EXPECT_EQ(in_order.too_far, 599 - 400);
}

TEST(ListVerbsOnDevice, AScanOfSeveralLevelsAddsWhatStandsBefore) {
    Device device;
    gpu::Scan scan(device.queue, device.memory);
    for (std::size_t n : {1u, 255u, 2048u, 2049u, 70001u, 4200001u}) {
        std::vector<std::int64_t> values(n + 1), sums(n + 1);
        for (std::size_t i = 0; i < n; ++i) values[i] = std::int64_t(i % 1013) << 24;
        std::exclusive_scan(values.begin(), values.end(), sums.begin(), std::int64_t(0));
        auto on_device = device.array(values);

        scan.exclusive(on_device.data(), std::int64_t(n));

        EXPECT_EQ(on_device.on_host(), sums) << n;
    }
}

TEST(ListVerbsOnDevice, TheSortIsStableOverAllBits) {
    Device device;
    gpu::Scan scan(device.queue, device.memory);
    gpu::RadixSort sorter(device.queue, device.memory, scan);
    for (int bits : {1, 8, 9, 64})
        for (int n : {1, 33, 512, 513, 5000}) {
            Random random(std::uint64_t(n + bits));
            std::vector<std::uint64_t> keys;
            for (int i = 0; i < n; ++i)
                keys.push_back((std::uint64_t(random.below(21)) * 0x9e3779b97f4a7c15u) >> (64 - bits));
            std::vector<std::int32_t> values(keys.size()), expected(keys.size());
            std::iota(values.begin(), values.end(), 0);
            expected = values;
            std::stable_sort(expected.begin(), expected.end(), [&](std::int32_t a, std::int32_t b) {
                return keys[std::size_t(a)] < keys[std::size_t(b)];
            });
            sorter.resize(n);
            device.memory.copy_in(sorter.keys(), keys.data(), keys.size() * sizeof(keys[0]));
            device.memory.copy_in(sorter.values(), values.data(), values.size() * sizeof(values[0]));

            sorter.sort(bits);

            std::vector<std::int32_t> sorted(keys.size());
            device.memory.copy_out(sorted.data(), sorter.values(), sorted.size() * sizeof(sorted[0]));
            EXPECT_EQ(sorted, expected) << n << " keys of " << bits << " bits";
        }
}

}  // namespace
}  // namespace dpmd
