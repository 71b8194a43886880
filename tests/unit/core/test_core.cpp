// Arrays, scratch memory, threads, errors.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/array.hpp"
#include "core/available_memory.hpp"
#include "core/text.hpp"
#include "core/threads.hpp"
#include "core/workspace.hpp"
#include "dpmd/errors.hpp"

namespace dpmd {
namespace {

/// Host memory that counts its allocations.
class CountingMemory final : public Memory {
public:
    void* allocate(std::size_t bytes) override {
        if (bytes > limit) throw DeviceError("out of counted memory");
        ++n_allocations;
        ++n_alive;
        return host_memory().allocate(bytes);
    }
    void deallocate(void* pointer) noexcept override {
        --n_alive;
        host_memory().deallocate(pointer);
    }
    void copy_in(void* to, const void* from, std::size_t bytes) override { host_memory().copy_in(to, from, bytes); }
    void copy_out(void* to, const void* from, std::size_t bytes) override { host_memory().copy_out(to, from, bytes); }
    void copy(void* to, const void* from, std::size_t bytes) override { host_memory().copy(to, from, bytes); }
    bool is_host() const noexcept override { return true; }
    int n_allocations = 0, n_alive = 0;
    std::size_t limit = std::numeric_limits<std::size_t>::max();
};

bool is_aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 64 == 0; }

TEST(Array, IsAlignedAndGivesItsMemoryBack) {
    CountingMemory memory;
    for (const std::size_t n : {1u, 3u, 64u, 1000u}) {
        Array<double> doubles(n, memory);
        Array<char> chars(n, memory);
        EXPECT_TRUE(is_aligned(doubles.data()));
        EXPECT_TRUE(is_aligned(chars.data()));
        EXPECT_EQ(doubles.size(), n);
        EXPECT_EQ(memory.n_alive, 2);
    }
    EXPECT_EQ(memory.n_alive, 0);
}

TEST(Array, AllocatesOnlyWhenItGrowsBeyondItsCapacity) {
    CountingMemory memory;
    Array<int> array(memory);
    array.resize_discard(100);
    ASSERT_EQ(memory.n_allocations, 1);

    for (const std::size_t n : {50u, 0u, 100u, 99u}) {
        array.resize_discard(n);
        EXPECT_EQ(array.size(), n);
    }
    array.resize_with_slack(100);
    EXPECT_EQ(memory.n_allocations, 1);
    EXPECT_EQ(array.capacity(), 100u);

    array.resize_with_slack(101);
    EXPECT_EQ(memory.n_allocations, 2);
    EXPECT_EQ(array.size(), 101u);
    EXPECT_GE(array.capacity(), 110u);
}

TEST(Array, KeepsItsValuesWhileItShrinksAndGrowsWithinItsCapacity) {
    Array<int> array(5);
    for (std::size_t k = 0; k < 5; ++k) array[k] = int(k * k);

    array.resize_discard(2);
    array.resize_discard(5);

    for (std::size_t k = 0; k < 5; ++k) EXPECT_EQ(array[k], int(k * k));
}

TEST(Array, MovesWithoutCopyingAndKeepsItsMemory) {
    CountingMemory memory;
    Array<int> from(7, memory);
    from[3] = 42;
    const int* data = from.data();

    Array<int> to(std::move(from));
    Array<int> other;
    other = std::move(to);

    EXPECT_EQ(other.data(), data);
    EXPECT_EQ(other[3], 42);
    EXPECT_EQ(other.size(), 7u);
    EXPECT_EQ(memory.n_allocations, 1);
    other = Array<int>();
    EXPECT_EQ(memory.n_alive, 0);
}

TEST(Array, WithoutElementsHasNoMemory) {
    CountingMemory memory;
    Array<double> array(memory);
    EXPECT_TRUE(array.empty());
    EXPECT_EQ(array.begin(), array.end());
    EXPECT_EQ(array.bytes(), 0u);
    EXPECT_EQ(memory.n_allocations, 0);
    array.fill(1.0);
}

TEST(Array, IsEmptyAfterAGrowthThatFailed) {
    CountingMemory memory;
    Array<double> array(10, memory);
    memory.limit = 1000;

    EXPECT_THROW(array.resize_discard(1000), DeviceError);

    EXPECT_EQ(array.size(), 0u);
    EXPECT_EQ(array.capacity(), 0u);
    EXPECT_EQ(memory.n_alive, 0);
    array.resize_discard(10);
    EXPECT_EQ(array.size(), 10u);
}

TEST(Array, RefusesSizesThatNoMemoryHas) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    for (const std::size_t n : {most, most / 8, most / 8 + 1, most / 4, (most >> 3) + 2}) {
        Array<double> array;
        EXPECT_THROW(array.resize_discard(n), DeviceError) << n;
    }
    EXPECT_THROW(host_memory().allocate(most), DeviceError);
    EXPECT_THROW(host_memory().allocate(most - 63), DeviceError);
}

TEST(HostMemory, HandsOutAlignedMemoryOfAnySize) {
    for (const std::size_t bytes : {0u, 1u, 63u, 64u, 65u, 4096u}) {
        void* pointer = host_memory().allocate(bytes);
        EXPECT_NE(pointer, nullptr);
        EXPECT_TRUE(is_aligned(pointer));
        host_memory().deallocate(pointer);
    }
}

TEST(Workspace, PiecesAreAlignedAndDoNotOverlap) {
    Workspace workspace;
    for (int round = 0; round < 4; ++round) {
        workspace.reset();
        std::vector<std::pair<unsigned char*, std::size_t>> pieces;
        for (const std::size_t n : {1u, 7u, 64u, 65u, 0u, 1000u, 3u}) {
            auto* piece = workspace.take<unsigned char>(n);
            EXPECT_TRUE(is_aligned(piece));
            std::fill_n(piece, n, static_cast<unsigned char>(pieces.size()));
            pieces.emplace_back(piece, n);
        }
        for (std::size_t p = 0; p < pieces.size(); ++p)
            for (std::size_t k = 0; k < pieces[p].second; ++k) ASSERT_EQ(pieces[p].first[k], p);
    }
}

TEST(Workspace, OnceItHasSeenTheLargestRoundItStaysTheSame) {
    Workspace workspace;
    const auto round = [&](std::size_t scale) {
        workspace.reset();
        void* first = workspace.take<double>(10 * scale);
        workspace.take<int>(3 * scale);
        workspace.take<char>(scale);
        return first;
    };
    round(100);
    round(100);
    const std::size_t bytes = workspace.bytes();
    void* place = round(100);

    for (const std::size_t scale : {1u, 50u, 100u, 99u, 100u}) {
        EXPECT_EQ(round(scale), place) << "the block moved";
        EXPECT_EQ(workspace.bytes(), bytes);
    }
}

TEST(ParallelFor, VisitsEveryIndexOnceWithAThreadThatExists) {
    for (const int threads : {1, 2, 3, 7})
        for (const std::int64_t n : {0, 1, 2, 31, 32, 33, 1000})
            for (const std::int64_t block : {1, 8, 2000}) {
                std::vector<std::atomic<int>> visits(static_cast<std::size_t>(n));
                std::atomic<int> wrong_thread{0};

                parallel_for(threads, n, block, [&](std::int64_t i, int thread) {
                    ++visits[std::size_t(i)];
                    wrong_thread += thread < 0 || thread >= threads;
                });

                for (const auto& v : visits) ASSERT_EQ(v, 1);
                EXPECT_EQ(wrong_thread, 0);
            }
}

TEST(ParallelFor, ThrowsWhatABodyThrewAndWorksAgainAfterwards) {
    for (const int threads : {1, 2, 5}) {
        try {
            parallel_for(threads, 100, 1, [](std::int64_t i, int) {
                if (i % 10 == 7) throw InputError(concat("index ", i));
            });
            FAIL() << "nothing was thrown";
        } catch (const InputError& error) {
            EXPECT_NE(std::string(error.what()).find("7"), std::string::npos);
        }
        int sum = 0;
        parallel_for(1, 10, 1, [&](std::int64_t i, int) { sum += int(i); });
        EXPECT_EQ(sum, 45);
    }
}

TEST(ParallelFor, ThrowsOneOfManyExceptionsAsItIs) {
    struct Special {
        int value;
    };
    for (const int threads : {1, 4}) {
        bool caught = false;
        try {
            parallel_for(threads, 1000, 1, [](std::int64_t, int) { throw Special{5}; });
        } catch (const Special& special) {
            caught = special.value == 5;
        }
        EXPECT_TRUE(caught);
    }
}

TEST(Errors, AreOfOneFamilyAndCarryTheirMessage) {
    const auto message_of = [](auto&& thrower) {
        try {
            thrower();
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(message_of([] { throw InputError("input"); }), "input");
    EXPECT_EQ(message_of([] { throw DeviceError("device"); }), "device");
    EXPECT_EQ(message_of([] { throw InternalError("internal"); }), "internal");
    EXPECT_THROW(throw InputError("x"), std::runtime_error);
}

TEST(Text, ConcatKeepsTenDigits) {
    EXPECT_EQ(concat("a", 1, 'b', 0.1, "c", std::string("d")), "a1b0.1cd");
    EXPECT_EQ(concat(1.0 / 3), "0.3333333333");
}

TEST(AvailableMemory, IsMoreThanNothing) { EXPECT_GT(available_memory(), std::size_t(1) << 20); }

TEST(AvailableMemory, MoreThanThereIsIsRefusedWithoutBeingTouched) {
    try {
        (void)host_memory().allocate(std::size_t(1) << 50);
        FAIL() << "a petabyte";
    } catch (const DeviceError& error) {
        EXPECT_NE(std::string(error.what()).find("out of host memory: 1.1 PB are needed, "), std::string::npos)
            << error.what();
    }
}

TEST(AvailableMemory, IsToldInUnitsThatPeopleRead) {
    EXPECT_EQ(memory_text(0), "0 kB");
    EXPECT_EQ(memory_text(1.26e3), "1.3 kB");
    EXPECT_EQ(memory_text(999.9e6), "1 GB");
    EXPECT_EQ(memory_text(13.7e9), "14 GB");
}

}  // namespace
}  // namespace dpmd
