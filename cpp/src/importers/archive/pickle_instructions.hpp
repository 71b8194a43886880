#pragma once
// The instructions of pickles by the names that Python has for them.
#include <cstdint>
#include <string>
#include <string_view>

namespace dpmd::importers {

/// Those that PyTorch writes.
enum class PickleInstruction : std::uint8_t {
    mark = '(',
    stop = '.',
    binfloat = 'G',
    binint = 'J',
    binint1 = 'K',
    binint2 = 'M',
    none = 'N',
    binpersid = 'Q',
    reduce = 'R',
    binbytes = 'B',
    short_binbytes = 'C',
    binunicode = 'X',
    empty_list = ']',
    append = 'a',
    build = 'b',
    global = 'c',
    appends = 'e',
    binget = 'h',
    long_binget = 'j',
    binput = 'q',
    long_binput = 'r',
    setitem = 's',
    tuple = 't',
    setitems = 'u',
    empty_dict = '}',
    empty_tuple = ')',
    proto = 0x80,
    newobj = 0x81,
    tuple1 = 0x85,
    tuple2 = 0x86,
    tuple3 = 0x87,
    newtrue = 0x88,
    newfalse = 0x89,
    long1 = 0x8a,
    short_binunicode = 0x8c,
    binunicode8 = 0x8d,
    stack_global = 0x93,
    memoize = 0x94,
    frame = 0x95,
};

/// Why a byte is none of them: an instruction that PyTorch does not write, by its name, or no instruction at all.
std::string foreign_instruction(std::uint8_t byte);

}  // namespace dpmd::importers
