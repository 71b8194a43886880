#include "dpmd/foreign_document.hpp"

#include <utility>

#include "core/text.hpp"
#include "importers/convert.hpp"
#include "importers/dpmodel/dictionary.hpp"
#include "importers/limits.hpp"
#include "importers/value.hpp"

namespace dpmd {

using importers::Value;

struct ForeignDocument::Builder {
    /// A list or a mapping that has not ended.
    struct Open {
        bool is_mapping = false;
        importers::List list;
        importers::Mapping mapping;
    };
    std::vector<Open> open;
    Value root;

    void put(Value value) {
        if (open.empty()) root = std::move(value);
        else if (open.back().is_mapping) open.back().mapping.back().value = std::move(value);
        else open.back().list.push_back(std::move(value));
    }
    void begin(bool is_mapping) {
        if (open.size() >= std::size_t(importers::max_nesting))
            throw InputError(concat("values are nested deeper than ", importers::max_nesting));
        open.push_back({is_mapping, {}, {}});
    }
};

ForeignDocument::ForeignDocument() : builder_(std::make_unique<Builder>()) {}
ForeignDocument::~ForeignDocument() = default;

void ForeignDocument::null() { builder_->put(Value()); }
void ForeignDocument::flag(bool value) { builder_->put(Value(value)); }
void ForeignDocument::integer(std::int64_t value) { builder_->put(Value(value)); }
void ForeignDocument::integer(std::string digits) { builder_->put(Value(importers::BigInteger{std::move(digits)})); }
void ForeignDocument::real(double value) { builder_->put(Value(value)); }
void ForeignDocument::text(std::string value) { builder_->put(Value(std::move(value))); }

void ForeignDocument::array(std::vector<double> values, std::vector<std::int64_t> shape) {
    auto tensor = std::make_shared<importers::Tensor>();
    tensor->shape = std::move(shape);
    tensor->values = std::move(values);
    builder_->put(Value(std::shared_ptr<const importers::Tensor>(std::move(tensor))));
}

void ForeignDocument::begin_list() { builder_->begin(false); }
void ForeignDocument::begin_mapping() { builder_->begin(true); }
void ForeignDocument::key(std::string key) { builder_->open.back().mapping.push_back({std::move(key), Value()}); }

void ForeignDocument::end() {
    Builder::Open closed = std::move(builder_->open.back());
    builder_->open.pop_back();
    if (closed.is_mapping) builder_->put(Value(std::move(closed.mapping)));
    else builder_->put(Value(std::move(closed.list)));
}

ConvertedFile ForeignDocument::convert(const std::string& path, std::span<const std::byte> content,
                                       const std::string& format, const std::optional<std::string>& dpa1_function) {
    const Value root = std::exchange(builder_->root, Value());
    importers::Budget budget(content.size());
    const importers::Section document(root, path, budget);
    return importers::finish(importers::read_document(document, importers::source_of(content, path, format)),
                             {std::nullopt, dpa1_function}, path);
}

}  // namespace dpmd
