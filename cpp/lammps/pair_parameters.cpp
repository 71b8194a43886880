// Frame and atomic parameters of the pair style: numbers in the input, or values of a compute or fix in each step.
#include <atom.h>
#include <compute.h>
#include <error.h>
#include <fix.h>
#include <modify.h>
#include <update.h>

#include <algorithm>
#include <string>
#include <utility>

#include "pair_dpmd.hpp"

namespace dpmd::lammps {

using namespace LAMMPS_NS;

void PairDpmd::check_parameter_counts() {
    const Settings& s = settings_;
    const auto check = [&](const char* keyword, int n_given, int needed) {
        if (n_given != needed)
            error->all(FLERR, "pair_style dpmd: {} has {} values, but {} takes {}", keyword, n_given, s.models.front(),
                       needed);
    };
    const auto check_taken = [&](const char* keyword, const std::string& id, int needed) {
        if (!id.empty() && needed == 0)
            error->all(FLERR, "pair_style dpmd: {} {}: {} takes no such parameters", keyword, id, s.models.front());
    };
    check_taken("fparam_from_compute", s.fparam_from_compute, info_.n_fparam);
    check_taken("fparam_from_fix", s.fparam_from_fix, info_.n_fparam);
    check_taken("aparam_from_compute", s.aparam_from_compute, info_.n_aparam);
    // if there are none, the engine knows whether there is a default
    if (!s.fparam.empty()) check("fparam", int(s.fparam.size()), info_.n_fparam);
    if (s.aparam_from_compute.empty()) check("aparam", int(s.aparam.size()), info_.n_aparam);
    fparam_ = s.fparam;
}

/// Looks them up again, because computes and fixes may come and go between runs.
void PairDpmd::find_parameter_sources() {
    const auto [n_fparam, n_aparam] = std::pair(info_.n_fparam, info_.n_aparam);
    fparam_compute_ = aparam_compute_ = nullptr;
    fparam_fix_ = nullptr;
    const auto must_exist = [&](const void* source, const char* keyword, const std::string& id) {
        if (source == nullptr) error->all(FLERR, "pair_style dpmd: {} {}: there is none of this ID", keyword, id);
    };
    const auto must_give = [&](bool does, const char* keyword, const std::string& id, int n, const char* what) {
        if (!does)
            error->all(FLERR, "pair_style dpmd: {} {}: it must give {} of {}, as many as {} takes", keyword, id, what,
                       n == 1 ? "1 value" : std::to_string(n) + " values", settings_.models.front());
    };
    constexpr const char *global = "a global scalar or vector", *per_atom = "a per-atom vector or array";
    if (const std::string& id = settings_.fparam_from_compute; !id.empty()) {
        const Compute* c = fparam_compute_ = modify->get_compute_by_id(id);
        must_exist(c, "fparam_from_compute", id);
        must_give((n_fparam == 1 && c->scalar_flag) || (c->vector_flag && c->size_vector == n_fparam),
                  "fparam_from_compute", id, n_fparam, global);
    }
    if (const std::string& id = settings_.fparam_from_fix; !id.empty()) {
        const Fix* f = fparam_fix_ = modify->get_fix_by_id(id);
        must_exist(f, "fparam_from_fix", id);
        must_give((n_fparam == 1 && f->scalar_flag) || (f->vector_flag && f->size_vector == n_fparam),
                  "fparam_from_fix", id, n_fparam, global);
    }
    if (const std::string& id = settings_.aparam_from_compute; !id.empty()) {
        const Compute* c = aparam_compute_ = modify->get_compute_by_id(id);
        must_exist(c, "aparam_from_compute", id);
        must_give(c->peratom_flag && std::max(c->size_peratom_cols, 1) == n_aparam, "aparam_from_compute", id, n_aparam,
                  per_atom);
    }
}

/// Follows LAMMPS' protocol for users of computes: announce the use before, and the time of the next one.
void PairDpmd::update_parameters() {
    const auto n = std::size_t(atom->nlocal);
    if (fparam_compute_ != nullptr || aparam_compute_ != nullptr) modify->clearstep_compute();
    if (fparam_compute_ != nullptr) take_fparam_of_compute();
    if (fparam_fix_ != nullptr) take_fparam_of_fix();
    if (aparam_compute_ != nullptr) {
        take_aparam_of_compute();
    } else {
        aparam_.resize(n * settings_.aparam.size());
        for (std::size_t k = 0; k < aparam_.size(); ++k) aparam_[k] = settings_.aparam[k % settings_.aparam.size()];
    }
    if (fparam_compute_ != nullptr || aparam_compute_ != nullptr) modify->addstep_compute(update->ntimestep + 1);
}

void PairDpmd::take_fparam_of_compute() {
    Compute& compute = *fparam_compute_;
    if (info_.n_fparam == 1 && compute.scalar_flag) {
        fparam_ = {compute.compute_scalar()};
        compute.invoked_flag |= Compute::INVOKED_SCALAR;
        return;
    }
    compute.compute_vector();
    compute.invoked_flag |= Compute::INVOKED_VECTOR;
    fparam_.assign(compute.vector, compute.vector + info_.n_fparam);
}

void PairDpmd::take_fparam_of_fix() {
    if (info_.n_fparam == 1 && fparam_fix_->scalar_flag) {
        fparam_ = {fparam_fix_->compute_scalar()};
        return;
    }
    fparam_.resize(std::size_t(info_.n_fparam));
    for (int k = 0; k < info_.n_fparam; ++k) fparam_[std::size_t(k)] = fparam_fix_->compute_vector(k);
}

void PairDpmd::take_aparam_of_compute() {
    Compute& compute = *aparam_compute_;
    compute.compute_peratom();
    compute.invoked_flag |= Compute::INVOKED_PERATOM;
    aparam_.clear();
    for (int i = 0; i < atom->nlocal; ++i) {
        const double* first = compute.size_peratom_cols == 0 ? &compute.vector_atom[i] : compute.array_atom[i];
        aparam_.insert(aparam_.end(), first, first + info_.n_aparam);
    }
}

}  // namespace dpmd::lammps
