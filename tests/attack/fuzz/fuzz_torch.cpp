// PyTorch archives give an InputError, or a model whose file is read or refused.
#include <algorithm>
#include <optional>

#include "dpmd/errors.hpp"
#include "importers/archive/zip_archive.hpp"
#include "importers/common.hpp"
#include "importers/torch/checkpoint.hpp"
#include "importers/torch/torchscript.hpp"
#include "json_mutation.hpp"
#include "models/file.hpp"
#include "support/torch_documents.hpp"
#include "support/torch_files.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace dpmd;

constexpr const char* script_mark = "toy/constants.pkl";  // an entry of TorchScript alone
constexpr const char* pickle_name = "toy/data.pkl";

/// The documents of the seeds; those of TorchScript are the first.
const std::vector<std::string>& documents() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> out = testing::script_documents();
        for (std::string& one : testing::checkpoint_documents()) out.push_back(std::move(one));
        return out;
    }();
    return all;
}

bool is_script(std::size_t document) { return document < testing::script_documents().size(); }

/// The file of a document in which some values are odd ones.
std::string odd_file(testing::Random& random) {
    const auto k = std::size_t(random.below(int(documents().size())));
    std::string text = documents()[k];
    for (int n = random.below(4); n > 0; --n) fuzz::replace_a_value(text, random);
    return testing::torch_file(text, is_script(k));
}

/// The archive with another pickle in it, which libFuzzer makes of its own.
std::string with_mutated_pickle(std::span<const std::byte> file, std::size_t room) {
    importers::Budget budget(file.size());
    importers::ZipArchive archive(file, "fuzz", budget);
    std::vector<testing::ZipPart> parts;
    for (const std::string_view name : archive.names()) {
        const auto bytes = archive.read(name);
        std::string content(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        if (name == pickle_name) {
            content.resize(content.size() + room);
            content.resize(
                LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(content.data()), bytes.size(), content.size()));
        }
        parts.push_back({.name = std::string(name), .content = std::move(content)});
    }
    return testing::zip_file(parts);
}

void read_all(std::span<const std::byte> file) {
    importers::Budget budget(file.size());
    importers::ZipArchive archive(file, "fuzz", budget);
    for (const std::string_view name : archive.names()) archive.read(name);
}

void read(std::span<const std::byte> file) {
    importers::Budget budget(file.size());
    const bool has_mark = importers::ZipArchive(file, "fuzz", budget).holds(script_mark);
    const importers::ImportedModel model = has_mark ? importers::read_torchscript(file, "fuzz", {})
                                                    : importers::read_checkpoint(file, "fuzz", {}, std::nullopt);
    read_model(model_file(model.data, model.source, model.training_script), "fuzz");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = std::as_bytes(std::span(data, size));
    for (void (*reader)(std::span<const std::byte>) : {read_all, read}) {
        try {
            reader(file);
        } catch (const InputError&) {  // as it should be
        }
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    testing::Random random(seed);
    std::string file;
    try {
        if (size < 64 || random.below(4) == 0) file = odd_file(random);
        else if (random.below(2) == 0) file = with_mutated_pickle(std::as_bytes(std::span(data, size)), 64);
    } catch (const InputError&) {  // no document, or no archive
    }
    if (file.empty() || file.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
    std::copy(file.begin(), file.end(), data);
    return file.size();
}
