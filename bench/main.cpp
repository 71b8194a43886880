// main() of every benchmark program: records in the results what was used to measure them.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cases.hpp"
#include "cpu/instruction_set.hpp"
#include "variant.hpp"

namespace {

std::string processor() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "unknown";
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    try {
        std::string isas;
        for (const std::string& isa : dpmd::cpu::usable_instruction_sets()) isas += (isas.empty() ? "" : " ") + isa;
        benchmark::AddCustomContext("processor", processor());
        benchmark::AddCustomContext("instruction_sets", isas);
        for (const dpmd::Device& device : dpmd::devices())
            if (device.unusable.empty()) benchmark::AddCustomContext(device.name, device.product);
        benchmark::AddCustomContext("compiler", DPMD_BENCH_COMPILER);
        benchmark::AddCustomContext("dpmd_build", DPMD_BENCH_BUILD);
        benchmark::AddCustomContext("model", std::filesystem::path(dpmd::bench::model_path()).filename().string());
        dpmd::bench::register_cases();
        benchmark::RunSpecifiedBenchmarks();
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    benchmark::Shutdown();
    return 0;
}
