#pragma once
// Chooses the units that multiply in a layer, once per shape of layer and machine, by measurements when a model is
// loaded. Nothing is measured during computations, and no choice changes later, because choices are kept in a file
// (gemm_choices.hpp).
//
// Plain and matrix units give bits that do not depend on the number of rows; those of the library may. The bits of the
// three differ from each other. The environment variable DPMD_GEMM (simt, matrix,
// blas) forces a choice wherever it is possible.
#include <memory>
#include <optional>
#include <string>

#include "nets/device_network.hpp"
#include "nets/gemm_choices.hpp"
#include "nets/gpu_blas.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

class GemmTuner {
public:
    /// `forced` is the name of units; empty: chosen by measuring. Nothing is kept. Throws InputError for an unknown
    /// name.
    GemmTuner(Queue& queue, Memory& memory, const std::string& forced);
    /// The same with the choices of a file. Choices that are not possible on this machine, or no longer, are ignored.
    GemmTuner(Queue& queue, Memory& memory, const std::string& forced, const std::string& file);
    /// Reads DPMD_GEMM from the environment, and uses the file of the device.
    GemmTuner(Queue& queue, Memory& memory);

    Queue& queue() { return queue_; }
    /// The library, opened when first asked for. Throws DeviceError where there is none.
    GpuBlas& library();

    /// Measures for a layer that will be used; not allowed while the queue is captured.
    template <class Real>
    void prepare(const LayerView<Real>& layer);
    /// The units for a layer; `rows_known`: whether the host knows the number of rows, without which it is not the
    /// library. A layer that was not prepared gets the matrix units where they have such products, else the plain ones.
    template <class Real>
    GemmUnits units(GemmDirection direction, const LayerView<Real>& layer, bool rows_known) const;

    /// One line per shape, for people to read.
    std::string describe() const;

private:
    bool can_open_library();
    bool can_use(const GemmShape& shape, GemmUnits units);
    template <class Real>
    static bool has(GemmUnits units, Operands operands);
    template <class Real>
    GemmChoice measured(GemmDirection direction, const LayerView<Real>& layer);

    Queue& queue_;
    Memory& memory_;
    std::optional<GemmUnits> forced_;
    bool measures_ = times_kernels;
    std::unique_ptr<GpuBlas> library_;
    std::string no_library_;  // why the library cannot be used, once known
    std::string file_;        // where choices are kept; empty: nowhere
    GemmChoices choices_;
};

}  // namespace dpmd::gpu
