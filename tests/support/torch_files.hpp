#pragma once
// Documents as DeePMD-kit's PyTorch files, byte by byte, without PyTorch. A mapping with the member "@module" is an
// object of the TorchScript class that it names.
#include <bit>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "importers/common.hpp"
#include "importers/value.hpp"
#include "support/pickle_code.hpp"

namespace dpmd::testing {

class TorchPickle {
public:
    explicit TorchPickle(const importers::Value& root) : code_(pickle(item(root))) {}

    const std::string& code() const { return code_; }
    /// The zip archive around it; `is_script` adds what distinguishes TorchScript from a checkpoint.
    std::string archive(bool is_script, const std::string& code) const {
        std::vector<ZipPart> parts{{.name = "toy/data.pkl", .content = code},
                                   {.name = "toy/byteorder", .content = "little"}};
        for (std::size_t k = 0; k < storages_.size(); ++k)
            parts.push_back({.name = "toy/data/" + std::to_string(k), .content = storages_[k]});
        if (is_script) parts.push_back({.name = "toy/constants.pkl", .content = pickle(")")});
        return zip_file(parts);
    }
    std::string archive(bool is_script) const { return archive(is_script, code_); }

private:
    using Tensor = std::shared_ptr<const importers::Tensor>;

    std::string item(const importers::Value& value) {
        if (const auto* flag = value.as<bool>()) return *flag ? "\x88" : "\x89";
        if (const auto* integer = value.as<std::int64_t>())
            return "\x8a\x08" + little_endian_bytes(std::uint64_t(*integer));
        if (const auto* number = value.as<double>()) {
            std::string bytes = little_endian_bytes(std::bit_cast<std::uint64_t>(*number));
            return "G" + std::string(bytes.rbegin(), bytes.rend());
        }
        if (const auto* text = value.as<std::string>()) return pickled_text(*text);
        if (const auto* tensor = value.as<Tensor>()) return tensor_item(**tensor);
        if (const auto* list = value.as<importers::List>()) {
            std::string out = "](";
            for (const importers::Value& one : *list) out += item(one);
            return out + "e";
        }
        if (value.get("@class").text() == "np.ndarray") return item(value.get("value"));
        if (const auto* mapping = value.as<importers::Mapping>())
            return mapping_item(*mapping, value.get("@module").text());
        return "N";
    }
    std::string mapping_item(const importers::Mapping& mapping, const std::string& module) {
        std::string out = "}(";
        for (const importers::Member& one : mapping)
            if (one.key != "@module") out += pickled_text(one.key) + item(one.value);
        out += "u";
        return module.empty() ? out : class_name("__torch__", module) + ")\x81" + out + "b";
    }
    std::string tensor_item(const importers::Tensor& tensor) {
        std::string bytes, shape, strides;
        for (const double value : tensor.values) bytes += little_endian_bytes(std::bit_cast<std::uint64_t>(value));
        std::int64_t stride = 1;
        for (std::size_t k = tensor.shape.size(); k-- > 0; stride *= tensor.shape[k]) {
            shape = pickled_number(std::int32_t(tensor.shape[k])) + shape;
            strides = pickled_number(std::int32_t(stride)) + strides;
        }
        storages_.push_back(bytes);
        const auto n = std::int32_t(tensor.values.size());
        return class_name("torch._utils", "_rebuild_tensor_v2") + "(" +
               pickled_storage(std::to_string(storages_.size() - 1), n) + pickled_number(0) + "(" + shape + "t(" +
               strides + "t\x89NtR";
    }

    std::vector<std::string> storages_;
    std::string code_;
};

/// A file of the document in JSON.
inline std::string torch_file(const std::string& document, bool is_script) {
    return TorchPickle(importers::json_document(document, "document")).archive(is_script);
}

}  // namespace dpmd::testing
