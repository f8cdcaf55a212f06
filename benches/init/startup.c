// How long a command takes as PID 1, from its execution until it has ended and been reaped.
// Prints the median and the 5th percentile, in microseconds.
#include "contender.h"

static volatile double *begun;

static void note_time(void) {
    int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, 1);
    close(nothing);
    *begun = microseconds();
}

int main(int count, char **words) {
    int rounds = atoi(words[1]), warm_up = 10;
    read_contenders(count - 2, words + 2, NULL, NULL);
    begun = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double *times[CONTENDERS];
    for (int i = 0; i < contenders; i++) times[i] = calloc(rounds, sizeof(double));
    go_first();
    for (int round = -warm_up; round < rounds; round++) {
        for (int place = 0; place < contenders; place++) {
            int status, i = turn(round + warm_up, place);
            pid_t pid = start(commands[i], note_time);
            waitpid(pid, &status, 0);
            double time = microseconds() - *begun;
            if (status != 0) {
                fprintf(stderr, "%s: status %d\n", commands[i][0], status);
                return 1;
            }
            if (round >= 0) times[i][round] = time;
        }
        // What has real-time priority must not use up its share.
        if (round % 50 == 0) sleep_milliseconds(20);
    }
    for (int i = 0; i < contenders; i++) {
        double median = quantile(times[i], rounds, 0.5);
        printf("%.1f %.1f\n", median, quantile(times[i], rounds, 0.05));
    }
}
