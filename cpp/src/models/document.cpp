#include "models/document.hpp"

#include <cmath>
#include <utility>

namespace dpmd {
namespace {

/// The indices of element k of an array, as in "[3][0]".
std::string element(std::size_t k, const std::vector<std::int64_t>& shape) {
    std::string out;
    for (auto extent = shape.rbegin(); extent != shape.rend(); ++extent) {
        out.insert(0, concat("[", k % std::size_t(*extent), "]"));
        k /= std::size_t(*extent);
    }
    return out;
}

}  // namespace

ModelDocument::ModelDocument(const SafetensorsFile& file)
    : file_(file), tree_(Json::parse(file.metadata("dpmd"), file.path())), notes_(tree_.n_values(), Note::unread) {}

Entry ModelDocument::root() { return {*this, tree_, ""}; }

void ModelDocument::require_all_read() const {
    require_read(tree_);
    for (const auto& [name, tensor] : file_.tensors())
        if (!tensors_read_.contains(name))
            throw InputError(concat(file_.path(), ": unexpected tensor '", name.substr(0, 200),
                                    "'; this version of dpmd does not know what it is for"));
}

void ModelDocument::require_read(const Json& value) const {
    if (notes_[value.index()] == Note::read_whole) return;
    if (notes_[value.index()] == Note::unread)
        throw InputError(concat(value.path(), ": unexpected key; this version of dpmd does not know what it means"));
    if (value.is_object())
        for (const auto& [key, member] : value.as_object()) require_read(member);
    if (value.is_list())
        for (const Json& member : value.as_list()) require_read(member);
}

Entry::Entry(ModelDocument& document, Json json, std::string name)
    : document_(&document), json_(std::move(json)), name_(std::move(name)) {
    ModelDocument::Note& note = document.notes_[json_.index()];
    if (note == ModelDocument::Note::unread) note = ModelDocument::Note::read;
}

Entry Entry::at(std::string_view key) const { return {*document_, json_.at(key), place_below(name_, key)}; }

std::vector<Entry> Entry::list() const {
    std::vector<Entry> out;
    for (const Json& member : json_.as_list())
        out.push_back({*document_, member, place_below(name_, std::to_string(out.size()))});
    return out;
}

std::vector<Entry> Entry::list(std::size_t n, const char* things) const {
    const std::size_t size = json_.as_list().size();
    require(size == n, " has ", size, size == 1 ? " entry" : " entries", " for ", n, " ", things);
    return list();
}

int Entry::integer(std::int64_t low, std::int64_t high) const {
    const std::int64_t value = json_.as_integer();
    require(low <= value && value <= high, " = ", value, " is not between ", low, " and ", high);
    return static_cast<int>(value);
}

double Entry::number() const {
    const double value = json_.as_number();
    require(std::fabs(value) <= largest_number, " = ", value, " is beyond ", largest_number, "; the file is damaged");
    return value;
}

std::vector<double> Entry::numbers() const {
    std::vector<double> out;
    for (const Entry& value : list()) out.push_back(value.number());
    return out;
}

std::size_t Entry::choice(std::span<const char* const> names) const {
    const std::string value = text();
    std::string known;
    std::size_t k = 0;
    for (const char* name : names) {
        if (value == name) return k;
        known += concat(k++ ? ", " : "", name);
    }
    throw InputError(concat(json_.path(), " = '", value, "' is not one of ", known));
}

TypePairs Entry::type_pairs(int n_types) const {
    TypePairs out;
    for (const Entry& pair : list()) {
        const std::vector<Entry> both = pair.list(2, "types of a pair");
        out.emplace_back(both[0].integer(0, n_types - 1), both[1].integer(0, n_types - 1));
    }
    return out;
}

const SafetensorsFile::Tensor& Entry::stored() const {
    require(text() == array_mark, " = '", text(), "' must be '", array_mark, "': an array stands here");
    document_->tensors_read_.insert(name_);
    return document_->file_.tensor(name_);
}

std::vector<double> Entry::tensor(const std::vector<std::int64_t>& shape) const {
    stored();
    std::vector<double> out = document_->file_.doubles(name_, shape);
    for (std::size_t k = 0; k < out.size(); ++k)
        if (!(std::fabs(out[k]) <= largest_number))
            require(false, element(k, shape), " = ", out[k], " is beyond ", largest_number, "; the file is damaged");
    return out;
}

std::vector<std::int64_t> Entry::matrix_shape(std::int64_t most_rows, std::int64_t most_columns) const {
    const std::vector<std::int64_t>& shape = stored().shape;
    require(shape.size() == 2 && shape[0] >= 1 && shape[1] >= 1 && shape[0] <= most_rows && shape[1] <= most_columns,
            " must be a matrix of at most ", most_rows, " rows and ", most_columns, " columns");
    return shape;
}

std::int64_t Entry::vector_length(std::int64_t most) const {
    const std::vector<std::int64_t>& shape = stored().shape;
    require(shape.size() == 1 && shape[0] >= 1 && shape[0] <= most, " must be a vector of 1 to ", most, " numbers");
    return shape[0];
}

void Entry::cannot_run(const char* noun, const std::string& name, const std::string& known) const {
    throw InputError(
        concat(json_.path(), ": ", noun, " '", name, "' cannot be run by this version of dpmd, which runs: ", known));
}

}  // namespace dpmd
