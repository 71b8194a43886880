#include "models/new_document.hpp"

#include <cmath>
#include <utility>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/json.hpp"
#include "io/number_text.hpp"
#include "models/document.hpp"

namespace dpmd {

NewEntry DocumentWriter::root() { return {*this, ""}; }

std::vector<std::byte> DocumentWriter::content() {
    file_.metadata("format", "dpmd");
    file_.metadata("dpmd", text_);
    return file_.content();
}

NewObject::NewObject(DocumentWriter& writer, std::string name) : writer_(writer), name_(std::move(name)) {
    writer_.text_ += '{';
}

NewEntry NewObject::at(std::string_view key) {
    if (!std::exchange(is_empty_, false)) writer_.text_ += ", ";
    writer_.text_ += json_quote(key) + ": ";
    return {writer_, place_below(name_, key)};
}

NewList::NewList(DocumentWriter& writer, std::string name) : writer_(writer), name_(std::move(name)) {
    writer_.text_ += '[';
}

NewEntry NewList::next() {
    if (size_ > 0) writer_.text_ += ", ";
    return {writer_, place_below(name_, std::to_string(size_++))};
}

void NewEntry::json(std::string_view value) const { writer_.text_ += value; }
void NewEntry::null() const { json("null"); }
void NewEntry::flag(bool value) const { json(value ? "true" : "false"); }
void NewEntry::text(std::string_view value) const { json(json_quote(value)); }
void NewEntry::integer(std::int64_t value) const { append_number(writer_.text_, value); }

void NewEntry::number(double value) const {
    if (!std::isfinite(value)) throw InputError(concat(name_, " = ", value, " is not a finite number"));
    append_real(writer_.text_, value);
}

void NewEntry::integers(const std::vector<int>& values) const {
    NewList out = list();
    for (const int value : values) out.next().integer(value);
}

void NewEntry::numbers(const std::vector<double>& values) const {
    NewList out = list();
    for (const double value : values) out.next().number(value);
}

void NewEntry::type_pairs(const TypePairs& pairs) const {
    NewList out = list();
    for (const auto& [first, second] : pairs) out.next().integers({first, second});
}

void NewEntry::tensor(const std::vector<double>& values, const std::vector<std::int64_t>& shape) const {
    if (values.empty()) return null();
    writer_.file_.add(name_, values, shape);
    text(array_mark);
}

}  // namespace dpmd
