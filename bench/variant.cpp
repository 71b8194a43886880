#include "variant.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "core/text.hpp"
#include "cpu/instruction_set.hpp"
#include "dpmd/errors.hpp"
#include "models/file.hpp"
#include "peak.hpp"

namespace dpmd::bench {
namespace {

constexpr const char* forms[] = {"off", "table", "moment"};
constexpr const char* precisions[] = {"double", "mix32", "mix16"};
constexpr const char* device_precisions[] = {"double", "mix32", "mix32-3xtf32", "mix32-tf32", "mix16"};

}  // namespace

std::string model_path() {
    const char* path = std::getenv("DPMD_BENCH_MODEL");
    return path != nullptr && *path != '\0' ? path : DPMD_TREE "/examples/water/water_small.dpmd";
}

const ModelData& model() {
    static const ModelData data = read_model(model_path());
    return data;
}

std::string Variant::name() const {
    const std::string where = is_on_cpu() ? concat("isa:", isa) : concat("device:", device);
    return concat("form:", form, "/precision:", precision, "/", where);
}

std::string Size::name() const {
    return threads > 0 ? concat("side:", side, "/threads:", threads) : concat("side:", side);
}

std::vector<std::string> usable_devices() {
    std::vector<std::string> names;
    for (const Device& device : devices())
        if (device.unusable.empty()) names.push_back(device.name);
    return names;
}

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
                out.push_back({form, precision, isa, "cpu"});
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

std::vector<Variant> with_devices(std::vector<Variant> variants) {
    for (const std::string& device : usable_devices())
        for (const char* form : forms)
            for (const char* precision : device_precisions) variants.push_back({form, precision, "", device});
    return variants;
}

std::vector<Size> sizes_on(const std::string& device, const std::vector<int>& cpu_sides) {
    std::vector<Size> out;
    if (device == "cpu")
        for (const int threads : {1, 2})
            for (const int side : cpu_sides) out.push_back({side, threads});
    else
        for (const int side : {1, 2, 4, 8, 16}) out.push_back({side, 0});
    return out;
}

double peak_of(const Variant& variant, int threads) {
    return variant.is_on_cpu() ? threads * peak_flops(variant.isa, variant.precision) : 0;
}

std::shared_ptr<Potential> load(const Variant& variant, int threads, double skin) {
    static std::tuple<Variant, int, double> loaded;
    static auto& potential = *new std::shared_ptr<Potential>;  // never destroyed: a device may be gone before
    const std::tuple wanted(variant, threads, skin);
    if (potential == nullptr || loaded != wanted) {
        potential.reset();  // frees its memory, which may be needed
        PotentialOptions options;
        options.device = variant.device;
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
