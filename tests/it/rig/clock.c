/*
 * Moves the clock of the day of one process, for as long as the process lives and as often as a test likes.
 *
 * Loaded before the C library (LD_PRELOAD). The variable CLOCK_OFFSET_FILE names a file of eight bytes, a signed number of
 * microseconds in the machine's own order, which is mapped into memory: whoever writes there sets the clock. The monotonic
 * clock stays as it is, as it does when an administrator sets the clock of a machine.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define MICROS_IN_SECOND 1000000LL
#define NANOS_IN_SECOND 1000000000LL
/* How long is waited at once, in nanoseconds, before the clock is looked at again. */
#define PIECE 20000000LL

static const int64_t none = 0;
static const volatile int64_t *offset_micros = &none;

__attribute__((constructor)) static void map_offset(void) {
    const char *path = getenv("CLOCK_OFFSET_FILE");
    int file = path == NULL ? -1 : open(path, O_RDONLY);
    if (file < 0) {
        return;
    }
    void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) {
        offset_micros = mapped;
    }
    close(file);
}

static int read_clock(clockid_t clock, struct timespec *time) {
    return (int)syscall(SYS_clock_gettime, clock, time);
}

static struct timespec plus(struct timespec time, int64_t nanos) {
    int64_t all = time.tv_nsec + nanos % NANOS_IN_SECOND;
    time.tv_sec += nanos / NANOS_IN_SECOND;
    if (all < 0) {
        all += NANOS_IN_SECOND;
        time.tv_sec -= 1;
    } else if (all >= NANOS_IN_SECOND) {
        all -= NANOS_IN_SECOND;
        time.tv_sec += 1;
    }
    time.tv_nsec = all;
    return time;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = read_clock(clock, time);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t micros = *offset_micros;
        time->tv_sec += micros / MICROS_IN_SECOND;
        *time = plus(*time, micros % MICROS_IN_SECOND * 1000);
    }
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    struct timespec now;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return -1;
    }
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *seconds) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (seconds != NULL) {
        *seconds = now.tv_sec;
    }
    return now.tv_sec;
}

int timespec_get(struct timespec *time, int base) {
    return clock_gettime(CLOCK_REALTIME, time) == 0 ? base : 0;
}

/*
 * Waits for an instant of the clock of the day, wherever that moves meanwhile: so does the kernel for a clock that is really
 * set. The C library's own function is told instants of the real clock, piece by piece.
 */
int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict until) {
    static int (*wait)(cnd_t *, mtx_t *, const struct timespec *);
    if (wait == NULL) {
        wait = (int (*)(cnd_t *, mtx_t *, const struct timespec *))dlsym(RTLD_NEXT, "cnd_timedwait");
    }
    for (;;) {
        struct timespec now, real;
        clock_gettime(CLOCK_REALTIME, &now);
        read_clock(CLOCK_REALTIME, &real);
        int64_t left = (until->tv_sec - now.tv_sec) * NANOS_IN_SECOND + (until->tv_nsec - now.tv_nsec);
        int64_t piece = left < 0 ? 0 : left > PIECE ? PIECE : left;
        struct timespec end = plus(real, piece);
        int result = wait(condition, mutex, &end);
        if (result != thrd_timedout || left <= PIECE) {
            return result;
        }
    }
}
