// What a contender takes while nothing happens: started three times each, looked at after a second, and again after ten.
// Prints the resident and the anonymous memory in kB, and the context switches of the ten seconds; of each the median.
#include "contender.h"

enum { COPIES = 3, SETTLE = 1000, IDLE = 10000 };

// The sum of the numbers behind this word at the start of lines of a file of the process.
static double sum(pid_t pid, const char *file, const char *word) {
    char path[64], line[256];
    double total = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    FILE *stream = fopen(path, "r");
    if (!stream) fail(path);
    while (fgets(line, sizeof line, stream)) {
        char *found = strstr(line, word);
        if (found) total += atof(found + strlen(word));
    }
    fclose(stream);
    return total;
}

int main(int count, char **words) {
    pid_t pids[CONTENDERS][COPIES];
    double switches[CONTENDERS][COPIES];
    read_contenders(count - 1, words + 1, NULL, NULL);
    for (int copy = 0; copy < COPIES; copy++)
        for (int i = 0; i < contenders; i++) pids[i][copy] = start(commands[i], NULL);
    sleep_milliseconds(SETTLE);
    for (int i = 0; i < contenders; i++)
        for (int copy = 0; copy < COPIES; copy++) switches[i][copy] = sum(pids[i][copy], "status", "voluntary_ctxt_switches:");
    sleep_milliseconds(IDLE);
    for (int i = 0; i < contenders; i++) {
        double resident[COPIES], anonymous[COPIES];
        for (int copy = 0; copy < COPIES; copy++) {
            pid_t pid = pids[i][copy];
            switches[i][copy] = sum(pid, "status", "voluntary_ctxt_switches:") - switches[i][copy];
            resident[copy] = sum(pid, "smaps_rollup", "Rss:");
            anonymous[copy] = sum(pid, "smaps_rollup", "Anonymous:");
        }
        printf("%.0f %.0f %.0f\n", quantile(resident, COPIES, 0.5), quantile(anonymous, COPIES, 0.5), quantile(switches[i], COPIES, 0.5));
    }
    for (int i = 0; i < contenders; i++)
        for (int copy = 0; copy < COPIES; copy++) end(pids[i][copy]);
}
