#pragma once
// The document of a .dpmd file (docs/model-format.md): a JSON tree whose arrays are separate tensors, each named by its
// place in the tree. Readers of the parts of a model ask it for values, and every value is checked when it is read.
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/json.hpp"
#include "io/safetensors.hpp"
#include "models/type_pairs.hpp"

namespace dpmd {

/// Trained numbers are many orders of magnitude smaller; larger ones come from a damaged file, and would overflow in
/// computations.
constexpr double largest_number = 1e15;
constexpr std::int64_t max_layer_width = 65536;
/// Stands for an array in the tree.
constexpr const char* array_mark = "tensor";

/// The place of a member, by which its tensor is named.
inline std::string place_below(const std::string& place, std::string_view step) {
    return place.empty() ? std::string(step) : concat(place, ".", step);
}

class Entry;

/// The tree and the tensors of a file, and which of them have been asked for.
class ModelDocument {
public:
    /// Throws InputError when the file holds no model. The document refers to `file`.
    explicit ModelDocument(const SafetensorsFile& file);

    Entry root();
    /// The text of the tree in the file.
    const std::string& text() const { return file_.metadata("dpmd"); }
    /// Throws InputError, which names a key or tensor that no reader has asked for: if it were known, it would change
    /// the model.
    void require_all_read() const;

private:
    friend class Entry;
    enum class Note : char { unread, read, read_whole };
    void require_read(const Json& value) const;

    const SafetensorsFile& file_;
    Json tree_;
    std::vector<Note> notes_;  ///< by the index of a value
    std::set<std::string> tensors_read_;
};

/// A value of the document. The functions that read it throw an InputError that names its place.
class Entry {
public:
    /// A member of an object, which must be there.
    Entry at(std::string_view key) const;
    /// The members of a list.
    std::vector<Entry> list() const;
    /// The members of a list that must have `n` of them, one for each of the `things`.
    std::vector<Entry> list(std::size_t n, const char* things) const;
    bool is_null() const { return json_.is_null(); }

    bool flag() const { return json_.as_bool(); }
    std::string text() const { return json_.as_string(); }
    int integer(std::int64_t low, std::int64_t high) const;
    double number() const;
    std::vector<double> numbers() const;
    /// The place of the text among `names`.
    std::size_t choice(std::span<const char* const> names) const;
    TypePairs type_pairs(int n_types) const;
    /// Accepts whatever is here without checking it.
    void accept() const { document_->notes_[json_.index()] = ModelDocument::Note::read_whole; }

    /// The array at this place, row-major.
    std::vector<double> tensor(const std::vector<std::int64_t>& shape) const;
    /// The shape of an array of two dimensions, from 1 to `most_rows` and from 1 to `most_columns`.
    std::vector<std::int64_t> matrix_shape(std::int64_t most_rows, std::int64_t most_columns) const;
    /// The length of a vector, from 1 to `most`.
    std::int64_t vector_length(std::int64_t most) const;

    /// Throws unless the condition holds; the message follows the place.
    template <class... Args>
    void require(bool condition, const Args&... message) const {
        if (!condition) throw InputError(concat(json_.path(), message...));
    }
    /// Throws: what is named here exists, but not in this version of dpmd. `known` lists what is possible here.
    [[noreturn]] void cannot_run(const char* noun, const std::string& name, const std::string& known) const;

private:
    friend class ModelDocument;
    Entry(ModelDocument& document, Json json, std::string name);
    const SafetensorsFile::Tensor& stored() const;

    ModelDocument* document_;
    Json json_;
    std::string name_;  ///< name of the tensor that could hold this value
};

}  // namespace dpmd
