#include "CTransfer.h"
#include <ctype.h>
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transfer { CURL *handle; };

static CURLcode library = CURLE_FAILED_INIT;
static void start_library(void) { library = curl_global_init(CURL_GLOBAL_DEFAULT); }

transfer *transfer_new(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_library);
    if (library != CURLE_OK) return NULL;
    transfer *t = malloc(sizeof *t);
    if (!t) return NULL;
    t->handle = curl_easy_init();
    if (!t->handle) { free(t); return NULL; }
    return t;
}

void transfer_free(transfer *t) {
    curl_easy_cleanup(t->handle);
    free(t);
}

static size_t take_header(char *line, size_t size, size_t count, void *request) {
    const transfer_request *r = request;
    return r->on_header(r->context, line, size * count) ? size * count : 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *request) {
    const transfer_request *r = request;
    return r->on_body(r->context, bytes, size * count) ? size * count : 0;
}

static int look(void *request, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up_now) {
    (void)total, (void)now, (void)up_total, (void)up_now;
    const transfer_request *r = request;
    return r->may_go_on(r->context) ? 0 : 1;
}

static transfer_outcome outcome_of(CURLcode code) {
    switch (code) {
    case CURLE_OK: return TRANSFER_DONE;
    case CURLE_WRITE_ERROR:
    case CURLE_ABORTED_BY_CALLBACK: return TRANSFER_STOPPED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT: return TRANSFER_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR: return TRANSFER_BROKEN;
    default: return TRANSFER_FAILED;
    }
}

transfer_outcome transfer_run(transfer *t, const transfer_request *request, transfer_answer *answer) {
    memset(answer, 0, sizeof *answer);
    CURL *h = t->handle;
    curl_easy_reset(h); // keeps its connections
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < request->header_count; i++) {
        struct curl_slist *longer = curl_slist_append(headers, request->headers[i]);
        if (!longer) {
            curl_slist_free_all(headers);
            snprintf(answer->message, sizeof answer->message, "out of memory");
            return TRANSFER_FAILED;
        }
        headers = longer;
    }
    char message[CURL_ERROR_SIZE] = "";
    CURLcode code = curl_easy_setopt(h, CURLOPT_URL, request->url);
    // Options whose failure would let something through stop the exchange.
#if LIBCURL_VERSION_NUM >= 0x075500
    if (code == CURLE_OK) code = curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    if (code == CURLE_OK) code = curl_easy_setopt(h, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    if (code == CURLE_OK) code = curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    // Where a company's proxy signs with an authority of its own, these name it, as for curl and for Python's clients.
    const char *authorities = getenv("CURL_CA_BUNDLE");
    if (!authorities || !*authorities) authorities = getenv("SSL_CERT_FILE");
    if (code == CURLE_OK && authorities && *authorities) code = curl_easy_setopt(h, CURLOPT_CAINFO, authorities);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, message);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h, CURLOPT_USERAGENT, request->agent);
    curl_easy_setopt(h, CURLOPT_NOBODY, request->head_only ? 1L : 0L);
    curl_easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, request->connect_timeout);
    curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, request->stall_timeout);
    curl_easy_setopt(h, CURLOPT_BUFFERSIZE, 1L << 18);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, request);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, look);
    curl_easy_setopt(h, CURLOPT_XFERINFODATA, request);
    curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    if (code == CURLE_OK) code = curl_easy_perform(h);

    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &answer->status);
    char *redirect = NULL;
    curl_easy_getinfo(h, CURLINFO_REDIRECT_URL, &redirect);
    answer->redirect = redirect;
    curl_off_t wait = 0;
    curl_easy_getinfo(h, CURLINFO_RETRY_AFTER, &wait);
    answer->retry_after = (long)wait;
    snprintf(answer->message, sizeof answer->message, "%s", message[0] ? message : curl_easy_strerror(code));
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return outcome_of(code);
}

int transfer_origin(const char *url, char *origin, size_t size) {
    CURLU *parts = curl_url();
    if (!parts) return 0;
    char *scheme = NULL, *host = NULL, *port = NULL;
    int good = curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK
        && curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
        && curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK
        && curl_url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK
        && (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);
    if (good) {
        const int count = snprintf(origin, size, "%s://%s:%s", scheme, host, port);
        good = count > 0 && (size_t)count < size;
        for (char *c = origin; good && *c; c++) *c = (char)tolower((unsigned char)*c);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parts);
    return good;
}
