// Untrusted model files give an InputError, or a model that computes without a fault.
#include <algorithm>
#include <cmath>
#include <span>

#include "container_mutation.hpp"
#include "dpmd/potential.hpp"
#include "support/model_files.hpp"
#include "support/model_recipes.hpp"
#include "support/temporary_file.hpp"

namespace {

using namespace dpmd;

std::string text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A small model of every kind.
const std::vector<std::string>& seeds() {
    static const std::vector<std::string> files = [] {
        std::vector<std::string> out;
        std::uint64_t seed = 0;
        for (testing::ModelRecipe recipe : testing::model_recipes()) {
            recipe.sel.resize(std::min(recipe.sel.size(), std::size_t(2)));
            if (recipe.embedding.back() <= 8)
                out.push_back(text_of(testing::model_parts(testing::random_model(recipe, ++seed)).bytes()));
        }
        return out;
    }();
    return files;
}

void compute(const std::uint8_t* data, std::size_t size) {
    PotentialOptions options;
    options.threads = 1;
    options.overflow = "keep_nearest";
    // the form comes from the file's bytes, so that the input determines everything
    const int form = size > 0 ? data[size - 1] % 8 : 0;
    if (form == 1) options.precision = "mix32";
    if (form == 2) options.compress = "moment";
    Potential potential(std::as_bytes(std::span(data, size)), "fuzz", options);
    const ModelInfo& info = potential.info();
    if (info.cutoff > 12) return;  // correct, but slow: thousands of images of the box below
    const std::vector<double> positions{0, 0, 0, 1.1, 0.2, 0.3, 0.3, 1.4, 0.9, 2.0, 1.7, 2.2};
    const auto n_types = static_cast<std::int32_t>(info.type_map.size());
    const std::vector<std::int32_t> types{0, n_types - 1, -1, std::min(1, n_types - 1)};
    const std::vector<double> fparam(std::size_t(info.n_fparam), 0.1), aparam(4 * std::size_t(info.n_aparam), 0.1);
    const Box box{{4, 0, 0, 0.5, 4, 0, 0, 0.3, 5}, {true, true, true}};
    const Result result = potential.compute({positions, types, box, fparam, aparam}, true);
    if (!std::isfinite(result.energy)) __builtin_trap();  // a result that is not finite must be an error
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        compute(data, size);
    } catch (const InputError&) {
        return 0;
    } catch (const DeviceError&) {  // out of memory
        return 0;
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    fuzz::Random random(seed);
    if (size < 64 || random.below(16) == 0)
        return fuzz::put(seeds()[std::size_t(random.below(int(seeds().size())))], data, max_size);
    if (random.below(8) == 0) return LLVMFuzzerMutate(data, size, max_size);
    fuzz::Container file(data, size);
    file.mutate(random);
    return fuzz::put(file.file(), data, max_size);
}
