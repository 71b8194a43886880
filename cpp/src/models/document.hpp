#pragma once
// The document of a .dpmd file (docs/model-format.md): a JSON tree whose arrays are tensors beside it, each named by
// its place in the tree. Readers of the parts of a model ask it for values, and every value is checked on the way.
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.hpp"
#include "dpmd/errors.hpp"
#include "io/json.hpp"
#include "io/safetensors.hpp"
#include "models/type_pairs.hpp"

namespace dpmd {

/// Trained numbers lie many orders below it; what is beyond comes from a damaged file, and would overflow on the way.
constexpr double largest_number = 1e15;
constexpr std::int64_t max_layer_width = 65536;

class Entry;

/// The tree and the tensors of a file, and which of them have been asked for.
class ModelDocument {
public:
    /// InputError when the file holds no model. The document looks into `file`.
    explicit ModelDocument(const SafetensorsFile& file);

    Entry root();
    /// The tree as it stands in the file.
    const std::string& text() const { return file_.metadata("dpmd"); }
    /// InputError that names a key or a tensor that nobody has asked for: it would change the model if it were known.
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
    /// The members of a list with one for each of `n` `things`.
    std::vector<Entry> list(std::size_t n, const char* things) const;
    bool is_null() const { return json_.is_null(); }

    bool flag() const { return json_.as_bool(); }
    std::string text() const { return json_.as_string(); }
    int integer(std::int64_t low, std::int64_t high) const;
    double number() const;
    std::vector<double> numbers() const;
    /// The place of the text among `names`.
    std::size_t choice(std::initializer_list<const char*> names) const;
    TypePairs type_pairs(int n_types) const;
    /// Whatever stands here, without a look at it.
    void accept() const { document_->notes_[json_.index()] = ModelDocument::Note::read_whole; }

    /// The array of this place, row-major.
    std::vector<double> tensor(const std::vector<std::int64_t>& shape) const;
    /// Its shape of two dimensions, each from 1 to `most_rows` or `most_columns`.
    std::vector<std::int64_t> matrix_shape(std::int64_t most_rows, std::int64_t most_columns) const;
    /// The length of a vector, from 1 to `most`.
    std::int64_t vector_length(std::int64_t most) const;

    /// Throws unless the condition holds; the message goes on after the place.
    template <class... Args>
    void require(bool condition, const Args&... message) const {
        if (!condition) throw InputError(concat(json_.path(), message...));
    }
    /// Throws: what is named here exists, but not in this version of dpmd. `known` is what could stand here.
    [[noreturn]] void cannot_run(const char* noun, const std::string& name, const std::string& known) const;

private:
    friend class ModelDocument;
    Entry(ModelDocument& document, Json json, std::string name);
    const SafetensorsFile::Tensor& stored() const;

    ModelDocument* document_;
    Json json_;
    std::string name_;  ///< of the tensor that could stand for this value
};

}  // namespace dpmd
