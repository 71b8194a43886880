#include "settings.hpp"

#include <charconv>
#include <cstdlib>
#include <optional>

#include "handle.hpp"

namespace dpmd::deepmd {
namespace {

/// Reads variables, and remembers those that are set. Empty ones are not.
class Reader {
public:
    explicit Reader(Settings& settings) : settings_(settings) {}

    const char* value(const char* variable) {
        const char* value = std::getenv(variable);
        if (value == nullptr || *value == '\0') return nullptr;
        settings_.variables.emplace_back(variable, value);
        return value;
    }
    void text(const char* variable, std::string& to) {
        if (const char* found = value(variable)) to = found;
    }
    template <class Number>
    bool number(const char* variable, Number& to, const char* meaning) {
        const char* found = value(variable);
        if (found == nullptr) return false;
        const std::string text = found;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
        if (error != std::errc() || end != text.data() + text.size() || !(to >= 0))
            throw Failure(std::string(variable) + " = '" + text + "' in the environment is not " + meaning);
        return true;
    }

private:
    Settings& settings_;
};

/// The rank's device of a kind, as "cuda:1"; nothing where there is none.
std::optional<std::string> device_of_rank(const char* kind, int gpu_rank) {
    const int n = dpmd_device_count(kind);
    if (n <= 0) return std::nullopt;
    return std::string(kind) + ":" + std::to_string(gpu_rank > 0 ? gpu_rank % n : 0);
}

std::string device_of_rank(const std::string& device, int gpu_rank) {
    if (device == "auto") {
        for (const char* kind : {"cuda", "hip"})
            if (const auto found = device_of_rank(kind, gpu_rank)) return *found;
        return "cpu";
    }
    if (device == "cuda" || device == "hip") return device_of_rank(device.c_str(), gpu_rank).value_or(device);
    return device;
}

bool is_set(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

/// Whether a launcher has started several processes like this one, which share the cores of their nodes.
bool is_one_of_several() {
    for (const char* size : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"})
        if (const char* value = std::getenv(size); value != nullptr && std::atoi(value) > 1) return true;
    return false;
}

}  // namespace

Settings settings_of_environment() {
    Settings out;
    Reader reader(out);
    reader.text("DPMD_DEVICE", out.device);
    reader.text("DPMD_PRECISION", out.precision);
    reader.text("DPMD_COMPRESS", out.compress);
    reader.text("DPMD_OVERFLOW", out.overflow);
    reader.number("DPMD_TOLERANCE", out.tolerance, "a force error in eV/Å, 0 or more");
    constexpr const char* count = "a number of threads; use 0 for as many as OMP_NUM_THREADS says";
    const bool is_said = reader.number("DP_INTRA_OP_PARALLELISM_THREADS", out.threads, count) ||
                         reader.number("TF_INTRA_OP_PARALLELISM_THREADS", out.threads, count);
    if (!is_said && !is_set("OMP_NUM_THREADS") && is_one_of_several()) out.threads = 1;
    return out;
}

dpmd_options Settings::options(int gpu_rank) {
    device = device_of_rank(device, gpu_rank);
    DPMD_INIT(dpmd_options, out);
    out.device = device.c_str();
    out.precision = precision.c_str();
    out.compress = compress.c_str();
    out.tolerance = tolerance;
    out.overflow = overflow.c_str();
    out.threads = threads;
    return out;
}

std::string Settings::explained(const std::string& error) const {
    std::string named;
    for (const auto& [variable, value] : variables)
        if (error.find("'" + value) != std::string::npos || error.find("= " + value) != std::string::npos)
            named.append(named.empty() ? "" : ", ").append(variable).append("=").append(value);
    return named.empty() ? error : error + " (the environment has " + named + ")";
}

std::string Settings::line() const {
    return "device " + device + ", precision " + precision + ", compress " + compress + ", overflow " + overflow +
           ", threads " + (threads > 0 ? std::to_string(threads) : "as OMP_NUM_THREADS, or all cores");
}

}  // namespace dpmd::deepmd
