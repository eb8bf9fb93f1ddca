// The program `actrec` of the Python package, which holds the engine once: in the shared library beside this file.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
static const char library[] = "libactrecengine.dylib";
static int own_path(char *path, size_t size) {
    uint32_t room = (uint32_t)size;
    return _NSGetExecutablePath(path, &room) == 0;
}
#else
static const char library[] = "libactrecengine.so";
static int own_path(char *path, size_t size) {
    const ssize_t count = readlink("/proc/self/exe", path, size - 1);
    if (count > 0) path[count] = 0;
    return count > 0;
}
#endif

int main(void) {
    char path[PATH_MAX + sizeof library];
    char *slash = own_path(path, PATH_MAX) ? strrchr(path, '/') : NULL;
    if (slash) memcpy(slash + 1, library, sizeof library);
    void *engine = dlopen(slash ? path : library, RTLD_NOW);
    void (*run)(void) = engine ? (void (*)(void))dlsym(engine, "actrec_run_command_line") : NULL;
    if (!run) {
        fprintf(stderr, "actrec: error: %s\n", dlerror());
        return 2;
    }
    run();
    return 0;
}
