// Which TERMs are lost that come soon after a contender was executed, by the delay.
//
// The delay counts from the moment when the kernel has given up the old program for the new one (it then closes the
// descriptors that are to be closed); this process spins on one processor until then and until the delay is over, and
// the contender has the other one. A TERM is lost when the contender is still there long after.
// Called as `early ROUNDS DELAY… -- COMMAND… :: COMMAND…`, delays in microseconds; prints for each command the number
// of lost ones for each delay.
#include "contender.h"

enum { DELAYS = 16, SETTLED_AFTER = 4000, LOST_AFTER = 500, ALIVE = 1024 };

static int executed[2];

static void silent(void) {
    int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, 1);
    close(nothing);
}

// Gives the contender, still alive, or 0 when it has ended by the TERM.
static pid_t term_after(char **command, int delay) {
    char byte;
    if (pipe2(executed, O_CLOEXEC | O_NONBLOCK) != 0) fail("pipe");
    pin(1);
    pid_t pid = start(command, silent);
    // Only now: what is made here starts here, and would wait for this process to stop spinning.
    pin(0);
    close(executed[1]);
    double begun = microseconds();
    while (read(executed[0], &byte, 1) < 0) {
        if (microseconds() - begun > 1e6) return pid;
    }
    begun = microseconds();
    while (microseconds() - begun < delay) {}
    kill(pid, SIGTERM);
    close(executed[0]);
    begun = microseconds();
    while (microseconds() - begun < SETTLED_AFTER) {
        if (waitpid(pid, NULL, WNOHANG) == pid) return 0;
        usleep(100);
    }
    return pid;
}

int main(int count, char **words) {
    int rounds = atoi(words[1]), delays[DELAYS], delay_count = 0, next = 2;
    static int lost[CONTENDERS][DELAYS];
    static struct { pid_t pid; int contender, delay; } alive[ALIVE];
    for (; next < count && strcmp(words[next], "--") != 0 && delay_count < DELAYS; next++)
        delays[delay_count++] = atoi(words[next]);
    read_contenders(count - next - 1, words + next + 1, NULL, NULL);
    go_first();
    int living = 0;
    for (int round = 0; round < rounds; round++) {
        for (int delay = 0; delay < delay_count; delay++) {
            for (int place = 0; place < contenders; place++) {
                int i = turn(round + delay, place);
                pid_t pid = term_after(commands[i], delays[delay]);
                if (pid == 0) continue;
                alive[living].pid = pid;
                alive[living].contender = i;
                alive[living++].delay = delay;
            }
        }
        if (living < ALIVE - DELAYS * CONTENDERS && round + 1 < rounds) continue;
        sleep_milliseconds(LOST_AFTER);
        for (int i = 0; i < living; i++) {
            if (waitpid(alive[i].pid, NULL, WNOHANG) == alive[i].pid) continue;
            lost[alive[i].contender][alive[i].delay]++;
            end(alive[i].pid);
        }
        living = 0;
    }
    for (int i = 0; i < contenders; i++) {
        for (int delay = 0; delay < delay_count; delay++) printf("%d ", lost[i][delay]);
        printf("\n");
    }
}
