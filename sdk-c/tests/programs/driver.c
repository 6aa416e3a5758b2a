/* A program that is the command line tool under another name: its arguments, its output, its exit status. Without arguments it runs the
 * Fibonacci module that stands beside it. The tool's place: EDGE_TOOL, or else `edge` in the PATH. */
#define _POSIX_C_SOURCE 200809L
#include <unistd.h>

#include "program.h"

int main(int argc, char **argv) {
    char *const fibonacci[] = {"edge", "run", "--invoke", "fib", "tests/programs/fibonacci.wat", "10", NULL};
    const char *tool = getenv("EDGE_TOOL");
    if (argc > 2) argv[0] = "edge";
    execvp(tool != NULL ? tool : "edge", argc > 2 ? argv : fibonacci);
    perror("edge");
    return EXIT_FAILURE;
}
