#pragma once
// The shared memory of one block: pieces with guard bytes around each, 0xff where nothing was written.
#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <vector>

namespace dpmd::emulator {

class SharedArena {
public:
    static constexpr int max_pieces = 64;

    /// For the next block, with as many bytes as the launch asked for.
    void reset(std::size_t bytes);
    /// Address of a piece; `used` are the bytes of the pieces before it, each rounded up to 16. Throws KernelFault when
    /// the launch has too few bytes or another thread took another size.
    void* take(std::size_t used, int piece, std::size_t bytes);
    /// Empty, or which piece was written past.
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
