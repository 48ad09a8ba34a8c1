/*
 * Preloaded into a process (LD_PRELOAD), it records what the process does to files below POWER_CUT_ROOT: to the file POWER_CUT_TRACE, in the
 * order in which the calls returned. A record is a line, and after a `write` its bytes:
 *
 *   create PATH | mkdir PATH | write PATH OFFSET LENGTH | truncate PATH SIZE | sync PATH | unlink PATH | rename PATH PATH | note TEXT
 *
 * Opening /power-cut-note/TEXT fails, and records the note: so the process says what it has been promised by now.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 4096
#define NOTE "/power-cut-note/"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *paths[FILES];
static int trace = -1;
static const char *root;

static void put(const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t done = syscall(SYS_write, trace, bytes, length);
    if (done <= 0) abort();
    bytes += done;
    length -= (size_t)done;
  }
}

__attribute__((constructor)) static void start(void) {
  const char *to = getenv("POWER_CUT_TRACE");
  root = getenv("POWER_CUT_ROOT");
  if (to == NULL || root == NULL) return;
  trace = (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (trace < 0) abort();
}

static int watched(const char *path) { return trace >= 0 && path != NULL && strncmp(path, root, strlen(root)) == 0; }

static const char *path_of(int fd) { return trace >= 0 && fd >= 0 && fd < FILES ? paths[fd] : NULL; }

static void line(const char *format, ...) {
  char text[8192];
  va_list args;
  va_start(args, format);
  int length = vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (length < 0 || (size_t)length >= sizeof text) abort();
  put(text, (size_t)length);
}

#define REAL(name, type) \
  static __typeof__(type) real; \
  if (real == NULL) real = (__typeof__(type))dlsym(RTLD_NEXT, name);

static int opened(int fd, const char *path, int existed, int flags) {
  if (fd < 0 || fd >= FILES) return fd;
  int saved = errno;
  pthread_mutex_lock(&lock);
  free(paths[fd]);
  paths[fd] = strdup(path);
  if (!existed && (flags & O_CREAT)) line("create %s\n", path);
  if (existed && (flags & O_TRUNC)) line("truncate %s 0\n", path);
  pthread_mutex_unlock(&lock);
  errno = saved;
  return fd;
}

static int exists(const char *path) {
  struct stat found;
  return stat(path, &found) == 0;
}

static int open_with(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  if (trace >= 0 && path != NULL && strncmp(path, NOTE, strlen(NOTE)) == 0) {
    pthread_mutex_lock(&lock);
    line("note %s\n", path + strlen(NOTE));
    pthread_mutex_unlock(&lock);
    errno = ENOENT;
    return -1;
  }
  if (!watched(path)) return real(path, flags, mode);
  int existed = exists(path);
  return opened(real(path, flags, mode), path, existed, flags);
}

#define MODE \
  mode_t mode = 0; \
  if (flags & O_CREAT) { \
    va_list args; \
    va_start(args, flags); \
    mode = va_arg(args, mode_t); \
    va_end(args); \
  }

int open(const char *path, int flags, ...) {
  REAL("open", int (*)(const char *, int, ...))
  MODE
  return open_with(real, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  REAL("open64", int (*)(const char *, int, ...))
  MODE
  return open_with(real, path, flags, mode);
}

int close(int fd) {
  REAL("close", int (*)(int))
  if (path_of(fd) != NULL) {
    pthread_mutex_lock(&lock);
    free(paths[fd]);
    paths[fd] = NULL;
    pthread_mutex_unlock(&lock);
  }
  return real(fd);
}

static void wrote(int fd, const void *bytes, ssize_t length, off_t at) {
  const char *path = path_of(fd);
  if (path == NULL || length <= 0) return;
  int saved = errno;
  pthread_mutex_lock(&lock);
  line("write %s %lld %zd\n", path, (long long)at, length);
  put(bytes, (size_t)length);
  pthread_mutex_unlock(&lock);
  errno = saved;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  REAL("write", ssize_t(*)(int, const void *, size_t))
  off_t at = path_of(fd) == NULL ? 0 : lseek(fd, 0, SEEK_CUR);
  ssize_t done = real(fd, bytes, length);
  wrote(fd, bytes, done, at);
  return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  REAL("pwrite", ssize_t(*)(int, const void *, size_t, off_t))
  ssize_t done = real(fd, bytes, length, at);
  wrote(fd, bytes, done, at);
  return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  REAL("pwrite64", ssize_t(*)(int, const void *, size_t, off64_t))
  ssize_t done = real(fd, bytes, length, at);
  wrote(fd, bytes, done, at);
  return done;
}

/* What is not taken apart must not go by unseen. */
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  REAL("pwritev", ssize_t(*)(int, const struct iovec *, int, off_t))
  if (path_of(fd) != NULL) abort();
  return real(fd, parts, count, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL("writev", ssize_t(*)(int, const struct iovec *, int))
  if (path_of(fd) != NULL) abort();
  return real(fd, parts, count);
}

static int said(int result, const char *what, const char *path, long long size) {
  if (result != 0 || path == NULL) return result;
  pthread_mutex_lock(&lock);
  if (size >= 0) line("%s %s %lld\n", what, path, size);
  else line("%s %s\n", what, path);
  pthread_mutex_unlock(&lock);
  return result;
}

int ftruncate(int fd, off_t size) {
  REAL("ftruncate", int (*)(int, off_t))
  return said(real(fd, size), "truncate", path_of(fd), (long long)size);
}

int ftruncate64(int fd, off64_t size) {
  REAL("ftruncate64", int (*)(int, off64_t))
  return said(real(fd, size), "truncate", path_of(fd), (long long)size);
}

int fsync(int fd) {
  REAL("fsync", int (*)(int))
  return said(real(fd), "sync", path_of(fd), -1);
}

int fdatasync(int fd) {
  REAL("fdatasync", int (*)(int))
  return said(real(fd), "sync", path_of(fd), -1);
}

int unlink(const char *path) {
  REAL("unlink", int (*)(const char *))
  return said(real(path), "unlink", watched(path) ? path : NULL, -1);
}

int mkdir(const char *path, mode_t mode) {
  REAL("mkdir", int (*)(const char *, mode_t))
  return said(real(path, mode), "mkdir", watched(path) ? path : NULL, -1);
}

int rename(const char *from, const char *to) {
  REAL("rename", int (*)(const char *, const char *))
  int result = real(from, to);
  if (result == 0 && (watched(from) || watched(to))) {
    pthread_mutex_lock(&lock);
    line("rename %s %s\n", from, to);
    pthread_mutex_unlock(&lock);
  }
  return result;
}
