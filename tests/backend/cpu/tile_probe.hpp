#pragma once
// The inner kernels of one instruction set as plain functions, so that tests can call them without being compiled for
// that set themselves.
#include "core/workspace.hpp"
#include "cpu/nets/packed_network.hpp"

namespace dpmd::testing {

struct TileProbe {
    const char* isa;
    cpu::KernelShape shape;
    void (*gemm)(int rows, const double* a, int a_stride, const cpu::PackedMatrix<double>& b, const double* bias,
                 double* c, int c_stride);
    void (*layer_forward)(const cpu::PackedLayer<double>& layer, int rows, const double* x, int x_stride, double* y,
                          double* slope, Workspace& workspace);
    void (*layer_backward)(const cpu::PackedLayer<double>& layer, int rows, const double* dy, const double* slope,
                           double* dx, Workspace& workspace);
    void (*layer_backward_to_scalar)(const cpu::PackedLayer<double>& layer, int rows, const double* dy,
                                     const double* slope, double* dx);
    /// Value and slope of every x, n a multiple of the lanes.
    void (*activate)(Activation activation, double silut_threshold, int n, const double* x, double* value,
                     double* slope);
    /// Embedding forward and backward over rows: g and ds for dg.
    void (*embedding)(const cpu::PackedNetwork<double>& network, int rows, const double* s, const double* dg, double* g,
                      double* ds, Workspace& workspace);
};

/// The probe of a named set; null when this build has none.
const TileProbe* tile_probe(const char* isa);

#if defined(__x86_64__)
namespace sse2 {
const TileProbe& tile_probe();
}
namespace avx2 {
const TileProbe& tile_probe();
}
namespace avx512 {
const TileProbe& tile_probe();
}
#elif defined(__aarch64__)
namespace neon {
const TileProbe& tile_probe();
}
#else
namespace generic {
const TileProbe& tile_probe();
}
#endif

}  // namespace dpmd::testing
