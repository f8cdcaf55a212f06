// What the probes share: contenders from the command line, each started as PID 1 of a PID namespace of its own, with
// the /proc that a container has.
//
// A probe is called `PROBE ROUNDS COMMAND… :: COMMAND… :: …` and prints one line for each command, in their order. In
// every round each contender has its turn, so that a noisy moment hits all of them, and another one begins: who comes
// first finds colder caches.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// No probe needs all of this.
#pragma GCC diagnostic ignored "-Wunused-function"

enum { CONTENDERS = 32, WORDS = 64 };

static char *commands[CONTENDERS][WORDS];
static int contenders;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static void sleep_milliseconds(int milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

// Reads the contenders; `child` (and its argument) is what each of them shall run, where the probe is that itself.
static void read_contenders(int count, char **words, char *child, char *argument) {
    int word = 0;
    for (int i = 0; i <= count; i++) {
        if (i < count && strcmp(words[i], "::") != 0) {
            if (word < WORDS - 4) commands[contenders][word++] = words[i];
            continue;
        }
        if (child) commands[contenders][word++] = child;
        if (argument) commands[contenders][word++] = argument;
        contenders++;
        word = 0;
        if (contenders == CONTENDERS) break;
    }
}

// Whose turn it is.
static int turn(int round, int place) { return (round + contenders + place) % contenders; }

// Where this program is, for a contender that shall run it.
static char *own_path(void) {
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0) fail("/proc/self/exe");
    path[length] = 0;
    return path;
}

// Other work on this machine shall disturb as little as can be: goes before all of it. Without the right to do that
// the numbers are noisier, not wrong.
static void go_first(void) {
    struct sched_param priority = {.sched_priority = 10};
    sched_setscheduler(0, SCHED_FIFO, &priority);
}

static void pin(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    sched_setaffinity(0, sizeof set, &set);
}

// Starts a contender as PID 1 and gives its number as seen from here. `prepare` runs in it right before it is executed.
static pid_t start(char **command, void (*prepare)(void)) {
    pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid < 0) fail("a PID namespace");
    if (pid > 0) return pid;
    // A probe that fails leaves nothing behind.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
    if (mount("proc", "/proc", "proc", 0, NULL) != 0) fail("/proc");
    int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0);
    dup2(nothing, 2);
    close(nothing);
    if (prepare) prepare();
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

static void end(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static int by_size(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

// The value below which that share of the values lies; sorts them.
static double quantile(double *values, int count, double share) {
    qsort(values, count, sizeof *values, by_size);
    return values[(int)((count - 1) * share)];
}
