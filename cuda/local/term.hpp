#pragma once
// A term of a local model in device memory: its descriptor, and a fitting net on the features of each centre type.
#include <vector>

#include "local/descriptors.hpp"

namespace dpmd::gpu {

template <class Real>
class DeviceTerm {
public:
    DeviceTerm(const LocalModel& model, Operands operands, GemmTuner& gemm, Memory& memory);
    DeviceTerm(const DeviceTerm&) = delete;
    DeviceTerm& operator=(const DeviceTerm&) = delete;

    struct Center {
        double energy_shift = 0;
        bool is_silent = false, subtract_vacuum = false;
        const DeviceNetwork<Real>* fitting = nullptr;
        const DeviceNetwork<Real>* moment_fitting = nullptr;  ///< null: not compressed
    };

    int n_types() const { return static_cast<int>(centers_.size()); }
    const Center& center(int type) const { return centers_[std::size_t(type)]; }
    /// Of the networks as trained.
    int n_features() const { return n_features_; }
    RowDescriptor<Real>& on_rows() { return *descriptor_.on_rows; }
    const CenterEnvironment& environment(int type) const { return descriptor_.on_rows->environment(type); }
    bool is_compressed() const { return descriptor_.in_moments != nullptr; }
    MomentDescriptor<Real>& in_moments() { return *descriptor_.in_moments; }

    /// Brings the frame parameters of a call to the device.
    void set_frame_parameters(const double* fparam);
    const ParameterView& parameters() const { return parameters_; }
    std::size_t bytes() const { return weights_.bytes() + device_fparam_.bytes(); }

private:
    void prepare_parameters(const Fitting& fitting);

    Weights<Real> weights_;
    PreparedDescriptor<Real> descriptor_;
    int n_features_;
    std::vector<double> fparam_shift_, fparam_scale_, fparam_;
    Array<double> device_fparam_;
    ParameterView parameters_;
    std::vector<Center> centers_;
};

}  // namespace dpmd::gpu
