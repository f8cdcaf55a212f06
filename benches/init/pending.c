// Whether a TERM is lost that waits, blocked, when a contender is executed: it is passed on at once, at the worst
// moment for a child that has been forked and not yet become what it shall be.
// All are on one processor, where the contender goes on before the child that it has forked.
// A TERM counts as lost when the child has not got it and the contender has not ended by it either.
// Called as `pending ROUNDS COMMAND…`, where each command gets this program as its child; prints the number of lost ones.
#include "contender.h"

enum { BATCH = 25, READY_WITHIN = 1000, LOST_AFTER = 300 };

static int channel[2];

static void wait_with_term_pending(void) {
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    sigprocmask(SIG_SETMASK, &term, NULL);
    kill(getpid(), SIGTERM);
    dup2(channel[1], 1);
}

// The child: says that it listens, and which TERM it gets.
static int child(void) {
    sigset_t all;
    siginfo_t info;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    if (write(1, "ready", 5) != 5) return 1;
    for (;;) {
        if (sigwaitinfo(&all, &info) == SIGTERM && write(1, "T", 1) != 1) return 1;
    }
}

static bool says(int descriptor, int milliseconds, char wanted) {
    char bytes[64];
    struct pollfd poll_one = {descriptor, POLLIN, 0};
    while (poll(&poll_one, 1, milliseconds) > 0) {
        ssize_t length = read(descriptor, bytes, sizeof bytes);
        if (length <= 0) return false;
        if (memchr(bytes, wanted, length)) return true;
        milliseconds = 0;
    }
    return false;
}

int main(int count, char **words) {
    if (count == 2 && strcmp(words[1], "child") == 0) return child();
    int rounds = atoi(words[1]), lost[CONTENDERS] = {0};
    read_contenders(count - 2, words + 2, own_path(), "child");
    pin(0);
    go_first();
    for (int done = 0; done < rounds; done += BATCH) {
        static struct { pid_t pid; int descriptor; bool got; } one[CONTENDERS][BATCH];
        for (int round = 0; round < BATCH; round++) {
            for (int place = 0; place < contenders; place++) {
                int i = turn(round, place);
                if (pipe2(channel, O_CLOEXEC) != 0) fail("pipe");
                one[i][round].pid = start(commands[i], wait_with_term_pending);
                close(channel[1]);
                one[i][round].descriptor = channel[0];
                char bytes[64];
                struct pollfd poll_one = {channel[0], POLLIN, 0};
                ssize_t length = poll(&poll_one, 1, READY_WITHIN) > 0 ? read(channel[0], bytes, sizeof bytes) : 0;
                one[i][round].got = length > 0 && memchr(bytes, 'T', length);
            }
        }
        sleep_milliseconds(LOST_AFTER);
        for (int i = 0; i < contenders; i++) {
            for (int round = 0; round < BATCH; round++) {
                bool got = one[i][round].got || says(one[i][round].descriptor, 0, 'T');
                bool ended = waitpid(one[i][round].pid, NULL, WNOHANG) == one[i][round].pid;
                if (!got && !ended) lost[i]++;
                if (!ended) end(one[i][round].pid);
                close(one[i][round].descriptor);
            }
        }
    }
    for (int i = 0; i < contenders; i++) printf("%d\n", lost[i]);
}
