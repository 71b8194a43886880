// Documents of DeePMD-kit in JSON give an InputError, or a model whose file is read or refused.
#include <algorithm>

#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/dpmodel/dictionary.hpp"
#include "json_mutation.hpp"
#include "models/file.hpp"
#include "support/model_documents.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace dpmd;

const std::vector<std::string>& seeds() {
    static const std::vector<std::string> documents = testing::model_documents();
    return documents;
}

void read(std::string_view text) {
    importers::Budget budget(text.size());
    const importers::Value document = importers::json_document(text, "fuzz");
    importers::ImportedModel model =
        importers::read_document(importers::Section(document, "fuzz", budget), {"exported-program", "fuzz", "", ""});
    read_model(model_file(model.data, model.source, model.training_script), "fuzz");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        read({reinterpret_cast<const char*>(data), size});
    } catch (const InputError&) {
        return 0;
    }
    return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
    testing::Random random(seed);
    std::string text(reinterpret_cast<const char*>(data), size);
    if (size < 64 || random.below(16) == 0) text = seeds()[std::size_t(random.below(int(seeds().size())))];
    else if (random.below(8) == 0) return LLVMFuzzerMutate(data, size, max_size);
    try {
        for (int n = 1 + random.below(3); n > 0; --n) fuzz::replace_a_value(text, random);
    } catch (const InputError&) {  // no JSON
        return LLVMFuzzerMutate(data, size, max_size);
    }
    if (text.size() > max_size) return size;
    std::copy(text.begin(), text.end(), data);
    return text.size();
}
