// How long a signal takes through a contender to its child: from `kill` here to the return of the child's wait, all on
// one processor.
// Called as `latency ROUNDS COMMAND…`, where each command gets this program as its child; prints the median in
// microseconds.
#include "contender.h"

enum { SETTLE = 200, CHANNEL = 1 };

static int channel[2];

static void give_channel(void) { dup2(channel[1], CHANNEL); }

// The child: writes down when a signal comes.
static int child(void) {
    sigset_t wanted;
    siginfo_t info;
    double time = 0;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    sigprocmask(SIG_BLOCK, &wanted, NULL);
    for (;;) {
        if (write(CHANNEL, &time, sizeof time) != sizeof time) return 1;
        sigwaitinfo(&wanted, &info);
        time = microseconds();
    }
}

int main(int count, char **words) {
    if (count == 2 && strcmp(words[1], "child") == 0) return child();
    int rounds = atoi(words[1]), descriptors[CONTENDERS];
    pid_t pids[CONTENDERS];
    double *times[CONTENDERS], time;
    read_contenders(count - 2, words + 2, own_path(), "child");
    pin(0);
    go_first();
    for (int i = 0; i < contenders; i++) {
        times[i] = calloc(rounds, sizeof(double));
        if (pipe2(channel, O_CLOEXEC) != 0) fail("pipe");
        pids[i] = start(commands[i], give_channel);
        close(channel[1]);
        descriptors[i] = channel[0];
        if (read(channel[0], &time, sizeof time) != sizeof time) fail(commands[i][0]);
    }
    sleep_milliseconds(SETTLE);
    // The first time wakes what slept deepest; it is not counted.
    for (int round = -1; round < rounds; round++) {
        usleep(300);
        for (int place = 0; place < contenders; place++) {
            int i = turn(round, place);
            double sent = microseconds();
            kill(pids[i], SIGUSR1);
            if (read(descriptors[i], &time, sizeof time) != sizeof time) fail(commands[i][0]);
            if (round >= 0) times[i][round] = time - sent;
        }
    }
    for (int i = 0; i < contenders; i++) {
        printf("%.2f\n", quantile(times[i], rounds, 0.5));
        end(pids[i]);
    }
}
