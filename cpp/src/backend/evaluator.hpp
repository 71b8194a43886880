#pragma once
// The contract between engines and backends: which models are evaluated, on which atoms, and where results go.
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/evaluate.hpp"
#include "models/model_data.hpp"

namespace dpmd {

/// The arithmetic of the networks; environment, energies, forces and virials are summed in double. mix16: matrix
/// products of values rounded to bfloat16, summed in single; mix32_tf32: values rounded to the 10 bits that GPUs
/// multiply fast; mix32_3xtf32: each value is a sum of two such numbers, which gives about single accuracy. The latter
/// two run on GPUs only.
enum class Precision { fp64, mix32, mix32_3xtf32, mix32_tf32, mix16 };

/// A model and how it is run.
struct RunnableModel {
    std::shared_ptr<const ModelData> data;
    Precision precision = Precision::fp64;
    OverflowPolicy overflow = OverflowPolicy::error;
};

/// One evaluation, or a part of one. Each part has its own atoms, whose neighbours must be up to date; the first part
/// clears the outputs, the last completes them.
struct Evaluation {
    Neighborhood neighborhood;
    const double* aparam = nullptr;  ///< [n_owned][n_aparam] in backend memory
    bool begins = true, ends = true;
    bool may_defer = false;  ///< leave atoms that need the fallback waiting instead of asking the host
    std::size_t first_model = 0;
    std::span<const ModelCall> calls;  ///< for the models from first_model on
};

/// How many numbers describe an atom.
struct DescriptionWidths {
    int descriptor = 0;
    int hidden = 0;  ///< width of the widest fitting net's last hidden layer; 0: cannot describe atoms
};

/// Where the networks as trained put descriptors and last hidden layer of each atom. Nothing else is written.
struct DescribeOutputs {
    double* descriptors = nullptr;  ///< [n_owned][descriptor]
    double* hidden = nullptr;       ///< [n_owned][hidden], zeros after a narrower net's outputs
};

/// Models prepared by a backend for the same atoms: the evaluator holds their packed weights and its own scratch. An
/// environment that models have in common is computed once. One evaluation at a time.
class Evaluator {
public:
    virtual ~Evaluator() = default;
    /// Adds a model after the others.
    virtual void add_model(const RunnableModel& model) = 0;
    virtual void evaluate(const Evaluation& evaluation) = 0;
    /// The widths of the first model's descriptions of atoms.
    virtual DescriptionWidths description_widths() const { return {}; }
    /// Describes atoms with the first model, where its widths are not zero. The calls of the evaluation hold parameters
    /// only.
    virtual EvaluateStatus describe(const Evaluation&, const DescribeOutputs&) { return {}; }
    /// Times by stage, over all evaluations of the first model.
    virtual std::vector<StageSeconds> stage_times() const = 0;
    /// Scratch held now, bytes.
    virtual std::size_t scratch_bytes() const = 0;
    /// The packed weights, bytes.
    virtual std::size_t model_bytes() const = 0;
    /// What was measured and chosen when the models were loaded, one line each, for people to read; empty: nothing.
    virtual std::string choices() const { return {}; }
};

}  // namespace dpmd
