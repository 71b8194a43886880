#include "dpmd/model.hpp"

#include <utility>

#include "core/text.hpp"
#include "engine/choose_compression.hpp"
#include "engine/conversion/converted_model.hpp"
#include "engine/inputs.hpp"
#include "importers/convert.hpp"
#include "io/regular_file.hpp"
#include "models/bytes.hpp"
#include "models/file.hpp"
#include "models/local/compress/describe.hpp"

namespace dpmd {
namespace {

/// The model in a file of any format.
ModelData read_any(std::vector<std::byte> content, const std::string& name) {
    const importers::Format format = importers::format_of(content, name);
    if (format == importers::Format::dpmd) return read_model(std::move(content), name);
    if (importers::is_read_here(format)) return read_model(convert_model_file(content, name).content, name);
    return converted_model(content, name, concat("a ", importers::describe(format)));
}

Precision precision_of(const std::string& name) {
    if (name == "double") return Precision::fp64;
    if (name == "mix32") return Precision::mix32;
    if (name == "mix32-3xtf32") return Precision::mix32_3xtf32;
    if (name == "mix32-tf32") return Precision::mix32_tf32;
    if (name == "mix16") return Precision::mix16;
    throw InputError(concat("precision = '", name, "' is not one of: double, mix32, mix32-3xtf32, mix32-tf32, mix16"));
}

Compression compression_of(const std::string& name) {
    if (name == "off") return Compression::none;
    if (name == "table") return Compression::table;
    if (name == "moment") return Compression::moment;
    throw InputError(concat("compress = '", name, "' is not one of: off, moment, table"));
}

/// Below the rounding errors of the precision, and far below the accuracy that papers claim for such models.
double default_tolerance(Precision precision) {
    switch (precision) {
        case Precision::fp64: return 1e-7;
        case Precision::mix32:
        case Precision::mix32_3xtf32: return 1e-6;
        case Precision::mix32_tf32: return 1e-5;
        case Precision::mix16: return 1e-4;
    }
    return 1e-7;
}

ChosenForm choose_form(ModelData&& data, const ModelOptions& options, Precision precision) {
    const Compression form = compression_of(options.compress);
    if (!(options.tolerance >= 0) || !(options.tolerance < 1))
        throw InputError(concat("tolerance = ", options.tolerance, " eV/Å must lie between 0 and 1"));
    auto model = std::make_shared<const ModelData>(std::move(data));
    if (form == Compression::none) return {std::move(model), {}};
    const double tolerance = options.tolerance > 0 ? options.tolerance : default_tolerance(precision);
    return choose_compression(model, form, tolerance, options.threads);
}

ModelInfo info_of(const ModelData& model) {
    const ModelTraits traits = traits_of(model);
    return {model.type_map, traits.cutoff, traits.sel, traits.n_fparam, traits.n_aparam, model.min_neighbor_distance,
            model.metadata};
}

}  // namespace

struct Model::Implementation {
    Implementation(ModelData&& data, const ModelOptions& given)
        : options(given), runnable{nullptr, precision_of(given.precision), overflow_policy(given.overflow)} {
        const ChosenForm chosen = choose_form(std::move(data), given, runnable.precision);
        runnable.data = chosen.model;
        info = info_of(*chosen.model);
        compression = describe_compression(*chosen.model, chosen.report, runnable.precision == Precision::fp64 ? 8 : 4);
    }

    ModelOptions options;
    RunnableModel runnable;
    ModelInfo info;
    CompressionInfo compression;
};

Model::Model(const std::string& path, const ModelOptions& options)
    : implementation_(
          std::make_shared<const Implementation>(read_any(read_regular_file(path, max_model_bytes), path), options)) {}
Model::Model(std::span<const std::byte> file, const std::string& name, const ModelOptions& options)
    : implementation_(std::make_shared<const Implementation>(
          read_any(std::vector<std::byte>(file.begin(), file.end()), name), options)) {}

Model Model::with_overflow(const std::string& overflow) const {
    auto changed = std::make_shared<Implementation>(*implementation_);
    changed->options.overflow = overflow;
    changed->runnable.overflow = overflow_policy(overflow);
    Model out = *this;
    out.implementation_ = std::move(changed);
    return out;
}

const ModelInfo& Model::info() const { return implementation_->info; }
const ModelOptions& Model::options() const { return implementation_->options; }
const CompressionInfo& Model::compression() const { return implementation_->compression; }
std::size_t Model::bytes() const { return bytes_of(*implementation_->runnable.data); }
const RunnableModel& Model::runnable() const { return implementation_->runnable; }

}  // namespace dpmd
