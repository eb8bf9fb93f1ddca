#include "CTransfer.h"
#include "libcurl.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct transfer { const libcurl *curl; CURL *handle; };

int transfer_is_possible(void) { return libcurl_load() != NULL; }

const char *transfer_fault(void) { return libcurl_fault(); }

transfer *transfer_new(void) {
    const libcurl *curl = libcurl_load();
    transfer *t = curl ? malloc(sizeof *t) : NULL;
    if (!t) return NULL;
    t->curl = curl;
    t->handle = curl->easy_init();
    if (!t->handle) { free(t); return NULL; }
    return t;
}

void transfer_free(transfer *t) {
    t->curl->easy_cleanup(t->handle);
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

// The library that is found may be older, or newer, than the header.
static CURLcode allow_http(const libcurl *curl, CURL *h) {
#if LIBCURL_VERSION_NUM >= 0x075500
    const CURLcode code = curl->easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    if (code != CURLE_UNKNOWN_OPTION) return code;
#endif
    const CURLoption before_7_85 = (CURLoption)(CURLOPTTYPE_LONG + 181); // CURLOPT_PROTOCOLS, which newer headers deprecate
    return curl->easy_setopt(h, before_7_85, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
}

transfer_outcome transfer_run(transfer *t, const transfer_request *request, transfer_answer *answer) {
    memset(answer, 0, sizeof *answer);
    const libcurl *curl = t->curl;
    CURL *h = t->handle;
    curl->easy_reset(h); // keeps its connections
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < request->header_count; i++) {
        struct curl_slist *longer = curl->slist_append(headers, request->headers[i]);
        if (!longer) {
            curl->slist_free_all(headers);
            snprintf(answer->message, sizeof answer->message, "out of memory");
            return TRANSFER_FAILED;
        }
        headers = longer;
    }
    char message[CURL_ERROR_SIZE] = "";
    CURLcode code = curl->easy_setopt(h, CURLOPT_URL, request->url);
    // Options whose failure would let something through stop the exchange.
    if (code == CURLE_OK) code = allow_http(curl, h);
    if (code == CURLE_OK) code = curl->easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    // Where a company's proxy signs with an authority of its own, these name it, as for curl and for Python's clients.
    const char *authorities = getenv("CURL_CA_BUNDLE");
    if (!authorities || !*authorities) authorities = getenv("SSL_CERT_FILE");
    if (code == CURLE_OK && authorities && *authorities) code = curl->easy_setopt(h, CURLOPT_CAINFO, authorities);
    curl->easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(h, CURLOPT_ERRORBUFFER, message);
    curl->easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    curl->easy_setopt(h, CURLOPT_USERAGENT, request->agent);
    curl->easy_setopt(h, CURLOPT_NOBODY, request->head_only ? 1L : 0L);
    curl->easy_setopt(h, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl->easy_setopt(h, CURLOPT_CONNECTTIMEOUT, request->connect_timeout);
    curl->easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl->easy_setopt(h, CURLOPT_LOW_SPEED_TIME, request->stall_timeout);
    curl->easy_setopt(h, CURLOPT_BUFFERSIZE, 1L << 18);
    curl->easy_setopt(h, CURLOPT_HEADERFUNCTION, take_header);
    curl->easy_setopt(h, CURLOPT_HEADERDATA, request);
    curl->easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body);
    curl->easy_setopt(h, CURLOPT_WRITEDATA, request);
    curl->easy_setopt(h, CURLOPT_XFERINFOFUNCTION, look);
    curl->easy_setopt(h, CURLOPT_XFERINFODATA, request);
    curl->easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    if (code == CURLE_OK) code = curl->easy_perform(h);

    curl->easy_getinfo(h, CURLINFO_RESPONSE_CODE, &answer->status);
    char *redirect = NULL;
    curl->easy_getinfo(h, CURLINFO_REDIRECT_URL, &redirect);
    answer->redirect = redirect;
    curl_off_t wait = 0;
    curl->easy_getinfo(h, CURLINFO_RETRY_AFTER, &wait);
    answer->retry_after = (long)wait;
    snprintf(answer->message, sizeof answer->message, "%s", message[0] ? message : curl->easy_strerror(code));
    curl->easy_setopt(h, CURLOPT_ERRORBUFFER, NULL);
    curl->easy_setopt(h, CURLOPT_HTTPHEADER, NULL);
    curl->slist_free_all(headers);
    return outcome_of(code);
}

int transfer_origin(const char *url, char *origin, size_t size) {
    const libcurl *curl = libcurl_load();
    CURLU *parts = curl ? curl->url() : NULL;
    if (!parts) return 0;
    char *scheme = NULL, *host = NULL, *port = NULL;
    int good = curl->url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK
        && curl->url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK
        && curl->url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK
        && curl->url_get(parts, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK
        && (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0);
    if (good) {
        const int count = snprintf(origin, size, "%s://%s:%s", scheme, host, port);
        good = count > 0 && (size_t)count < size;
        for (char *c = origin; good && *c; c++) *c = (char)tolower((unsigned char)*c);
    }
    curl->free(scheme);
    curl->free(host);
    curl->free(port);
    curl->url_cleanup(parts);
    return good;
}
