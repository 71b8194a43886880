/* LD_PRELOAD: kills the process with SIGKILL at one of the calls that change files below a folder: before the call,
 * after it, or in the middle of it, when half of the bytes are written. Environment variables:
 * - DPMD_KILL_FOLDER: only files below this folder count.
 * - DPMD_KILL_AT: the number of the call, from 1; without it no call is chosen.
 * - DPMD_KILL_HOW: before, torn or after.
 * - DPMD_KILL_LOG: gets a line for each call, with its name and that of the file; must be outside the folder. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long n_calls;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_ours(const char* path) {
    const char* folder = getenv("DPMD_KILL_FOLDER");
    return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int path_of(int descriptor, char* path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t n = readlink(link, path, PATH_MAX - 1);
    path[n > 0 ? n : 0] = '\0';
    return n > 0 && is_ours(path);
}

static void end(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Counts the call and logs it; 0: go on, else the first letter of how to end. */
static int chosen(const char* call, const char* path) {
    const long number = atomic_fetch_add(&n_calls, 1) + 1;
    const char *log = getenv("DPMD_KILL_LOG"), *at = getenv("DPMD_KILL_AT"), *how = getenv("DPMD_KILL_HOW");
    if (log != NULL) {
        char line[PATH_MAX + 64];
        const char* name = strrchr(path, '/');
        const int n = snprintf(line, sizeof line, "%s %s\n", call, name != NULL ? name + 1 : path);
        const int file = NEXT(open)(log, O_WRONLY | O_APPEND | O_CREAT, 0600);
        if (file >= 0) {
            if (NEXT(write)(file, line, (size_t)n) != n) abort();
            close(file);
        }
    }
    return at != NULL && how != NULL && atol(at) == number ? how[0] : 0;
}

#define AROUND(call, path, result, do_it, do_half)         \
    const int how_##result = chosen(call, path);           \
    if (how_##result == 't') {                             \
        do_half;                                           \
    }                                                      \
    if (how_##result == 't' || how_##result == 'b') end(); \
    __typeof__(do_it) result = do_it;                      \
    if (how_##result == 'a') end();                        \
    return result

ssize_t write(int descriptor, const void* data, size_t size) {
    char path[PATH_MAX];
    if (!path_of(descriptor, path)) return NEXT(write)(descriptor, data, size);
    AROUND("write", path, n, NEXT(write)(descriptor, data, size), (void)!NEXT(write)(descriptor, data, size / 2));
}

ssize_t pwrite64(int descriptor, const void* data, size_t size, off64_t offset) {
    char path[PATH_MAX];
    if (!path_of(descriptor, path)) return NEXT(pwrite64)(descriptor, data, size, offset);
    AROUND("write", path, n, NEXT(pwrite64)(descriptor, data, size, offset),
           (void)!NEXT(pwrite64)(descriptor, data, size / 2, offset));
}

ssize_t writev(int descriptor, const struct iovec* parts, int n_parts) {
    char path[PATH_MAX];
    if (!path_of(descriptor, path)) return NEXT(writev)(descriptor, parts, n_parts);
    AROUND("write", path, n, NEXT(writev)(descriptor, parts, n_parts), (void)!NEXT(writev)(descriptor, parts, 1));
}

size_t fwrite(const void* data, size_t size, size_t n, FILE* file) {
    char path[PATH_MAX];
    if (!path_of(fileno(file), path)) return NEXT(fwrite)(data, size, n, file);
    AROUND("write", path, done, NEXT(fwrite)(data, size, n, file), {
        (void)!NEXT(fwrite)(data, 1, size * n / 2, file);
        fflush(file);
    });
}

int fsync(int descriptor) {
    char path[PATH_MAX];
    if (!path_of(descriptor, path)) return NEXT(fsync)(descriptor);
    AROUND("fsync", path, status, NEXT(fsync)(descriptor), );
}

int ftruncate(int descriptor, off_t size) {
    char path[PATH_MAX];
    if (!path_of(descriptor, path)) return NEXT(ftruncate)(descriptor, size);
    AROUND("truncate", path, status, NEXT(ftruncate)(descriptor, size), );
}

int ftruncate64(int descriptor, off64_t size) {
    char path[PATH_MAX];
    if (!path_of(descriptor, path)) return NEXT(ftruncate64)(descriptor, size);
    AROUND("truncate", path, status, NEXT(ftruncate64)(descriptor, size), );
}

int rename(const char* from, const char* to) {
    if (!is_ours(to)) return NEXT(rename)(from, to);
    AROUND("rename", to, status, NEXT(rename)(from, to), );
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) {
    if (!is_ours(to)) return NEXT(renameat)(from_folder, from, to_folder, to);
    AROUND("rename", to, status, NEXT(renameat)(from_folder, from, to_folder, to), );
}

int unlink(const char* path) {
    if (!is_ours(path)) return NEXT(unlink)(path);
    AROUND("unlink", path, status, NEXT(unlink)(path), );
}

static int opened(const char* path, int flags, mode_t mode) {
    if (!(flags & O_CREAT) || !is_ours(path)) return NEXT(open64)(path, flags, mode);
    AROUND("create", path, descriptor, NEXT(open64)(path, flags, mode), );
}

int open64(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return opened(path, flags, mode);
}

int open(const char* path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return opened(path, flags, mode);
}
