#include "nets/gpu_blas.hpp"

#include <dlfcn.h>

#include <filesystem>

#include "blas_names.hpp"

namespace dpmd::gpu {
namespace {

/// Enough for products of any size; a captured graph may not allocate.
constexpr std::size_t workspace_bytes = std::size_t(32) << 20;

/// The folder of the file from which this code was loaded, with a slash; empty: unknown.
std::string own_folder() {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&open_blas), &info) == 0 || info.dli_fname == nullptr) return "";
    const std::string path = info.dli_fname;
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

template <class Function>
bool find(void* file, const char* name, Function*& function) {
    void* found = linked_blas_function(name);
    if (found == nullptr && file != nullptr && *name != 0) found = dlsym(file, name);
    function = reinterpret_cast<Function*>(found);
    return found != nullptr;
}

/// The first function that is missing, or null.
const char* find_all(void* file, BlasFunctions& to) {
    static_cast<BlasNames&>(to) = blas_names;
    if (!find(file, to.create, to.create_handle)) return to.create;
    if (!find(file, to.destroy, to.destroy_handle)) return to.destroy;
    if (!find(file, to.set_stream, to.set_handle_stream)) return to.set_stream;
    (void)find(file, to.set_workspace, to.set_handle_workspace);
    (void)find(file, to.set_math_mode, to.set_handle_math_mode);
    (void)find(file, to.gemm_ex, to.mixed);
    const auto find_gemms = [file](auto& gemms, const char* const names[3]) -> const char* {
        if (!find(file, names[0], gemms.one)) return names[0];
        if (!find(file, names[1], gemms.strided)) return names[1];
        return find(file, names[2], gemms.pointers) ? nullptr : names[2];
    };
    if (const char* missing = find_gemms(to.in_double, to.gemm[0])) return missing;
    return find_gemms(to.in_single, to.gemm[1]);
}

BlasOpened open_now(BlasFunctions& functions) {
    BlasOpened out;
    if (find_all(nullptr, functions) == nullptr) return {&functions, "linked", ""};
    const std::string own = own_folder();
    const auto try_to_open = [&](const std::string& path) {
        void* file = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (file == nullptr) {
            const char* error = dlerror();
            // a file that exists but cannot be opened is a better reason than one that is missing
            if (out.reason.empty() || std::filesystem::exists(path)) out.reason = error;
            return false;
        }
        if (const char* missing = find_all(file, functions)) {
            out.reason = concat(path, " has no function ", missing);
            (void)dlclose(file);
            return false;
        }
        out = {&functions, path, ""};
        return true;
    };
    for (const char* name : blas_files) {
        if (!own.empty())
            for (const char* folder : blas_folders)
                if (try_to_open(concat(own, folder, name))) return out;
        if (try_to_open(name)) return out;
    }
    return out;
}

template <class Real>
const BlasGemms<Real>& gemms_of(const BlasFunctions& functions) {
    if constexpr (sizeof(Real) == 8) return functions.in_double;
    else return functions.in_single;
}

void check_blas(int status) {
    if (status != 0)
        throw DeviceError(concat(platform_name, ": a product by the BLAS library failed: status ", status));
}

}  // namespace

const BlasOpened& open_blas() {
    static BlasFunctions functions;
    static const BlasOpened opened = open_now(functions);
    return opened;
}

GpuBlas::GpuBlas(Queue& queue, Memory& memory)
    : functions_(open_blas().functions != nullptr
                     ? *open_blas().functions
                     : throw DeviceError(concat(platform_name, ": no BLAS library: ", open_blas().reason))),
      workspace_(memory) {
    queue.use_device();
    check_blas(functions_.create_handle(&handle_));
    check_blas(functions_.set_handle_stream(handle_, queue.stream()));
    if (functions_.set_handle_workspace == nullptr) return;
    workspace_.resize_discard(workspace_bytes);
    check_blas(functions_.set_handle_workspace(handle_, workspace_.data(), workspace_bytes));
}

GpuBlas::~GpuBlas() { (void)functions_.destroy_handle(handle_); }

void GpuBlas::set_math(BlasMath math) {
    if (math == math_) return;
    math_ = math;
    if (functions_.set_handle_math_mode != nullptr)
        check_blas(functions_.set_handle_math_mode(
            handle_, math == BlasMath::tf32 ? functions_.tf32_math : functions_.plain_math));
}

// A row-major matrix is the transpose of a column-major one, and C^T = B^T A^T.

template <class Real>
void GpuBlas::multiply(const BlasProduct<Real>& p) {
    if (p.rows == 0 || p.columns == 0) return;
    set_math(p.math);
    const Real alpha(1), beta(p.adds ? 1 : 0);
    check_blas(gemms_of<Real>(functions_)
                   .one(handle_, code_of(p.b.transposed), code_of(p.a.transposed), p.columns, p.rows, p.depth, &alpha,
                        p.b.data, p.b.stride, p.a.data, p.a.stride, &beta, p.c, p.c_stride));
}

template <class Real>
void GpuBlas::multiply_many(const BlasProduct<Real>& p, const BlasSteps& steps) {
    if (p.rows == 0 || p.columns == 0 || steps.count == 0) return;
    set_math(p.math);
    const Real alpha(1), beta(p.adds ? 1 : 0);
    check_blas(gemms_of<Real>(functions_)
                   .strided(handle_, code_of(p.b.transposed), code_of(p.a.transposed), p.columns, p.rows, p.depth,
                            &alpha, p.b.data, p.b.stride, steps.b, p.a.data, p.a.stride, steps.a, &beta, p.c,
                            p.c_stride, steps.c, steps.count));
}

template <class Real>
void GpuBlas::multiply_many(const BlasProduct<Real>& p, const BlasPointers<Real>& pointers) {
    if (p.rows == 0 || p.columns == 0 || pointers.count == 0) return;
    set_math(p.math);
    const Real alpha(1), beta(p.adds ? 1 : 0);
    check_blas(gemms_of<Real>(functions_)
                   .pointers(handle_, code_of(p.b.transposed), code_of(p.a.transposed), p.columns, p.rows, p.depth,
                             &alpha, pointers.b, p.b.stride, pointers.a, p.a.stride, &beta, pointers.c, p.c_stride,
                             pointers.count));
}

void GpuBlas::multiply_bfloat16(int rows, int columns, int depth, BlasOperand<const std::uint16_t*> a,
                                BlasOperand<const std::uint16_t*> b, float* c, int c_stride, bool adds) {
    if (rows == 0 || columns == 0) return;
    if (functions_.mixed == nullptr)
        throw DeviceError(concat(platform_name, ": the BLAS library multiplies no bfloat16"));
    set_math(BlasMath::plain);
    const float alpha = 1, beta = adds ? 1 : 0;
    const BlasFunctions& f = functions_;
    check_blas(f.mixed(handle_, code_of(b.transposed), code_of(a.transposed), columns, rows, depth, &alpha, b.data,
                       f.bfloat16_type, b.stride, a.data, f.bfloat16_type, a.stride, &beta, c, f.single_type, c_stride,
                       f.single_compute, f.default_algorithm));
}

template void GpuBlas::multiply(const BlasProduct<double>&);
template void GpuBlas::multiply(const BlasProduct<float>&);
template void GpuBlas::multiply_many(const BlasProduct<double>&, const BlasSteps&);
template void GpuBlas::multiply_many(const BlasProduct<float>&, const BlasSteps&);
template void GpuBlas::multiply_many(const BlasProduct<double>&, const BlasPointers<double>&);
template void GpuBlas::multiply_many(const BlasProduct<float>&, const BlasPointers<float>&);

}  // namespace dpmd::gpu
