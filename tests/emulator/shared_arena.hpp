#pragma once
// The shared memory of one block: pieces with guard bytes around each, and 0xff where nothing was written.
#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

namespace dpmd::emulator {

class SharedArena {
public:
    static constexpr int max_pieces = 64;

    /// Prepares for the next block, with as many bytes as the launch asked for.
    void reset(std::size_t bytes);
    /// The address of a piece; `used` counts the bytes of the pieces before it, each rounded up to 16. Throws
    /// KernelFault when the launch has too few bytes or another thread took a different size.
    void* take(std::size_t used, int piece, std::size_t bytes);
    /// Empty, or the piece that was written past.
    std::string find_damage();

private:
    struct Piece {
        std::atomic<std::size_t> bytes_and_one{0};  ///< 0: not taken yet
        unsigned char* begin = nullptr;             ///< written by the thread that takes it first
    };

    std::vector<unsigned char> all_;
    std::size_t bytes_ = 0;
    std::array<Piece, max_pieces> pieces_;
};

}  // namespace dpmd::emulator
