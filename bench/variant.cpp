#include "variant.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "core/text.hpp"
#include "cpu/instruction_set.hpp"
#include "dpmd/errors.hpp"
#include "model/model_file.hpp"
#include "peak.hpp"

namespace dpmd::bench {
namespace {

constexpr const char* forms[] = {"off", "table", "moment"};
constexpr const char* precisions[] = {"double", "mix32", "mix16"};

}  // namespace

std::string model_path() {
    const char* path = std::getenv("DPMD_BENCH_MODEL");
    return path != nullptr && *path != '\0' ? path : DPMD_TREE "/examples/water/water_small.dpmd";
}

const ModelSpec& model() {
    static const ModelSpec spec = read_model(model_path());
    return spec;
}

std::string Variant::name() const { return concat("form:", form, "/precision:", precision, "/isa:", isa); }

std::vector<std::string> kernel_sets() {
    std::vector<std::string> names = cpu::usable_instruction_sets();
    std::erase_if(names, [](const std::string& name) { return !has_own_peak(name); });
    return names;
}

std::vector<Variant> all_variants() {
    std::vector<Variant> out;
    for (const char* form : forms)
        for (const std::string precision : precisions)
            for (const std::string& isa : precision == "mix16" ? cpu::usable_instruction_sets() : kernel_sets())
                out.push_back({form, precision, isa});
    return out;
}

std::vector<Variant> fastest_variants() {
    std::vector<Variant> out = all_variants();
    std::erase_if(out, [](const Variant& variant) {
        return variant.isa !=
               (variant.precision == "mix16" ? cpu::usable_instruction_sets().back() : kernel_sets().back());
    });
    return out;
}

std::shared_ptr<Potential> load(const Variant& variant, int threads, double skin) {
    static std::tuple<Variant, int, double> loaded;
    static std::shared_ptr<Potential> potential;
    const std::tuple wanted(variant, threads, skin);
    if (potential == nullptr || loaded != wanted) {
        PotentialOptions options;
        options.threads = threads;
        options.skin = skin;
        options.compress = variant.form;
        options.precision = variant.precision;
        options.instruction_set = variant.isa;
        potential = std::make_shared<Potential>(model_path(), options);
        loaded = wanted;
    }
    const CompressionInfo& compression = potential->compression();
    if (variant.form != "off" && !compression.active) throw InputError(compression.refusal);
    return potential;
}

}  // namespace dpmd::bench
