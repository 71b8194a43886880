// Documents of DeePMD-kit in JSON give an InputError, or a model whose file is read or refused.
#include <algorithm>
#include <iterator>

#include "dpmd/errors.hpp"
#include "importers/common.hpp"
#include "importers/dpmodel/dictionary.hpp"
#include "io/json_scanner.hpp"
#include "models/file.hpp"
#include "support/model_documents.hpp"
#include "support/random_numbers.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace dpmd;

const std::vector<std::string>& seeds() {
    static const std::vector<std::string> documents = testing::model_documents();
    return documents;
}

/// The place of a value in a text.
struct Place {
    std::size_t begin, end;
};

/// The places of all values of a document.
class Values {
public:
    explicit Values(std::string_view text) : text_(text, "fuzz", "no JSON") { value(0); }
    std::vector<Place> places;

private:
    void value(int depth) {
        if (depth > 64) text_.fail("too deep");
        const char c = text_.peek();
        const std::size_t k = places.size();
        places.push_back({text_.at(), 0});
        if (c == '{' || c == '[') members(c, depth);
        else if (c == '"') text_.string();
        else if (!text_.accept_word("true") && !text_.accept_word("false") && !text_.accept_word("null"))
            text_.number();
        places[k].end = text_.at();
    }
    void members(char opening, int depth) {
        const char closing = opening == '{' ? '}' : ']';
        text_.expect(opening);
        if (text_.accept(closing)) return;
        do {
            if (opening == '{') {
                text_.string();
                text_.expect(':');
            }
            value(depth + 1);
        } while (text_.accept(','));
        text_.expect(closing);
    }

    JsonScanner text_;
};

constexpr const char* odd_values[] = {"null",
                                      "true",
                                      "0",
                                      "-1",
                                      "1",
                                      "2",
                                      "3",
                                      "513",
                                      "2147483647",
                                      "2147483648",
                                      "-0.0",
                                      "0.5",
                                      "1e300",
                                      "1e-300",
                                      "1e999",
                                      "\"\"",
                                      "\"1e-5\"",
                                      "\"nan\"",
                                      "[]",
                                      "[[]]",
                                      "{}",
                                      "[0, 0]",
                                      "[1, [2]]",
                                      "[[0, 1], [1, 1]]",
                                      "18446744073709551616",
                                      "{\"@class\": \"np.ndarray\", \"value\": []}",
                                      "[1, 2, 3, 4, 5, 6]",
                                      "\"graph\"",
                                      "\"se_atten_v2\"",
                                      "\"dpa1\"",
                                      "\"se_e3\"",
                                      "\"hybrid\"",
                                      "\"strip\"",
                                      "\"silut:x\"",
                                      "[null]"};

/// Puts something odd, or another value of the document, in place of a value.
void replace_a_value(std::string& text, testing::Random& random) {
    const std::vector<Place> places = Values(text).places;
    const auto any = [&] { return places[std::size_t(random.below(int(places.size())))]; };
    const Place at = any(), other = any();
    const bool is_odd = random.below(3) > 0;
    const std::string value = is_odd ? odd_values[random.below(int(std::size(odd_values)))]
                                     : text.substr(other.begin, other.end - other.begin);
    text.replace(at.begin, at.end - at.begin, value);
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
        for (int n = 1 + random.below(3); n > 0; --n) replace_a_value(text, random);
    } catch (const InputError&) {  // no JSON
        return LLVMFuzzerMutate(data, size, max_size);
    }
    if (text.size() > max_size) return size;
    std::copy(text.begin(), text.end(), data);
    return text.size();
}
