#pragma once
// The document of a DeePMD-kit model whose container somebody else reads (HDF5, YAML): its values are handed over one
// by one.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dpmd/errors.hpp"
#include "dpmd/export.hpp"
#include "dpmd/model_file.hpp"

namespace dpmd {

/// Values come in the order of the document. Each is the document itself, the next entry of the list or the value
/// behind the key of the mapping that was begun last and has not ended.
class DPMD_API ForeignDocument {
public:
    ForeignDocument();
    ~ForeignDocument();
    ForeignDocument(const ForeignDocument&) = delete;
    ForeignDocument& operator=(const ForeignDocument&) = delete;

    void null();
    void flag(bool value);
    void integer(std::int64_t value);
    /// A whole number that 64 bits do not hold.
    void integer(std::string digits);
    void real(double value);
    void text(std::string value);
    /// Row-major.
    void array(std::vector<double> values, std::vector<std::int64_t> shape);
    /// Lists and mappings that hold each other too deep are an InputError.
    void begin_list();
    void begin_mapping();
    void key(std::string key);
    /// Ends the list or the mapping that was begun last.
    void end();

    /// The model that the document describes, as a file. `path` names the file in messages, `content` is all of it,
    /// `format` is "dpmodel-hdf5" or "dpmodel-yaml"; `dpa1_function` is "dense", "graph" or none, which takes the
    /// function that DeePMD-kit computes from such a file. The document is empty afterwards. Throws InputError for what
    /// is no model, and for models that dpmd does not run.
    ConvertedFile convert(const std::string& path, std::span<const std::byte> content, const std::string& format,
                          const std::optional<std::string>& dpa1_function);

private:
    struct Builder;
    std::unique_ptr<Builder> builder_;
};

}  // namespace dpmd
