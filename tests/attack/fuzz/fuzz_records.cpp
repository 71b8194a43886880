// Trajectories and tables that a resumed run continues: a file that is not as it was at the checkpoint is refused and
// left unchanged; otherwise it is cut there, and the rest is kept aside. An input is a byte that names the file, then
// its content.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "container_mutation.hpp"
#include "tiny_run.hpp"

namespace {

using namespace dpmd;

constexpr std::int64_t n_steps = 12, checkpoint_step = 8;  // one checkpoint, at step 8

/// A file as the run left it, and as it was at the checkpoint.
struct Written {
    std::string name, content, at_checkpoint;
};

struct Run {
    Run() : potential(fuzz::tiny_potential(1)) {
        Simulation simulation = fuzz::tiny_simulation(potential, Langevin{300, 50});
        fuzz::write_records(simulation, folder.path());
        simulation.checkpoint(folder / "checkpoint.safetensors", checkpoint_step);
        simulation.run(checkpoint_step);
        for (const std::string& name : fuzz::record_files())
            files.push_back({name, "", fuzz::content_of(folder / name)});
        simulation.run(n_steps - checkpoint_step);
        for (Written& file : files) file.content = fuzz::content_of(folder / file.name);
    }

    testing::TemporaryDirectory folder;
    std::shared_ptr<const Potential> potential;
    std::vector<Written> files;
};

const Run& whole_run() {
    static const Run run;
    return run;
}

[[noreturn]] void lost(const std::string& what, const std::string& before, const std::string& after) {
    std::fprintf(stderr, "DATA LOSS: %s\n--- before\n%s\n--- after\n%s\n", what.c_str(), before.c_str(), after.c_str());
    std::abort();
}

void resume(const Written& file, const std::string& damaged) {
    const Run& run = whole_run();
    const std::string path = run.folder / file.name;
    for (const auto& entry : std::filesystem::directory_iterator(run.folder.path()))  // remove what earlier inputs left
        if (entry.path().filename().string().starts_with(file.name)) std::filesystem::remove(entry.path());
    fuzz::put_content(path, damaged);
    try {
        Simulation simulation = Simulation::resume(run.folder / "checkpoint.safetensors", run.potential);
        fuzz::write_records(simulation, run.folder.path(), file.name);
        const std::string kept = fuzz::content_of(path);
        if (kept != file.at_checkpoint) lost("damage is taken for data", damaged, kept);
        if (kept + fuzz::content_of(path + ".cut") != damaged) lost("what was cut off is gone", damaged, kept);
        simulation.run(2);
        if (!fuzz::content_of(path).starts_with(kept))
            lost("records before were changed", kept, fuzz::content_of(path));
    } catch (const InputError&) {
        if (fuzz::content_of(path) != damaged) lost("refused, but changed", damaged, fuzz::content_of(path));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::vector<Written>& files = whole_run().files;
    resume(files[data[0] % files.size()], {reinterpret_cast<const char*>(data) + 1, size - 1});
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    fuzz::Random random(seed);
    const std::vector<Written>& files = whole_run().files;
    if (size < 16 || random.below(8) == 0) {
        const int which = random.below(int(files.size()));
        return fuzz::put(std::string(1, char(which)) + files[std::size_t(which)].content, data, max_size);
    }
    std::string text(reinterpret_cast<const char*>(data), size);
    const auto place = [&] { return 1 + std::size_t(random.below(int(text.size() - 1))); };
    const auto line = [&](std::size_t at) { return std::min(text.find('\n', at), text.size() - 1) + 1; };
    switch (random.below(5)) {
        case 0: text.resize(place()); break;                         // cut
        case 1: text[place()] ^= char(1 << random.below(8)); break;  // a bit
        case 2: fuzz::replace_a_number(text, random); break;
        case 3: {  // lines removed or doubled
            const std::size_t from = line(place()), to = line(std::min(from, text.size() - 1));
            if (random.below(2) == 0) text.erase(from, to - from);
            else text.insert(from, text.substr(from, to - from));
            break;
        }
        default: fuzz::mutate_text(text, 32);
    }
    return fuzz::put(text, data, max_size);
}
