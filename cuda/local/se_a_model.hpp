#pragma once
// A se_e2_a model in device memory, as its kernels see it. The twin of cpp/src/cpu/local/se_a_model.hpp.
#include <memory>
#include <optional>
#include <vector>

#include "backend/backend.hpp"
#include "math/environment.hpp"
#include "math/moment_table.hpp"
#include "nets/device_network.hpp"
#include "nets/gemm_tuner.hpp"
#include "queue.hpp"

namespace dpmd::gpu {

/// What a centre type sees of a neighbour type. Plain data; arrays of sections are in device memory.
template <class Real>
struct SectionView {
    int sel = 0;
    bool is_neighbor = true;  ///< false: such neighbours are ignored
    bool is_embedded = true;  ///< false: they are counted but have no rows
    const Real* padding =
        nullptr;  ///< [4][stride] what one empty slot adds to the moments before 1/N, or null: nothing

    // in moment form
    MomentGrid grid;
    double nearest = 0;      ///< Å: nearer neighbours need the exact nets
    int first_interval = 0;  ///< of this type in the tables of the centre type
};

/// The tables of a centre type: value of function k at place x of interval i is quartets[i][k][0..3] (powers 0 to 3)
/// and pairs[i][k][0..1] (powers 4 and 5). Apart, so that lanes read aligned words that follow each other.
template <class Real>
struct TablesView {
    const Real* quartets = nullptr;  ///< [n_intervals][stride][4]
    const Real* pairs = nullptr;     ///< [n_intervals][stride][2]
    int stride = 0;
};

/// All that kernels need of a centre type, by value.
template <class Real>
struct CenterView {
    SwitchRange range{};
    double protection = 0;
    double shift[4] = {}, inverse_scale[4] = {};  ///< environment row: (R - davg) / dstd
    double inverse_normalization = 1;             ///< 1/N
    int n_types = 0, n_slots = 0;
    bool overflow_all_types_first = false;
    const SectionView<Real>* sections = nullptr;  ///< [n_types] in device memory
};

template <class Real>
struct ExactCenter {
    CenterView<Real> view;
    std::vector<const DeviceNetwork<Real>*> embedding;  ///< [n_types], null: no rows
    std::vector<SectionView<Real>> sections;            ///< host copy
    const DeviceNetwork<Real>* fitting = nullptr;
};

template <class Real>
struct MomentCenter {
    CenterView<Real> view;
    TablesView<Real> tables;
    int n_basis = 0, n_axis = 0, n_features = 0;
    const std::int32_t* feature_pairs = nullptr;  ///< [n_features] l + 65536 k in device memory
    const DeviceNetwork<Real>* fitting = nullptr;
};

/// Behind the descriptor: (parameter - shift) * scale, and the case embedding.
struct ParameterView {
    int n_fparam = 0, n_aparam = 0, n_case = 0;
    const double* fparam = nullptr;  ///< [n_fparam] in device memory, already scaled
    const double* aparam_shift = nullptr;
    const double* aparam_scale = nullptr;
    const double* case_embedding = nullptr;
    DPMD_HD int count() const { return n_fparam + n_aparam + n_case; }
};

template <class Real>
class SeAModel {
public:
    SeAModel(const ModelData& data, Operands operands, GemmTuner& gemm,
             Memory& memory);
    SeAModel(const SeAModel&) = delete;
    SeAModel& operator=(const SeAModel&) = delete;

    struct Center {
        double energy_shift = 0;
        bool is_silent = false, subtract_vacuum = false;
        ExactCenter<Real> exact;
        std::optional<MomentCenter<Real>> moment;
    };

    int n_types() const { return static_cast<int>(centers_.size()); }
    std::size_t bytes() const;
    bool is_compressed() const { return is_compressed_; }
    int n_channels() const { return n_channels_; }
    int channel_stride() const { return padded(n_channels_); }
    int n_axis() const { return n_axis_; }
    const Center& center(int type) const { return centers_[std::size_t(type)]; }
    /// Brings the frame parameters of a call to the device.
    void set_frame_parameters(const double* fparam);
    const ParameterView& parameters() const { return parameters_; }

private:
    void prepare_exact(const LocalModel& model, int type);
    void prepare_moment(const dpmd::MomentCenter& from, const Network& fitting, int type);
    std::vector<Real> padding_of(const DeviceNetwork<Real>& network, const CenterView<Real>& center);
    template <class T>
    const T* upload(const std::vector<T>& values);
    const DeviceNetwork<Real>* add_network(const Network& network, OperandRange range);

    GemmTuner& gemm_;
    Memory& memory_;
    Operands operands_;
    bool is_compressed_ = false;
    int n_channels_ = 0, n_axis_ = 0;
    std::vector<double> fparam_shift_, fparam_scale_, fparam_;
    Array<double> device_fparam_;
    ParameterView parameters_;
    std::vector<std::unique_ptr<DeviceNetwork<Real>>> networks_;
    std::vector<const DeviceNetwork<Real>*> embeddings_;  // [rows][n_types], null: none
    std::vector<Array<std::byte>> uploads_;
    std::vector<Center> centers_;
};

}  // namespace dpmd::gpu
