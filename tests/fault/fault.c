/* Makes the N-th call that touches a folder's files fail: open, creation of a folder, write, sync, rename.
 * For LD_PRELOAD. FAULT_ROOT: the folder. FAULT_AT: N, from 1. FAULT_ERRNO: the error's number. FAULT_LASTING: if set, all later
 * writing calls fail too, as on a full disk. FAULT_STUCK: if set, the call never returns, as from a disk that does not answer.
 * FAULT_EATS: if set, the call takes all memory that the process may have, so that nobody else in it gets any.
 * FAULT_MARK: a file created when the fault has happened.
 * FAULT_WHILE instead of FAULT_AT: every call that takes room fails while this file exists, which lies elsewhere. FAULT_ROWS instead of it: the N-th
 * write of a journal's rows fails; with FAULT_TORN half of it is written first.
 * FAULT_FRAME, FAULT_LOCKS: see there. Knows nothing of who calls. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 4096
static atomic_bool watched[MOST_FILES];
static atomic_bool torn[MOST_FILES];
static atomic_long calls, frames;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_inside(const char *path) {
    const char *root = getenv("FAULT_ROOT");
    return root && path && strncmp(path, root, strlen(root)) == 0;
}

static int is_watched(int file) { return file >= 0 && file < MOST_FILES && watched[file]; }

/* Takes memory, in ever smaller pieces, until there is none; the call itself goes on. Without a limit it would take the machine's. */
static int eat(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) abort();
    for (size_t size = 1 << 24; size >= 16; size /= 2)
        while (malloc(size)) continue;
    return 0;
}

/* Whether the call of this number is to fail. */
static int is_due(const char *at, long call, int writes) {
    long wanted = at ? atol(at) : 0;
    return wanted > 0 && (call == wanted || (call > wanted && writes && getenv("FAULT_LASTING")));
}

/* The fault happens. */
static int happens(void) {
    const char *number = getenv("FAULT_ERRNO"), *mark = getenv("FAULT_MARK");
    if (mark) {
        int file = REAL(open)(mark, O_CREAT | O_WRONLY, 0600);
        if (file >= 0) REAL(close)(file);
    }
    while (getenv("FAULT_STUCK")) pause();
    if (getenv("FAULT_EATS")) return eat();
    errno = number ? atoi(number) : EIO;
    return 1;
}

/* What a call does that takes room on the disk; others that write do 1, those that only read 0. */
#define ROOM 2

/* Whether this call is to fail. */
static int fails(int writes) {
    const char *while_there = getenv("FAULT_WHILE");
    if (while_there) return writes == ROOM && access(while_there, F_OK) == 0 && happens();
    return is_due(getenv("FAULT_AT"), atomic_fetch_add(&calls, 1) + 1, writes) && happens();
}

/* Whether these bytes are rows of a journal that are to fail; their first half may be written all the same, as on a disk that is full after
 * it. Then the rest of them fails, which comes without a beginning. */
static int rows_fail(int file, const unsigned char *bytes, size_t count, size_t *part) {
    const char *at = getenv("FAULT_ROWS");
    *part = 0;
    if (!at || file < 0 || file >= MOST_FILES) return 0;
    if (atomic_exchange(&torn[file], 0)) return happens();
    if (count < 20 || memcmp(bytes, "\x89ICTUSF\n", 8) != 0) return 0;
    if (!is_due(at, atomic_fetch_add(&frames, 1) + 1, 1)) return 0;
    if (!getenv("FAULT_TORN")) return happens();
    torn[file] = 1;
    *part = count / 2;
    return 0;
}

static int opened(int file, const char *path) {
    if (file >= 0 && file < MOST_FILES) watched[file] = is_inside(path);
    return file;
}

#define MODE(flags)                                  \
    mode_t mode = 0;                                 \
    if ((flags) & (O_CREAT | O_TMPFILE)) {           \
        va_list rest;                                \
        va_start(rest, flags);                       \
        mode = va_arg(rest, mode_t);                 \
        va_end(rest);                                \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    if (is_inside(path) && fails(flags & O_CREAT ? ROOM : 0)) return -1;
    return opened(REAL(open)(path, flags, mode), path);
}

int open64(const char *path, int flags, ...) {
    MODE(flags)
    if (is_inside(path) && fails(flags & O_CREAT ? ROOM : 0)) return -1;
    return opened(REAL(open64)(path, flags, mode), path);
}

int openat(int folder, const char *path, int flags, ...) {
    MODE(flags)
    if (is_inside(path) && fails(flags & O_CREAT ? ROOM : 0)) return -1;
    return opened(REAL(openat)(folder, path, flags, mode), path);
}

int openat64(int folder, const char *path, int flags, ...) {
    MODE(flags)
    if (is_inside(path) && fails(flags & O_CREAT ? ROOM : 0)) return -1;
    return opened(REAL(openat64)(folder, path, flags, mode), path);
}

int close(int file) {
    if (file >= 0 && file < MOST_FILES) watched[file] = 0;
    return REAL(close)(file);
}

int mkdir(const char *path, mode_t mode) {
    if (is_inside(path) && fails(ROOM)) return -1;
    return REAL(mkdir)(path, mode);
}

int rename(const char *from, const char *to) {
    if (is_inside(from) && fails(1)) return -1;
    return REAL(rename)(from, to);
}

static int is_refused_frame(const void *bytes, size_t count);

ssize_t write(int file, const void *bytes, size_t count) {
    size_t part = 0;
    if (is_refused_frame(bytes, count)) {
        errno = ENOSPC;
        return -1;
    }
    if (is_watched(file) && (fails(ROOM) || rows_fail(file, bytes, count, &part))) return -1;
    if (part > 0) return REAL(write)(file, bytes, part);
    return REAL(write)(file, bytes, count);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    if (is_watched(file) && fails(ROOM)) return -1;
    return REAL(writev)(file, parts, count);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    if (is_watched(file) && fails(ROOM)) return -1;
    return REAL(pwrite)(file, bytes, count, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t offset) {
    if (is_watched(file) && fails(ROOM)) return -1;
    return REAL(pwrite64)(file, bytes, count, offset);
}

int fsync(int file) {
    if (is_watched(file) && fails(1)) return -1;
    return REAL(fsync)(file);
}

int fdatasync(int file) {
    if (is_watched(file) && fails(1)) return -1;
    return REAL(fdatasync)(file);
}

int ftruncate(int file, off_t length) {
    if (is_watched(file) && fails(1)) return -1;
    return REAL(ftruncate)(file, length);
}

int ftruncate64(int file, off64_t length) {
    if (is_watched(file) && fails(1)) return -1;
    return REAL(ftruncate64)(file, length);
}

/* The frame of rows whose number FAULT_FRAME is, from 1, does not fit the disk. */
static int is_refused_frame(const void *bytes, size_t count) {
    static atomic_long frames;
    const char *number = getenv("FAULT_FRAME");
    return number && count > 100 && memcmp(bytes, "\x89ICTUSF\n", 8) == 0 && atomic_fetch_add(&frames, 1) + 1 == atol(number);
}

/* FAULT_LOCKS: the file system knows no locks. */
int flock(int file, int operation) {
    if (getenv("FAULT_LOCKS")) {
        errno = ENOLCK;
        return -1;
    }
    return REAL(flock)(file, operation);
}
