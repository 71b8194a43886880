#pragma once
// Host codes that call libdeepmd_c: models in files, and the atoms of a host as the interface takes them.
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "deepmd/c_api.h"
#include "dpmd/potential.hpp"
#include "support/host_atoms.hpp"
#include "support/model_files.hpp"
#include "support/random_models.hpp"
#include "support/temporary_file.hpp"

namespace dpmd::testing {

/// A variable of the environment while this object lives.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
    ~Variable() { ::unsetenv(name_); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

private:
    const char* name_;
};

/// A text of the library, which is freed.
inline std::string taken(const char* text) {
    std::string out = text;
    DP_DeleteChar(text);
    return out;
}

inline std::string error_of(DP_DeepPot* model) { return taken(DP_DeepPotCheckOK(model)); }
inline std::string error_of(DP_DeepPotModelDevi* models) { return taken(DP_DeepPotModelDeviCheckOK(models)); }

/// A name that says nothing about what is in the file.
inline std::string write_model(const TemporaryDirectory& folder, const std::string& name, const ModelRecipe& recipe,
                               std::uint64_t seed) {
    write_bytes(folder / name, model_parts(random_model(recipe, seed)).bytes());
    return folder / name;
}

inline ModelRecipe roomy_recipe() {
    ModelRecipe recipe;
    recipe.sel = {300, 300};
    return recipe;
}

/// Room for the results of one call, filled with a mark.
template <class Real>
struct Room {
    explicit Room(std::size_t n_atoms, std::size_t n_blocks = 1)
        : energy(n_blocks, -777),
          force(3 * n_atoms * n_blocks, -777),
          virial(9 * n_blocks, -777),
          atom_energy(n_atoms * n_blocks, -777),
          atom_virial(9 * n_atoms * n_blocks, -777) {}
    std::vector<double> energy;
    std::vector<Real> force, virial, atom_energy, atom_virial;
};

/// The lists of a host as DP_NewNlist takes them.
struct HostNlist {
    explicit HostNlist(Host& host) {
        for (std::int32_t i = 0; i < host.n_owned; ++i) {
            atoms.push_back(i);
            pointers.push_back(host.lists[std::size_t(i)].data());
        }
        nlist = DP_NewNlist(host.n_owned, atoms.data(), host.counts.data(), pointers.data());
    }
    ~HostNlist() { DP_DeleteNlist(nlist); }
    HostNlist(const HostNlist&) = delete;
    HostNlist& operator=(const HostNlist&) = delete;

    std::vector<int> atoms;
    std::vector<int*> pointers;
    DP_Nlist* nlist;
};

/// Two models in files, which are also loaded, and atoms in a box.
class HostCode : public ::testing::Test {
protected:
    HostCode() : system_(random_system(box_kind("triclinic"), 30, 2, 0.9, 1, true)) {
        ::setenv("DP_INTRA_OP_PARALLELISM_THREADS", "2", 1);
        for (const char* name : {"first.pb", "second.pth"})
            paths_.push_back(write_model(folder_, name, roomy_recipe(), 7 + paths_.size()));
        for (const std::string& path : paths_) {
            names_.push_back(path.c_str());
            potentials_.push_back(std::make_unique<Potential>(path));
        }
        model_ = DP_NewDeepPot(names_[0]);
        models_ = DP_NewDeepPotModelDevi(names_.data(), 2);
        EXPECT_EQ(error_of(model_), "");
        EXPECT_EQ(error_of(models_), "");
    }
    ~HostCode() override {
        DP_DeleteDeepPot(model_);
        DP_DeleteDeepPotModelDevi(models_);
        ::unsetenv("DP_INTRA_OP_PARALLELISM_THREADS");
    }

    int n() const { return system_.n(); }
    Result expected(std::size_t model, const System& system) {
        return potentials_[model]->compute({system.positions, system.types, system.box, {}, {}}, true);
    }
    Result expected(std::size_t model = 0) { return expected(model, system_); }
    double compute_energy(DP_DeepPot* model) {
        double energy = -777;
        DP_DeepPotCompute(model, n(), system_.positions.data(), system_.types.data(), system_.box.cell.data(), &energy,
                          nullptr, nullptr, nullptr, nullptr);
        return energy;
    }

    System system_;
    TemporaryDirectory folder_;
    std::vector<std::string> paths_;
    std::vector<const char*> names_;
    std::vector<std::unique_ptr<Potential>> potentials_;
    DP_DeepPot* model_ = nullptr;
    DP_DeepPotModelDevi* models_ = nullptr;
};

}  // namespace dpmd::testing
