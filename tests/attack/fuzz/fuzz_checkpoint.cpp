// Checkpoints: a file gives an InputError or a simulation that runs, and one with flipped bits an InputError or the
// very same simulation. An input of up to 16 bytes says which bits to flip in which valid checkpoint: one byte, then
// four for each bit. A longer input is a file.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "checkpoint_checksum.hpp"
#include "container_mutation.hpp"
#include "tiny_run.hpp"

namespace {

using namespace dpmd;

constexpr std::int64_t n_more = 2;

/// A valid checkpoint, and the one that follows a few steps later.
struct Seed {
    std::string content, later;
};

struct Folder {
    Folder() : potential(fuzz::tiny_potential(1)) {
        for (const Ensemble& ensemble : fuzz::ensembles()) {
            Simulation simulation = fuzz::tiny_simulation(potential, ensemble);
            simulation.run(3);
            simulation.write_checkpoint(path);
            const std::string content = fuzz::content_of(path);
            if (fuzz::with_right_checksum(content) != content) {
                std::fprintf(stderr, "checkpoint_checksum.hpp knows another rule than md/checkpoint.cpp\n");
                std::abort();
            }
            seeds.push_back({content, after_more_steps()});
        }
    }

    /// Resumes from `path`; lets InputErrors pass.
    std::string after_more_steps() const {
        Simulation simulation = Simulation::resume(path, potential);
        simulation.run(n_more);
        simulation.write_checkpoint(later_path);
        return fuzz::content_of(later_path);
    }

    testing::TemporaryDirectory folder;
    std::string path = folder / "checkpoint.safetensors", later_path = folder / "later.safetensors";
    std::shared_ptr<const Potential> potential;
    std::vector<Seed> seeds;
};

const Folder& folder() {
    static const Folder made;
    return made;
}

void turn_bits(const std::uint8_t* data, std::size_t size) {
    const Seed& seed = folder().seeds[data[0] % folder().seeds.size()];
    std::string damaged = seed.content;
    for (std::size_t k = 1; k + 4 <= size; k += 4) {
        std::uint32_t bit = 0;
        std::memcpy(&bit, data + k, sizeof bit);
        bit %= static_cast<std::uint32_t>(8 * damaged.size());
        damaged[bit / 8] = char(damaged[bit / 8] ^ (1 << bit % 8));
    }
    fuzz::put_content(folder().path, damaged);
    if (folder().after_more_steps() != seed.later) {
        std::fprintf(stderr, "UNDETECTED FLIP\n");
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    try {
        if (size <= 16) {
            turn_bits(data, size);
        } else {
            fuzz::put_content(folder().path, {reinterpret_cast<const char*>(data), size});
            (void)folder().after_more_steps();
        }
    } catch (const InputError&) {
        return 0;
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    fuzz::Random random(seed);
    if (random.below(3) == 0) {
        std::string flips(1, char(random.below(6)));
        for (int n = 1 + random.below(3); n > 0; --n)
            for (int k = 0; k < 4; ++k) flips += char(random.below(256));
        return fuzz::put(flips, data, max_size);
    }
    if (size <= 16 || random.below(16) == 0) {
        const auto& seeds = folder().seeds;
        return fuzz::put(seeds[std::size_t(random.below(int(seeds.size())))].content, data, max_size);
    }
    fuzz::Container file(data, size);
    file.mutate(random);
    const std::string mutated = file.file();
    return fuzz::put(random.below(8) == 0 ? mutated : fuzz::with_right_checksum(mutated), data, max_size);
}
