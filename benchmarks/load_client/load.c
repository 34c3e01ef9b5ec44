/*
 * Many TFTP downloads of one file at the same time, in one epoll loop; every byte is compared with the local file.
 *
 *     cc -O2 -o load load.c download.c
 *     load ADDRESS PORT NAME EXPECTED [--clients 48] [--blksize 1468] [--windowsize 16] ...   (see `options`)
 *
 * Prints one JSON object. Exit code: 0 all complete, 1 some failed, 2 could not start.
 */
#define _GNU_SOURCE
#include "download.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { CANNOT_START = 2, EVENTS_AT_ONCE = 64, TICK_MILLISECONDS = 10 };
#define SECOND 1000000000u

struct run {
    struct plan plan;
    struct download *downloads;
    size_t clients, running;
    uint64_t deadline, seed;
    int epoll, ticker;
    struct samples turns;
    /* A ring: all think equally long, so they end in the order in which they began. */
    struct download **thinking;
    size_t first_thinking, thinkers;
};

static const struct option options[] = {
    {"clients", required_argument, NULL, 'n'},       /* downloads at the same time */
    {"blksize", required_argument, NULL, 'b'},       /* bytes; without it no option is sent */
    {"windowsize", required_argument, NULL, 'w'},    /* blocks; without it no option is sent */
    {"think", required_argument, NULL, 'k'},         /* microseconds before each ACK */
    {"timeout", required_argument, NULL, 't'},       /* milliseconds until an ACK is repeated */
    {"tries", required_argument, NULL, 'r'},         /* repetitions without progress until a download has failed */
    {"deadline", required_argument, NULL, 'd'},      /* seconds for everything */
    {"lose-received", required_argument, NULL, 'x'}, /* chance, 0 to 1 */
    {"lose-sent", required_argument, NULL, 'y'},     /* chance, 0 to 1 */
    {"double-acks", required_argument, NULL, 'z'},   /* chance, 0 to 1 */
    {"seed", required_argument, NULL, 's'},
    {"bind", required_argument, NULL, 'B'}, /* the devices' address */
    {0},
};

static double number(const char *text)
{
    char *rest;
    double value = strtod(text, &rest);
    if (*rest || rest == text || value < 0)
        errx(CANNOT_START, "'%s' is no number", text);
    return value;
}

static void read_option(struct run *run, int which)
{
    struct plan *plan = &run->plan;
    switch (which) {
    case 'n': run->clients = (size_t)number(optarg); break;
    case 'b': plan->blksize = (unsigned)number(optarg); break;
    case 'w': plan->windowsize = (unsigned)number(optarg); break;
    case 'k': plan->think = (uint64_t)(number(optarg) * 1e3); break;
    case 't': plan->timeout = (uint64_t)(number(optarg) * 1e6); break;
    case 'r': plan->tries = (unsigned)number(optarg); break;
    case 'd': run->deadline = (uint64_t)(number(optarg) * 1e9); break;
    case 'x': plan->lose_received = number(optarg); break;
    case 'y': plan->lose_sent = number(optarg); break;
    case 'z': plan->double_ack = number(optarg); break;
    case 's': run->seed = (uint64_t)number(optarg); break;
    case 'B':
        if (inet_pton(AF_INET, optarg, &plan->local.sin_addr) != 1)
            errx(CANNOT_START, "'%s' is no IPv4 address", optarg);
        break;
    default: exit(CANNOT_START);
    }
}

static void map_expected(struct plan *plan, const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        err(CANNOT_START, "%s", path);
    plan->size = (uint64_t)status.st_size;
    if (plan->size == 0)
        return;
    plan->expected = mmap(NULL, plan->size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (plan->expected == MAP_FAILED)
        err(CANNOT_START, "map %s", path);
    close(fd);
}

static void read_arguments(struct run *run, int count, char **arguments)
{
    int which;
    while ((which = getopt_long(count, arguments, "", options, NULL)) != -1)
        read_option(run, which);
    if (count - optind != 4 || run->clients == 0)
        errx(CANNOT_START, "usage: load ADDRESS PORT NAME EXPECTED [--clients N] ...");
    struct plan *plan = &run->plan;
    plan->server.sin_family = AF_INET;
    plan->server.sin_port = htons((uint16_t)number(arguments[optind + 1]));
    if (inet_pton(AF_INET, arguments[optind], &plan->server.sin_addr) != 1)
        errx(CANNOT_START, "'%s' is no IPv4 address", arguments[optind]);
    plan->name = arguments[optind + 2];
    if (strlen(plan->name) > 255)
        errx(CANNOT_START, "the name is longer than 255 bytes");
    map_expected(plan, arguments[optind + 3]);
}

static void *room_for(size_t count, size_t size)
{
    void *room = calloc(count, size);
    if (!room)
        err(CANNOT_START, "memory");
    return room;
}

static void watch(struct run *run, int fd, void *what)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};
    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        err(CANNOT_START, "epoll");
}

static void prepare(struct run *run)
{
    unsigned blksize = run->plan.blksize ? run->plan.blksize : 512;
    run->downloads = room_for(run->clients, sizeof *run->downloads);
    run->thinking = room_for(run->clients, sizeof(struct download *));
    run->turns.room = run->clients * (run->plan.size / (blksize < 512 ? blksize : 512) + 2);
    run->turns.values = room_for(run->turns.room, sizeof *run->turns.values);
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    run->ticker = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    const struct timespec tick = {.tv_nsec = TICK_MILLISECONDS * 1000000};
    timerfd_settime(run->ticker, 0, &(struct itimerspec){tick, tick}, NULL);
    watch(run, run->ticker, NULL);
    for (size_t i = 0; i < run->clients; i++) {
        if (!download_open(&run->downloads[i], &run->plan, (run->seed << 20) + i))
            err(CANNOT_START, "socket %zu", i);
        watch(run, run->downloads[i].fd, &run->downloads[i]);
    }
    prctl(PR_SET_TIMERSLACK, 1); /* think times are exact: the usual slack is 50 us */
}

static void tick(struct run *run, uint64_t now)
{
    uint64_t expirations;
    if (read(run->ticker, &expirations, sizeof expirations) < 0)
        return;
    for (size_t i = 0; i < run->clients; i++) {
        struct download *d = &run->downloads[i];
        bool ran = download_runs(d);
        download_tick(d, &run->plan, now);
        run->running -= ran && !download_runs(d);
    }
}

static void handle(struct run *run, struct download *d)
{
    if (!download_runs(d))
        return;
    if (download_read(d, &run->plan, &run->turns))
        run->thinking[(run->first_thinking + run->thinkers++) % run->clients] = d;
    run->running -= !download_runs(d);
}

/* Acknowledge for all who have thought long enough. Answers how long until the next has, NULL while none thinks. */
static const struct timespec *end_thoughts(struct run *run, struct timespec *left)
{
    while (run->thinkers) {
        struct download *d = run->thinking[run->first_thinking];
        uint64_t now = nanoseconds();
        if (d->progress == THINKING && d->due > now) {
            left->tv_sec = (time_t)((d->due - now) / SECOND);
            left->tv_nsec = (long)((d->due - now) % SECOND);
            return left;
        }
        run->first_thinking = (run->first_thinking + 1) % run->clients;
        run->thinkers--;
        if (d->progress == THINKING)
            download_acknowledge(d, &run->plan, now);
    }
    return NULL;
}

static void drive(struct run *run)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    struct timespec left;
    const uint64_t stop = nanoseconds() + run->deadline;
    run->running = run->clients;
    for (size_t i = 0; i < run->clients; i++)
        download_start(&run->downloads[i], &run->plan, nanoseconds());
    while (run->running) {
        int count = epoll_pwait2(run->epoll, events, EVENTS_AT_ONCE, end_thoughts(run, &left), NULL);
        if (count < 0 && errno != EINTR)
            err(CANNOT_START, "epoll");
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr)
                handle(run, events[i].data.ptr);
            else if (nanoseconds() > stop)
                return;
            else
                tick(run, nanoseconds());
        }
    }
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double turn_microseconds(const struct samples *turns, double share)
{
    return turns->count ? turns->values[(size_t)((double)(turns->count - 1) * share)] / 1e3 : 0;
}

static void print_text(const char *text)
{
    putchar('"');
    for (; *text; text++)
        putchar(*text < ' ' || *text > '~' || *text == '"' || *text == '\\' ? '?' : *text);
    putchar('"');
}

/* Answers the exit code. */
static int report(struct run *run)
{
    struct download total = {.started = UINT64_MAX};
    size_t failures = 0;
    printf("{\"session_seconds\": [");
    for (size_t i = 0; i < run->clients; i++) {
        const struct download *d = &run->downloads[i];
        uint64_t ended = download_runs(d) ? nanoseconds() : d->ended;
        total.started = d->started < total.started ? d->started : total.started;
        total.ended = ended > total.ended ? ended : total.ended;
        total.received += d->received;
        total.bytes += d->bytes;
        total.retransmissions += d->retransmissions;
        total.duplicates += d->duplicates;
        total.out_of_order += d->out_of_order;
        printf("%s%.6f", i ? ", " : "", (double)(ended - d->started) / 1e9);
    }
    printf("], \"failures\": [");
    for (size_t i = 0; i < run->clients; i++) {
        const struct download *d = &run->downloads[i];
        if (d->progress == COMPLETE)
            continue;
        fputs(failures++ ? ", " : "", stdout);
        print_text(d->progress == FAILED ? d->failure : "not complete at the deadline");
    }
    double seconds = (double)(total.ended - total.started) / 1e9;
    qsort(run->turns.values, run->turns.count, sizeof *run->turns.values, by_value);
    printf("], \"seconds\": %.6f, \"blocks\": %llu, \"bytes\": %llu, ", seconds, (unsigned long long)total.received,
           (unsigned long long)total.bytes);
    printf("\"blocks_per_second\": %.1f, \"megabytes_per_second\": %.3f, ", (double)total.received / seconds,
           (double)total.bytes / seconds / 1e6);
    printf("\"turn_p50_us\": %.2f, \"turn_p99_us\": %.2f, ", turn_microseconds(&run->turns, 0.50),
           turn_microseconds(&run->turns, 0.99));
    printf("\"retransmissions\": %llu, \"duplicates\": %llu, \"out_of_order\": %llu}\n",
           (unsigned long long)total.retransmissions, (unsigned long long)total.duplicates,
           (unsigned long long)total.out_of_order);
    return failures ? 1 : 0;
}

int main(int count, char **arguments)
{
    struct run run = {
        .plan = {.timeout = SECOND, .tries = 10, .local = {.sin_family = AF_INET}},
        .clients = 1,
        .deadline = 300ull * SECOND,
    };
    read_arguments(&run, count, arguments);
    prepare(&run);
    drive(&run);
    return report(&run);
}
