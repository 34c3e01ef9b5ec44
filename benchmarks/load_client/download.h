/*
 * One download (RFC 1350, 2347, 2348, 7440), driven by the loop in load.c.
 *
 * The one rule: a byte that is not compared with the expected file counts for nothing. A download is complete when
 * every byte of the file came, in order and as expected, and not before.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What all downloads of a run have in common. Times are nanoseconds, chances are 0 to 1. */
struct plan {
    struct sockaddr_in server, local;
    const char *name;
    const uint8_t *expected;
    uint64_t size;
    unsigned blksize, windowsize; /* 0: the option is not asked for */
    uint64_t think, timeout;
    unsigned tries;
    double lose_received, lose_sent, double_ack;
};

enum progress { WAITING, THINKING, COMPLETE, FAILED };

struct download {
    int fd;
    enum progress progress;
    bool connected, reported_gap;
    unsigned blksize, windowsize, in_window, tries_left;
    uint64_t acked;    /* blocks acknowledged so far, not rolled over */
    uint64_t received; /* blocks received in order */
    uint64_t bytes;
    uint64_t started, ended, sent_at, due;
    bool measures; /* the next DATA answers what was sent at sent_at */
    uint64_t retransmissions, duplicates, out_of_order;
    uint64_t random;
    char failure[128];
};

/* Where the turn-around of each block goes, in nanoseconds: ACK sent to next DATA read. */
struct samples {
    uint32_t *values;
    size_t count, room;
};

bool download_open(struct download *d, const struct plan *plan, uint64_t seed);
void download_start(struct download *d, const struct plan *plan, uint64_t now);

/* Read what has come. Answers true if the download now thinks until `due`: call download_acknowledge then. */
bool download_read(struct download *d, const struct plan *plan, struct samples *turns);
void download_acknowledge(struct download *d, const struct plan *plan, uint64_t now);

/* Send again what got no answer in time; give up after the plan's tries. */
void download_tick(struct download *d, const struct plan *plan, uint64_t now);

static inline uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline bool download_runs(const struct download *d)
{
    return d->progress == WAITING || d->progress == THINKING;
}
