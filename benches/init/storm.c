// How fast a contender reaps orphans. `churn`: made one after the other, as fast as they can be; `burst`: many that
// wait, and then end at once.
// Called as `storm ROUNDS ORPHANS churn|burst COMMAND…`, where each command gets this program as its child; prints the
// median of orphans a second until the last is reaped, that of the even and of the odd rounds alone, which shows how
// much of a difference is chance, and how many were never reaped.
#include "contender.h"

enum { PATIENCE = 30 };

static int channel[2];
static char *orphans, *kind;

static void give_channel(void) { dup2(channel[1], 1); }

// How many children PID 1 has, as the kernel lists them.
static int children_of_init(void) {
    FILE *stream = fopen("/proc/1/task/1/children", "r");
    int number = 0, pid;
    if (!stream) fail("the list of children");
    while (fscanf(stream, "%d", &pid) == 1) number++;
    fclose(stream);
    return number;
}

static void churn(volatile int number) {
    for (; number > 0; number--) {
        pid_t parent = vfork();
        if (parent == 0) {
            if (vfork() == 0) _exit(0);
            _exit(0);
        }
        waitpid(parent, NULL, 0);
    }
}

// Makes the orphans of a burst; gives the descriptor that they wait for.
static int gather(int number) {
    int gate[2];
    if (pipe(gate) != 0) fail("pipe");
    pid_t parent = fork();
    if (parent == 0) {
        close(gate[1]);
        for (int i = 0; i < number; i++) {
            pid_t orphan = fork();
            if (orphan < 0) fail("fork");
            if (orphan == 0) {
                char byte;
                _exit(read(gate[0], &byte, 1) != 0);
            }
        }
        _exit(0);
    }
    waitpid(parent, NULL, 0);
    close(gate[0]);
    return gate[1];
}

// The main child of the contender: prints orphans a second, and how many are left.
static int child(int number, const char *how) {
    bool at_once = strcmp(how, "burst") == 0;
    int gate = at_once ? gather(number) : -1;
    double begun = microseconds();
    if (at_once) close(gate);
    else churn(number);
    while (children_of_init() > 1 && microseconds() - begun < PATIENCE * 1e6) usleep(200);
    double took = microseconds() - begun;
    printf("%.0f %d\n", number / took * 1e6, children_of_init() - 1);
    return 0;
}

int main(int count, char **words) {
    if (count == 4 && strcmp(words[1], "child") == 0) return child(atoi(words[2]), words[3]);
    int rounds = atoi(words[1]) / 2 * 2, left[CONTENDERS] = {0};
    double *rates[CONTENDERS];
    orphans = words[2];
    kind = words[3];
    read_contenders(count - 4, words + 4, own_path(), "child");
    go_first();
    for (int i = 0; i < contenders; i++) {
        int word = 0;
        while (commands[i][word]) word++;
        commands[i][word] = orphans;
        commands[i][word + 1] = kind;
        rates[i] = calloc(rounds, sizeof(double));
    }
    for (int round = 0; round < rounds; round++) {
        for (int place = 0; place < contenders; place++) {
            int i = turn(round, place);
            char text[128] = "";
            int one_left = 0;
            double rate = 0;
            if (pipe2(channel, O_CLOEXEC) != 0) fail("pipe");
            pid_t pid = start(commands[i], give_channel);
            close(channel[1]);
            if (read(channel[0], text, sizeof text - 1) <= 0 || sscanf(text, "%lf %d", &rate, &one_left) != 2) fail(commands[i][0]);
            close(channel[0]);
            end(pid);
            rates[i][round / 2 + round % 2 * (rounds / 2)] = rate;
            left[i] += one_left;
        }
    }
    for (int i = 0; i < contenders; i++) {
        double even = quantile(rates[i], rounds / 2, 0.5), odd = quantile(rates[i] + rounds / 2, rounds / 2, 0.5);
        printf("%.0f %.0f %.0f %d\n", quantile(rates[i], rounds, 0.5), even, odd, left[i]);
    }
}
