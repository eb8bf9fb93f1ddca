#include "libcurl.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// OpenSSL's and GnuTLS's builds of it have one interface.
#ifdef __APPLE__
static const char *const names[] = {"libcurl.4.dylib", "/usr/lib/libcurl.4.dylib"};
#else
static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
#endif

static libcurl loaded;
static int is_loaded;
static char fault[256] = "it is not installed";

static void load(void) {
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) {
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        const char *reason = library || i ? NULL : dlerror();
        if (reason) snprintf(fault, sizeof fault, "%s", reason);
    }
    if (!library) return;
    const char *missing = NULL;
#define LIBCURL_FIND(name) \
    if (!(loaded.name = (__typeof__(loaded.name))dlsym(library, "curl_" #name))) missing = "curl_" #name;
    LIBCURL_CALLS(LIBCURL_FIND)
#undef LIBCURL_FIND
    if (missing) {
        snprintf(fault, sizeof fault, "it is older than 7.62: it has no %s", missing);
    } else if (loaded.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(fault, sizeof fault, "it does not start");
    } else {
        is_loaded = 1;
    }
}

const libcurl *libcurl_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return is_loaded ? &loaded : NULL;
}

const char *libcurl_fault(void) { return fault; }
