/* replay.c - run a fuzz target over files: each argument is a file, or a folder of them. The count is printed. */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

static unsigned replay(const char *path)
{
    struct stat st;
    unsigned count = 0;

    if (stat(path, &st) != 0) {
        perror(path);
        exit(1);
    }
    if (S_ISDIR(st.st_mode)) {
        DIR *const folder = opendir(path);
        char name[4096];

        for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;)
            if (entry->d_name[0] != '.') {
                snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
                count += replay(name);
            }
        if (folder)
            closedir(folder);
        return count;
    }

    FILE *const file = fopen(path, "rb");
    const size_t len = (size_t)st.st_size;
    uint8_t *const bytes = malloc(len ? len : 1); /* exact, so that a sanitizer sees one byte too many */

    if (!file || !bytes || fread(bytes, 1, len, file) != len) {
        perror(path);
        exit(1);
    }
    fclose(file);
    fprintf(stderr, "%s\n", path); /* the last name is the culprit */
    LLVMFuzzerTestOneInput(bytes, len);
    free(bytes);
    return 1;
}

int main(int argc, char **argv)
{
    unsigned count = 0;

    for (int i = 1; i < argc; i++)
        count += replay(argv[i]);
    printf("%u inputs\n", count);
    return count == 0;
}
