#pragma once
// Shared by the tests of the emulator: an array in device memory, and the orders in which kernels are run.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gpu_platform.hpp"

namespace dpmd::gpu::testing {

inline void expect_success(Status status) { EXPECT_EQ(status, success) << status_text(status); }

template <class T>
class DeviceArray {
public:
    explicit DeviceArray(std::size_t n) : n_(n) {
        void* pointer = nullptr;
        expect_success(allocate(&pointer, n * sizeof(T)));
        data_ = static_cast<T*>(pointer);
    }
    explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
        expect_success(copy_to_device(data_, values.data(), n_ * sizeof(T), nullptr));
    }
    ~DeviceArray() { (void)release(data_); }
    DeviceArray(const DeviceArray&) = delete;
    DeviceArray& operator=(const DeviceArray&) = delete;

    T* data() const { return data_; }
    std::vector<T> values() const {
        std::vector<T> result(n_);
        expect_success(copy_to_host(result.data(), data_, n_ * sizeof(T), nullptr));
        return result;
    }

private:
    T* data_ = nullptr;
    std::size_t n_;
};

/// Warps of 32 and of 64 lanes, forwards and reversed.
class EveryOrder : public ::testing::TestWithParam<std::pair<int, bool>> {
protected:
    void SetUp() override {
        emulator::options().warp_lanes = GetParam().first;
        emulator::options().reversed = GetParam().second;
    }

private:
    emulator::OptionsGuard guard_;
};
#define INSTANTIATE_EVERY_ORDER(suite)                                                                           \
    INSTANTIATE_TEST_SUITE_P(                                                                                    \
        Orders, suite,                                                                                           \
        ::testing::Values(std::pair(32, false), std::pair(32, true), std::pair(64, false), std::pair(64, true)), \
        [](const auto& order) {                                                                                  \
            return "warp" + std::to_string(order.param.first) + (order.param.second ? "reversed" : "");          \
        })

/// The fault with which a launch ends, or "none".
template <class Launch>
std::string fault_of(const Launch& launch_it) {
    try {
        expect_success(launch_it());
    } catch (const emulator::KernelFault& fault) {
        return fault.what();
    }
    return "none";
}

}  // namespace dpmd::gpu::testing
