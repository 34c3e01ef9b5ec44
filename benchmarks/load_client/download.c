#define _GNU_SOURCE
#include "download.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RRQ = 1, DATA = 3, ACK = 4, ERROR = 5, OACK = 6 };
enum { LARGEST_DATAGRAM = 65536, DEFAULT_BLKSIZE = 512, READ_AT_ONCE = 64 };

static void end(struct download *d, enum progress how, uint64_t now)
{
    d->progress = how;
    d->ended = now;
    close(d->fd);
}

__attribute__((format(printf, 3, 4)))
static void fail(struct download *d, uint64_t now, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(d->failure, sizeof d->failure, format, values);
    va_end(values);
    end(d, FAILED, now);
}

/* splitmix64: each download has a stream of its own, so that the order of packets among downloads changes nothing. */
static bool happens(struct download *d, double chance)
{
    if (chance <= 0)
        return false;
    uint64_t z = d->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53 < chance;
}

static size_t add_option(char *request, size_t length, size_t room, const char *name, unsigned value)
{
    if (value)
        length += (size_t)snprintf(request + length, room - length, "%s%c%u", name, 0, value) + 1;
    return length;
}

static void transmit(struct download *d, const struct plan *plan, const void *packet, size_t length)
{
    if (happens(d, plan->lose_sent))
        return;
    if (d->connected)
        send(d->fd, packet, length, 0);
    else
        sendto(d->fd, packet, length, 0, (const struct sockaddr *)&plan->server, sizeof plan->server);
}

static void send_request(struct download *d, const struct plan *plan)
{
    char request[512];
    size_t length = (size_t)snprintf(request, sizeof request, "%c%c%s%coctet", 0, RRQ, plan->name, 0) + 1;
    length = add_option(request, length, sizeof request, "blksize", plan->blksize);
    length = add_option(request, length, sizeof request, "windowsize", plan->windowsize);
    transmit(d, plan, request, length);
}

static void send_ack(struct download *d, const struct plan *plan, uint64_t now)
{
    const uint8_t ack[4] = {0, ACK, (uint8_t)(d->received >> 8), (uint8_t)d->received};
    d->acked = d->received;
    d->in_window = 0;
    d->sent_at = now;
    d->due = now + plan->timeout;
    transmit(d, plan, ack, sizeof ack);
    if (happens(d, plan->double_ack))
        transmit(d, plan, ack, sizeof ack);
}

bool download_open(struct download *d, const struct plan *plan, uint64_t seed)
{
    *d = (struct download){.blksize = DEFAULT_BLKSIZE, .windowsize = 1, .random = seed, .tries_left = plan->tries};
    d->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return d->fd >= 0 && bind(d->fd, (const struct sockaddr *)&plan->local, sizeof plan->local) == 0;
}

void download_start(struct download *d, const struct plan *plan, uint64_t now)
{
    d->started = d->sent_at = now;
    d->due = now + plan->timeout;
    d->measures = true;
    send_request(d, plan);
}

static unsigned option(const uint8_t *packet, size_t length, const char *wanted)
{
    const char *at = (const char *)packet + 2, *stop = (const char *)packet + length;
    while (at < stop) {
        const char *name = at, *value = name + strnlen(name, (size_t)(stop - name)) + 1;
        if (value >= stop)
            return 0;
        at = value + strnlen(value, (size_t)(stop - value)) + 1;
        if (strcasecmp(name, wanted) == 0 && at <= stop)
            return (unsigned)strtoul(value, NULL, 10);
    }
    return 0;
}

static void hear_oack(struct download *d, const struct plan *plan, const uint8_t *packet, size_t length, uint64_t now)
{
    if (d->received)
        return;
    unsigned blksize = option(packet, length, "blksize"), windowsize = option(packet, length, "windowsize");
    if (blksize > plan->blksize || windowsize > plan->windowsize) {
        fail(d, now, "the server's OACK has more than was asked: blksize %u, windowsize %u", blksize, windowsize);
        return;
    }
    d->blksize = blksize ? blksize : DEFAULT_BLKSIZE;
    d->windowsize = windowsize ? windowsize : 1;
    d->measures = true;
    send_ack(d, plan, now);
}

static bool is_as_expected(const struct download *d, const struct plan *plan, const uint8_t *body, size_t length)
{
    return d->bytes + length <= plan->size && memcmp(body, plan->expected + d->bytes, length) == 0;
}

/* A repeated last block of a window, or a gap, once: that tells the server where to go on. Everything else that is not
 * the next block stays unanswered, so that one lost packet never doubles what follows (the sorcerer's apprentice). */
static void hear_other_block(struct download *d, const struct plan *plan, uint16_t number, uint64_t now)
{
    int16_t ahead = (int16_t)(number - (uint16_t)d->received);
    if (ahead > 0) {
        d->out_of_order++;
        if (d->reported_gap)
            return;
        d->reported_gap = true;
        send_ack(d, plan, now);
    } else {
        d->duplicates++;
        if (ahead == 0 && d->acked == d->received && d->progress == WAITING)
            send_ack(d, plan, now);
    }
}

static void measure(struct download *d, struct samples *turns, uint64_t now)
{
    if (d->measures && turns->count < turns->room)
        turns->values[turns->count++] = (uint32_t)(now - d->sent_at < UINT32_MAX ? now - d->sent_at : UINT32_MAX);
    d->measures = false;
}

static void hear_next_block(struct download *d, const struct plan *plan, const uint8_t *body, size_t length, uint64_t now)
{
    if (length > d->blksize || !is_as_expected(d, plan, body, length)) {
        fail(d, now, "block %llu (%zu bytes) is not what the file has at %llu",
             (unsigned long long)d->received + 1, length, (unsigned long long)d->bytes);
        return;
    }
    d->received++;
    d->in_window++;
    d->bytes += length;
    d->reported_gap = false;
    d->tries_left = plan->tries;
    d->due = now + plan->timeout;
    if (length < d->blksize) {
        send_ack(d, plan, now);
        if (d->bytes == plan->size)
            end(d, COMPLETE, now);
        else
            fail(d, now, "ended after %llu of %llu bytes", (unsigned long long)d->bytes, (unsigned long long)plan->size);
    } else if (d->in_window >= d->windowsize && plan->think) {
        d->progress = THINKING;
        d->due = now + plan->think;
    } else if (d->in_window >= d->windowsize) {
        d->measures = true;
        send_ack(d, plan, now);
    }
}

static void hear(struct download *d, const struct plan *plan, struct samples *turns, const uint8_t *packet, size_t length,
                 uint64_t now)
{
    unsigned kind = length >= 4 ? (unsigned)packet[0] << 8 | packet[1] : 0;
    uint16_t number = length >= 4 ? (uint16_t)(packet[2] << 8 | packet[3]) : 0;
    if (kind == DATA && number == (uint16_t)(d->received + 1)) {
        measure(d, turns, now);
        hear_next_block(d, plan, packet + 4, length - 4, now);
    } else if (kind == DATA) {
        hear_other_block(d, plan, number, now);
    } else if (kind == OACK) {
        hear_oack(d, plan, packet, length, now);
    } else if (kind == ERROR) {
        fail(d, now, "the server's ERROR %u: %.*s", number, (int)(length - 4 < 80 ? length - 4 : 80), packet + 4);
    }
}

static uint8_t packets[READ_AT_ONCE][LARGEST_DATAGRAM];
static size_t lengths[READ_AT_ONCE];

/* What has come of a window, in one call: a device's network hardware does not cost the server's machine more either. */
static int read_window(const struct download *d)
{
    static struct iovec rooms[READ_AT_ONCE];
    static struct mmsghdr messages[READ_AT_ONCE];
    for (size_t i = 0; i < READ_AT_ONCE; i++) {
        rooms[i] = (struct iovec){packets[i], LARGEST_DATAGRAM};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &rooms[i], .msg_iovlen = 1};
    }
    unsigned awaited = d->windowsize - d->in_window;
    int got = recvmmsg(d->fd, messages, awaited < READ_AT_ONCE ? awaited : READ_AT_ONCE, 0, NULL);
    for (int i = 0; i < got; i++)
        lengths[i] = messages[i].msg_len;
    return got;
}

/* The server answers from a port of its own: once the first packet has told which, the kernel keeps everybody else's
 * away. */
static ssize_t read_first_packet(struct download *d, const struct plan *plan)
{
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t got = recvfrom(d->fd, packets[0], LARGEST_DATAGRAM, 0, (struct sockaddr *)&from, &length);
    if (got < 0)
        return got;
    if (from.sin_addr.s_addr != plan->server.sin_addr.s_addr)
        return 0;
    if (happens(d, plan->lose_received))
        return 0; /* nor has the port been seen */
    d->connected = connect(d->fd, (const struct sockaddr *)&from, length) == 0;
    return got;
}

/* How many packets came, or -1. */
static int read_packets(struct download *d, const struct plan *plan)
{
    if (d->connected && d->windowsize > 1)
        return read_window(d);
    ssize_t got = d->connected ? recv(d->fd, packets[0], LARGEST_DATAGRAM, 0) : read_first_packet(d, plan);
    lengths[0] = (size_t)got;
    return got < 0 ? -1 : 1;
}

bool download_read(struct download *d, const struct plan *plan, struct samples *turns)
{
    bool thought = d->progress == THINKING;
    /* One read for one block in lock step. A window is read on until it is full, or until nothing more has come. */
    do {
        bool known = d->connected;
        int got = read_packets(d, plan);
        uint64_t now = nanoseconds();
        if (got < 0 && errno == ECONNREFUSED)
            fail(d, now, "the server's port is closed");
        if (got < 0)
            break;
        for (int i = 0; i < got && (d->progress == WAITING || d->progress == THINKING); i++)
            if (!known || !happens(d, plan->lose_received))
                hear(d, plan, turns, packets[i], lengths[i], now);
    } while (d->progress == WAITING && d->in_window > 0);
    return !thought && d->progress == THINKING;
}

void download_acknowledge(struct download *d, const struct plan *plan, uint64_t now)
{
    d->progress = WAITING;
    d->measures = true;
    send_ack(d, plan, now);
}

void download_tick(struct download *d, const struct plan *plan, uint64_t now)
{
    if (d->progress != WAITING || now < d->due)
        return;
    if (d->tries_left-- == 0) {
        fail(d, now, "no answer after block %llu", (unsigned long long)d->received);
        return;
    }
    d->retransmissions++;
    d->measures = d->reported_gap = false;
    d->due = now + plan->timeout;
    if (d->connected)
        send_ack(d, plan, now);
    else
        send_request(d, plan);
}
