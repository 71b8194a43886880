#pragma once
// A term of a local model in device memory: its descriptors, and a fitting net on their features for each centre type.
#include <vector>

#include "local/descriptors.hpp"
#include "local/fitting.hpp"

namespace dpmd::gpu {

template <class Real>
class DeviceTerm {
public:
    DeviceTerm(const NetTerm& term, Operands operands, GemmTuner& gemm, Memory& memory);
    DeviceTerm(const DeviceTerm&) = delete;
    DeviceTerm& operator=(const DeviceTerm&) = delete;

    struct Center {
        double energy_shift = 0;
        bool subtract_vacuum = false;
        bool is_silent = false;  ///< atoms of this type have no energy from the term
        const DeviceNetwork<Real>* fitting = nullptr;
        const DeviceNetwork<Real>* moment_fitting = nullptr;  ///< null: not compressed
    };

    const Center& center(int type) const { return centers_[std::size_t(type)]; }
    std::size_t n_descriptors() const { return descriptors_.size(); }
    RowDescriptor<Real>& on_rows(std::size_t d) { return *descriptors_[d].on_rows; }
    MomentDescriptor<Real>& in_moments(std::size_t d) { return *descriptors_[d].in_moments; }
    const EnvironmentView& environment(std::size_t d, int type) const {
        return descriptors_[d].on_rows->environment(type).view;
    }
    const std::vector<SectionRule>& sections(std::size_t d, int type) const {
        return descriptors_[d].on_rows->environment(type).sections;
    }
    bool is_compressed() const { return descriptors_.front().in_moments != nullptr; }

    /// What descriptor d sees of the input of the fitting net, in either form.
    FittingInput<Real> row_input(const FittingScratch<Real>& scratch, int type, std::size_t d) const;
    FittingInput<Real> moment_input(const FittingScratch<Real>& scratch, int type, std::size_t d) const;
    /// Features of all descriptors together.
    int n_row_features() const;
    int n_moment_features(int type) const;

    /// Brings the frame parameters of a call to the device.
    void set_frame_parameters(const double* fparam);
    std::size_t bytes() const { return weights_.bytes() + device_fparam_.bytes(); }

private:
    void prepare_parameters(const Fitting& fitting);

    Weights<Real> weights_;
    std::vector<PreparedDescriptor<Real>> descriptors_;
    std::vector<int> n_features_;  // [n_descriptors] of the networks as trained
    std::vector<double> fparam_shift_, fparam_scale_, fparam_;
    Array<double> device_fparam_;
    ParameterView parameters_;
    std::vector<Center> centers_;
};

}  // namespace dpmd::gpu
