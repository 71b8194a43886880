#pragma once
// The pair style: passes LAMMPS' atoms, ghosts and lists to the C interface of dpmd, and energies, forces and virials
// back.
#include <dpmd/dpmd.h>
#include <pair.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deviation_log.hpp"
#include "settings.hpp"

namespace LAMMPS_NS {
class Compute;
class Fix;
}  // namespace LAMMPS_NS

namespace dpmd::lammps {

/// One unit of the engine (Å, eV, eV/Å) in units of the input.
struct Units {
    double length = 1, energy = 1;
    double force() const { return energy / length; }
};

class PairDpmd final : public LAMMPS_NS::Pair {
public:
    explicit PairDpmd(LAMMPS_NS::LAMMPS* lammps);
    ~PairDpmd() override;

    void settings(int n_words, char** words) override;
    void coeff(int n_words, char** words) override;
    void init_style() override;
    double init_one(int i, int j) override;
    void compute(int eflag, int vflag) override;
    int pack_reverse_comm(int n, int first, double* buffer) override;
    void unpack_reverse_comm(int n, int* atoms, double* buffer) override;
    double memory_usage() override;

private:
    struct Free {
        void operator()(dpmd_engine* engine) const { dpmd_free(engine); }
    };

    void load_models();
    void warn_of_exclusions();
    void warn(const std::string& message) const;  // once for all ranks
    void must(int status) const;                  // raises LAMMPS' error with the engine's text unless DPMD_OK

    // pair_types.cpp
    void forget_types();
    void take_types_by_name(const std::vector<std::string>& names, const std::vector<std::int32_t>& labelled);
    void take_types_without_names(const std::vector<std::int32_t>& labelled);
    void claim_pairs();
    void check_masses();
    std::vector<std::int32_t> types_by_label() const;
    std::vector<std::string> type_names() const;
    std::int32_t model_type(const char* name) const;
    std::string described(const std::vector<std::int32_t>& types_of, const char* otherwise = "of no concern") const;

    // pair_parameters.cpp
    void check_parameter_counts();
    void find_parameter_sources();
    void update_parameters();
    void take_fparam_of_compute();
    void take_fparam_of_fix();
    void take_aparam_of_compute();

    // pair_neighbors.cpp
    bool neighbors_are_new();
    void find_first_type();
    void set_neighbors();
    void check_pairs_are_ours() const;
    void check_special_bonds() const;

    // pair_compute.cpp
    const double* positions();
    void evaluate(int n_models);
    void add_forces();
    void add_energy_and_virial();
    void add_atom_virials();

    // pair_deviation.cpp
    bool writes_deviations() const;
    void begin_log();
    void write_deviation();
    Deviation virial_deviation() const;

    Settings settings_;
    std::unique_ptr<dpmd_engine, Free> engine_;
    dpmd_info info_{};
    Units units_;
    std::vector<std::int32_t> model_type_;  // [ntypes + 1], -1: not for this model
    bool masses_are_checked_ = false;
    std::optional<DeviationLog> log_;  // on rank 0, with several models, from the first step on
    bool has_log_ = false;             // on all ranks

    // sources of parameters in each step, and the latest values; without a compute or fix the input's numbers
    LAMMPS_NS::Compute* fparam_compute_ = nullptr;
    LAMMPS_NS::Compute* aparam_compute_ = nullptr;
    LAMMPS_NS::Fix* fparam_fix_ = nullptr;
    std::vector<double> fparam_, aparam_;  // [n_fparam] or empty: the model's default; [n_owned][n_aparam]

    // the neighbours that the engine has
    bool has_neighbors_ = false;
    std::int64_t n_builds_ = -1;
    std::int32_t first_type_ = -1;  // of the atom with the lowest ID on all ranks; -1: not known yet
    int n_owned_ = -1, n_ghosts_ = -1;
    std::vector<std::int32_t> types_, counts_;  // [n_owned + n_ghosts], [inum]
    std::vector<const std::int32_t*> lists_;    // [inum]
    std::vector<std::int64_t> ids_;             // [n_owned + n_ghosts]

    // results of the last evaluation, in units of the engine
    int n_models_ = 0;
    std::vector<double> positions_;  // only if units differ from the engine's
    std::vector<double> energies_, forces_, virials_, atom_energies_, atom_virials_;
};

}  // namespace dpmd::lammps
