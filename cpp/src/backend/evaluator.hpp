#pragma once
// The contract between the engines and the backends: which models are evaluated, on which atoms, and where answers go.
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/evaluate.hpp"
#include "models/model_data.hpp"

namespace dpmd {

/// The arithmetic of the networks; environment, energies, forces and virials are summed in double. mix16: matrix
/// products of values rounded to bfloat16, summed in single; mix32_tf32: rounded to the 10 bits that GPUs multiply
/// fast; mix32_3xtf32: sums of two such values, which is about single accuracy. The latter two run on GPUs only.
enum class Precision { fp64, mix32, mix32_3xtf32, mix32_tf32, mix16 };

/// A model and how it is run.
struct RunnableModel {
    std::shared_ptr<const ModelData> data;
    Precision precision = Precision::fp64;
    OverflowPolicy overflow = OverflowPolicy::error;
};

/// One evaluation, or a part of one. Parts have their own atoms, and what else those need in place; the first part
/// clears the outputs, the last completes them.
struct Evaluation {
    Neighborhood neighborhood;
    const double* aparam = nullptr;  ///< [n_owned][n_aparam] in backend memory
    bool begins = true, ends = true;
    bool may_defer = false;  ///< rather leave atoms that need the fallback waiting than ask the host what to do
    std::size_t first_model = 0;
    std::span<const ModelCall> calls;  ///< of the models from first_model on
};

/// How many numbers describe an atom.
struct DescriptionWidths {
    int descriptor = 0;
    int hidden = 0;  ///< of the widest fitting net's last hidden layer; 0: the evaluator describes no atoms
};

/// Where the networks as trained put what they make of each atom on the way to its energy. Nothing else is written.
struct DescribeOutputs {
    double* descriptors = nullptr;  ///< [n_owned][descriptor]
    double* hidden = nullptr;       ///< [n_owned][hidden], zeros behind a narrower net's
};

/// Models prepared by a backend for the same atoms: weights packed and resident, scratch owned. What the models see
/// alike is formed once. One evaluation at a time.
class Evaluator {
public:
    virtual ~Evaluator() = default;
    /// One more model behind the others.
    virtual void add_model(const RunnableModel& model) = 0;
    virtual void evaluate(const Evaluation& evaluation) = 0;
    /// What the first model can say of its atoms.
    virtual DescriptionWidths description_widths() const { return {}; }
    /// By the first model, where its widths are not zero. The calls of the evaluation hold parameters only.
    virtual EvaluateStatus describe(const Evaluation&, const DescribeOutputs&) { return {}; }
    /// By stage, over all evaluations of the first model.
    virtual std::vector<StageSeconds> stage_times() const = 0;
    /// Scratch held now, bytes.
    virtual std::size_t scratch_bytes() const = 0;
    /// The packed weights, bytes.
    virtual std::size_t model_bytes() const = 0;
    /// What was measured and chosen when the models were loaded, a line each, for people to read; empty: nothing.
    virtual std::string choices() const { return {}; }
};

}  // namespace dpmd
