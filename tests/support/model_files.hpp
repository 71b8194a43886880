#pragma once
// A ModelData as a .dpmd file (docs/model-format.md), in parts that a test can damage one by one.
#include <cstddef>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "core/text.hpp"
#include "io/json.hpp"
#include "io/safetensors.hpp"
#include "models/file.hpp"

namespace dpmd::testing {

struct Tensor {
    std::vector<double> values;
    std::vector<std::int64_t> shape;
};

/// The JSON document and the arrays.
struct ModelParts {
    std::string json;
    std::map<std::string, Tensor> tensors;
    std::map<std::string, std::vector<std::int64_t>> integer_tensors;  ///< one-dimensional, for arrays of a wrong dtype

    /// Replaces the first occurrence; throws when there is none, so that a test cannot become empty.
    ModelParts with(const std::string& old_text, const std::string& new_text) const {
        ModelParts out = *this;
        const std::size_t at = out.json.find(old_text);
        if (at == std::string::npos) throw std::logic_error(concat("no '", old_text, "' in ", out.json));
        out.json.replace(at, old_text.size(), new_text);
        return out;
    }
    /// Removes "key": value, with the value given as text.
    ModelParts without(const std::string& key, const std::string& value) const {
        const std::string field = concat("\"", key, "\": ", value);
        for (const std::string& text : {field + ", ", ", " + field})
            if (json.find(text) != std::string::npos) return with(text, "");
        return with(field, "");
    }
    /// The file, assembled by hand without the writer under test and without a disk.
    std::vector<std::byte> bytes() const {
        std::string header = concat("{\"__metadata__\":{\"format\":\"dpmd\",\"dpmd\":", json_quote(json), "}"), data;
        const auto append = [&](const std::string& name, const char* dtype, const std::vector<std::int64_t>& shape,
                                const void* values, std::size_t size) {
            std::string extents;
            for (const std::int64_t n : shape) extents += concat(extents.empty() ? "" : ",", n);
            header += concat(",", json_quote(name), ":{\"dtype\":\"", dtype, "\",\"shape\":[", extents,
                             "],\"data_offsets\":[", data.size(), ",", data.size() + size, "]}");
            data.append(static_cast<const char*>(values), size);
        };
        for (const auto& [name, tensor] : tensors)
            append(name, "F64", tensor.shape, tensor.values.data(), tensor.values.size() * sizeof(double));
        for (const auto& [name, values] : integer_tensors)
            append(name, "I64", {std::int64_t(values.size())}, values.data(), values.size() * sizeof(std::int64_t));
        header += "}";
        header.resize((header.size() + 7) / 8 * 8, ' ');
        const std::uint64_t length = header.size();
        std::vector<std::byte> out(sizeof length + header.size() + data.size());
        std::memcpy(out.data(), &length, sizeof length);
        std::memcpy(out.data() + sizeof length, header.data(), header.size());
        if (!data.empty()) std::memcpy(out.data() + sizeof length + header.size(), data.data(), data.size());
        return out;
    }
};

/// `model` as the writer of the library puts it into a file.
inline ModelParts model_parts(const ModelData& model) {
    const SafetensorsFile file(model_file(model, {"test", "", "", ""}, "null"), "test.dpmd");
    ModelParts parts;
    parts.json = file.metadata("dpmd");
    for (const auto& [name, tensor] : file.tensors())
        parts.tensors[name] = {file.doubles(name, tensor.shape), tensor.shape};
    return parts;
}

}  // namespace dpmd::testing
