// The system's libcurl, opened when the first transfer is made: the program starts, and does all else, where there is none.
#ifndef ACTREC_LIBCURL_H
#define ACTREC_LIBCURL_H

#include <curl/curl.h>

/// What is called of it. All of it is in libcurl 7.62 and later.
#define LIBCURL_CALLS(call)                                                                                                 \
    call(global_init) call(easy_init) call(easy_cleanup) call(easy_reset) call(easy_setopt) call(easy_perform)              \
    call(easy_getinfo) call(easy_strerror) call(slist_append) call(slist_free_all) call(free)                               \
    call(url) call(url_set) call(url_get) call(url_cleanup)

typedef struct {
#define LIBCURL_MEMBER(name) __typeof__(curl_##name) *name;
    LIBCURL_CALLS(LIBCURL_MEMBER)
#undef LIBCURL_MEMBER
} libcurl;

/// NULL when there is none that works; `libcurl_fault` says why.
const libcurl *libcurl_load(void);

/// Why `libcurl_load` gave NULL.
const char *libcurl_fault(void);

#endif
