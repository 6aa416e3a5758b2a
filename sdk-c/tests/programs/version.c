/* Which library is this? */
#include "program.h"

int main(void) {
    printf("edge version: %s\n", edge_version());
    printf("edge version major: %" PRIu32 "\n", edge_version_major());
    printf("edge version minor: %" PRIu32 "\n", edge_version_minor());
    printf("edge version patch: %" PRIu32 "\n", edge_version_patch());
    return 0;
}
