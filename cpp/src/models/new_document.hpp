#pragma once
// Writes the document of a .dpmd file (docs/model-format.md). Beside every function that reads a part of a model from
// an Entry stands one that writes it to a NewEntry.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors.hpp"
#include "models/type_pairs.hpp"

namespace dpmd {

class NewEntry;

/// The tree and the arrays of a file, in the order in which they are written: one model is always the same bytes.
class DocumentWriter {
public:
    NewEntry root();
    /// The JSON text of what has been written.
    const std::string& text() const { return text_; }
    /// The file; nothing can be written any more.
    std::vector<std::byte> content();

private:
    friend class NewEntry;
    friend class NewObject;
    friend class NewList;

    std::string text_;
    SafetensorsWriter file_;
};

/// An object that is being written; it is complete at the end of its scope.
class NewObject {
public:
    NewObject(const NewObject&) = delete;
    NewObject& operator=(const NewObject&) = delete;
    ~NewObject() { writer_.text_ += '}'; }
    /// The value of the next member, to be written before the one after it.
    NewEntry at(std::string_view key);

private:
    friend class NewEntry;
    NewObject(DocumentWriter& writer, std::string name);

    DocumentWriter& writer_;
    std::string name_;
    bool is_empty_ = true;
};

/// A list that is being written; it is complete at the end of its scope.
class NewList {
public:
    NewList(const NewList&) = delete;
    NewList& operator=(const NewList&) = delete;
    ~NewList() { writer_.text_ += ']'; }
    /// The next member, to be written before the one after it.
    NewEntry next();

private:
    friend class NewEntry;
    NewList(DocumentWriter& writer, std::string name);

    DocumentWriter& writer_;
    std::string name_;
    std::size_t size_ = 0;
};

/// The place of a value, which one of these functions writes.
class NewEntry {
public:
    void null() const;
    void flag(bool value) const;
    void text(std::string_view value) const;
    void integer(std::int64_t value) const;
    /// InputError for one that is not finite.
    void number(double value) const;
    void integers(const std::vector<int>& values) const;
    void numbers(const std::vector<double>& values) const;
    void type_pairs(const TypePairs& pairs) const;
    /// A value as JSON text.
    void json(std::string_view value) const;
    /// An array, row-major; null in place of an empty one.
    void tensor(const std::vector<double>& values, const std::vector<std::int64_t>& shape) const;
    NewObject object() const { return {writer_, name_}; }
    NewList list() const { return {writer_, name_}; }

private:
    friend class DocumentWriter;
    friend class NewObject;
    friend class NewList;
    NewEntry(DocumentWriter& writer, std::string name) : writer_(writer), name_(std::move(name)) {}

    DocumentWriter& writer_;
    std::string name_;
};

}  // namespace dpmd
