// Bindings of dpmd/model_file.hpp and dpmd/foreign_document.hpp.
#include <optional>

#include <pybind11/stl.h>

#include "bindings.hpp"
#include "dpmd/foreign_document.hpp"
#include "dpmd/model_file.hpp"

namespace dpmd::python {
namespace {

/// Text as UTF-8; lone surrogates, which no file can hold, are replaced.
std::string text_of(py::handle object) {
    return py::reinterpret_steal<py::bytes>(PyUnicode_AsEncodedString(object.ptr(), "utf-8", "replace"));
}

void hand_over_integer(py::handle object, ForeignDocument& out) {
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(object.ptr(), &overflow);
    if (overflow == 0) out.integer(std::int64_t(value));
    else out.integer(py::str(object).cast<std::string>());
}

void hand_over_array(const py::array& object, ForeignDocument& out) {
    const auto values = py::array_t<double, py::array::c_style | py::array::forcecast>::ensure(object);
    if (!values) throw py::error_already_set();
    out.array({values.data(), values.data() + values.size()}, {values.shape(), values.shape() + values.ndim()});
}

/// Dictionaries with texts as keys, lists, tuples, NumPy arrays, numbers, texts and None.
void hand_over(py::handle object, ForeignDocument& out) {
    if (object.is_none()) {
        out.null();
    } else if (py::isinstance<py::bool_>(object)) {
        out.flag(object.cast<bool>());
    } else if (py::isinstance<py::int_>(object)) {
        hand_over_integer(object, out);
    } else if (py::isinstance<py::float_>(object)) {
        out.real(object.cast<double>());
    } else if (py::isinstance<py::str>(object)) {
        out.text(text_of(object));
    } else if (py::isinstance<py::array>(object)) {
        hand_over_array(py::reinterpret_borrow<py::array>(object), out);
    } else if (py::isinstance<py::dict>(object)) {
        out.begin_mapping();
        for (const auto& [key, value] : py::reinterpret_borrow<py::dict>(object)) {
            out.key(text_of(py::str(key)));
            hand_over(value, out);
        }
        out.end();
    } else if (py::isinstance<py::list>(object) || py::isinstance<py::tuple>(object)) {
        out.begin_list();
        for (const py::handle& one : object) hand_over(one, out);
        out.end();
    } else {
        throw py::type_error("a document holds no " + py::str(py::type::handle_of(object)).cast<std::string>());
    }
}

py::tuple as_tuple(const ConvertedFile& file) {
    return py::make_tuple(py::bytes(reinterpret_cast<const char*>(file.content.data()), file.content.size()),
                          file.notes);
}

std::span<const std::byte> bytes_of(std::string_view content) { return std::as_bytes(std::span(content)); }

py::tuple import_dictionary(const py::object& document, const std::string& path, const py::bytes& content,
                            const std::string& format, const std::optional<std::string>& dpa1_function) {
    ForeignDocument values;
    hand_over(document, values);
    const std::string_view bytes = content;
    ConvertedFile file;
    {
        const LockReleased released;
        file = values.convert(path, bytes_of(bytes), format, dpa1_function);
    }
    return as_tuple(file);
}

py::tuple import_file(const py::bytes& content, const std::string& path, const std::optional<std::string>& head,
                      const std::optional<std::string>& dpa1_function) {
    const std::string_view bytes = content;
    ConvertedFile file;
    {
        const LockReleased released;
        file = convert_model_file(bytes_of(bytes), path, {head, dpa1_function});
    }
    return as_tuple(file);
}

std::string file_format(const py::bytes& content, const std::string& path) {
    const std::string_view bytes = content;
    return model_file_format(bytes_of(bytes), path);
}

}  // namespace

void bind_importers(py::module_& module) {
    module.def("file_format", &file_format, py::arg("content"), py::arg("path"));
    module.def("import_file", &import_file, py::arg("content"), py::arg("path"), py::arg("head"),
               py::arg("dpa1_function"));
    module.def("import_dictionary", &import_dictionary, py::arg("document"), py::arg("path"), py::arg("content"),
               py::arg("format"), py::arg("dpa1_function"));
}

}  // namespace dpmd::python
