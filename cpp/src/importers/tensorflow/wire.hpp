#pragma once
// The wire format of protocol buffers: a message is a sequence of fields, each a number, a type and a value. Nothing is
// copied: texts and messages inside are views into the content of the file.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dpmd::importers {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, begin_group = 3, end_group = 4, fixed32 = 5 };

struct Field {
    std::uint32_t number = 0;
    WireType type = WireType::varint;
    std::uint64_t value = 0;  ///< of a number: its bits
    std::string_view bytes;   ///< of type bytes: a text, a message, or packed numbers

    bool is(std::uint32_t wanted, WireType wanted_type) const { return number == wanted && type == wanted_type; }
};

/// What is wrong with a message.
struct WireError {
    const char* what;
};

/// Reads the fields of a message one by one; groups, which are of no use here, are skipped. Throws WireError.
class WireReader {
public:
    explicit WireReader(std::string_view message) : message_(message) {}
    /// The next field; false at the end.
    bool next(Field& field);
    /// The next number of packed ones; false at the end.
    bool next_number(WireType type, std::uint64_t& value);

private:
    std::uint64_t varint();
    std::uint64_t fixed(std::size_t n_bytes);
    std::string_view take(std::uint64_t n_bytes);
    void read_tag(Field& field);
    void read_value(Field& field);
    void skip_group(std::uint32_t number);

    std::string_view message_;
    std::size_t at_ = 0;
};

/// Calls f(bits) for the numbers of a repeated field: the one that stands alone, or all that are packed.
template <class F>
void for_each_number(const Field& field, WireType type, const F& f) {
    if (field.type == type) return f(field.value);
    if (field.type != WireType::bytes) return;
    WireReader packed(field.bytes);
    for (std::uint64_t value = 0; packed.next_number(type, value);) f(value);
}

}  // namespace dpmd::importers
