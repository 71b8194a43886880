#pragma once
// Which units multiply in a layer. Chosen once per shape of layer and machine by measuring, when a model is loaded:
// nothing is measured while something is computed, and no choice changes, for they are kept in a file
// (gemm_choices.hpp).
//
// The plain and the matrix units give the same bits whatever the number of rows is; each of the three gives others than
// the rest, and so may the library for another number of rows. The environment variable DPMD_GEMM (simt, matrix,
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
    /// `forced` is a name of units, or empty: as measured; nothing is kept. Throws InputError for another name.
    GemmTuner(Queue& queue, Memory& memory, const std::string& forced);
    /// The same with the choices of a file. What it says that this machine cannot do, or no longer, is ignored.
    GemmTuner(Queue& queue, Memory& memory, const std::string& forced, const std::string& file);
    /// As the environment says, with the file of the device.
    GemmTuner(Queue& queue, Memory& memory);

    Queue& queue() { return queue_; }
    /// Opened when first asked for. Throws DeviceError without one.
    GpuBlas& library();

    /// Measures for a layer that is going to be used; not while the queue is captured.
    template <class Real>
    void prepare(const LayerView<Real>& layer);
    /// For rows whose number the host knows, or not: then it is not the library. Of a layer that was not prepared: the
    /// matrix units where they have such products, else the plain ones.
    template <class Real>
    GemmUnits units(GemmDirection direction, const LayerView<Real>& layer, bool rows_known) const;

    /// One line per shape, for people.
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
    std::string no_library_;  // why it cannot be used, once that was found out
    std::string file_;        // where choices are kept; empty: nowhere
    GemmChoices choices_;
};

}  // namespace dpmd::gpu
