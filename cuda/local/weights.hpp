#pragma once
// The arrays and networks that a prepared model keeps in device memory.
#include <cstddef>
#include <memory>
#include <vector>

#include "core/array.hpp"
#include "nets/device_network.hpp"
#include "nets/gemm_tuner.hpp"

namespace dpmd::gpu {

/// Real is the arithmetic of the networks.
template <class Real>
class Weights {
public:
    Weights(Operands operands, GemmTuner& gemm, Memory& memory) : operands_(operands), gemm_(gemm), memory_(memory) {}
    Weights(const Weights&) = delete;
    Weights& operator=(const Weights&) = delete;

    GemmTuner& gemm() { return gemm_; }
    Memory& memory() { return memory_; }

    /// A copy of the values in device memory, for as long as this object lives.
    template <class T>
    const T* upload(const std::vector<T>& values) {
        Array<std::byte>& array = uploads_.emplace_back(values.size() * sizeof(T) + 1, memory_);
        memory_.copy_in(array.data(), values.data(), values.size() * sizeof(T));
        return reinterpret_cast<const T*>(array.data());
    }
    /// Layers [first, last) multiply operands of the model's precision; those that meet the outside are left out.
    const DeviceNetwork<Real>* add(const Network& network, int first, int last) {
        networks_.push_back(
            std::make_unique<DeviceNetwork<Real>>(network, OperandRange{operands_, first, last}, memory_));
        for (const LayerView<Real>& layer : networks_.back()->layers()) gemm_.prepare(layer);
        return networks_.back().get();
    }

    std::size_t bytes() const {
        std::size_t sum = 0;
        for (const auto& network : networks_) sum += network->bytes();
        for (const Array<std::byte>& array : uploads_) sum += array.bytes();
        return sum;
    }

private:
    Operands operands_;
    GemmTuner& gemm_;
    Memory& memory_;
    std::vector<std::unique_ptr<DeviceNetwork<Real>>> networks_;
    std::vector<Array<std::byte>> uploads_;
};

}  // namespace dpmd::gpu
