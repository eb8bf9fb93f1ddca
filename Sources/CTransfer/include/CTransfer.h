// One HTTP exchange at a time by libcurl, whose own calls are variadic and so out of Swift's reach.
// Redirects are not followed: where a secret may go is for the caller to decide.
#ifndef ACTREC_TRANSFER_H
#define ACTREC_TRANSFER_H

#include <stddef.h>

#pragma clang assume_nonnull begin

/// A connection's home: exchanges of one after another use a connection again. Not for two threads at once.
typedef struct transfer transfer;

typedef struct {
    const char *url;
    /// Lines of the form "Name: value".
    const char *_Nonnull const *_Nullable headers;
    size_t header_count;
    const char *agent;
    /// Not 0: HEAD in place of GET.
    int head_only;
    /// Seconds until a connection must stand, and seconds without a byte after which it counts as broken.
    long connect_timeout, stall_timeout;
    void *context;
    /// One line of the answer's head with its line end. Each function returns 0 to stop the exchange.
    int (*on_header)(void *context, const char *line, size_t count);
    int (*on_body)(void *context, const void *bytes, size_t count);
    /// Called several times a second.
    int (*may_go_on)(void *context);
} transfer_request;

typedef enum {
    TRANSFER_DONE,
    /// A function of the request returned 0.
    TRANSFER_STOPPED,
    /// No connection came about: no such host, or nobody answers there.
    TRANSFER_UNREACHABLE,
    /// The connection broke, or stalled, before the answer was whole.
    TRANSFER_BROKEN,
    /// Another try would end the same way: a malformed address, another protocol, a certificate that is not trusted.
    TRANSFER_FAILED,
} transfer_outcome;

typedef struct {
    long status;
    /// Seconds that the answer asks to wait (Retry-After, given as a number or a date); 0 for none.
    long retry_after;
    /// The absolute address that a redirect leads to; NULL for none. Valid until the next exchange.
    const char *_Nullable redirect;
    /// Why it failed, as libcurl says it.
    char message[256];
} transfer_answer;

/// Whether there is a libcurl that works; where not, `transfer_fault` says why.
int transfer_is_possible(void);
const char *transfer_fault(void);

/// NULL where there is no libcurl, or no memory.
transfer *_Nullable transfer_new(void);
void transfer_free(transfer *transfer);
transfer_outcome transfer_run(transfer *transfer, const transfer_request *request, transfer_answer *answer);

/// Writes "scheme://host:port" of an http or https address, as libcurl reads it, in lower case and with the port always
/// there. Returns 0 for any other address, where `size` is too small, and where there is no libcurl.
int transfer_origin(const char *url, char *origin, size_t size);

#pragma clang assume_nonnull end
#endif
