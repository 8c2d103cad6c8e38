/* test_lock.c - the files beside a board file: names, the lock between processes, sockets at the end of long paths. */
#include "owner/lock.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];

static int make_folder(void **state)
{
    strcpy(folder, "/tmp/sector0-test-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[96];

    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") == 0 ? system(command) : -1;
}

static struct board_paths paths_of(const char *file)
{
    struct board_paths p;
    struct err e = { 0 };

    assert_true(board_paths(file, &p, &e));
    return p;
}

static void names_are_beside_the_file(void **state)
{
    char expected[128];
    const struct board_paths p = paths_of("a.board");

    snprintf(expected, sizeof expected, "%s/a.board", folder);
    assert_string_equal(p.file, expected);
    strcat(expected, ".lock");
    assert_string_equal(p.lock, expected);
    assert_non_null(strstr(p.socket, "/a.board.sock"));
}

static void all_names_of_one_board_meet_at_one_lock(void **state)
{
    struct board_paths p;

    assert_int_equal(mkdir("sub", 0700), 0);
    fclose(fopen("real.board", "w"));
    assert_int_equal(symlink("../real.board", "sub/link.board"), 0);
    p = paths_of("real.board");
    assert_string_equal(paths_of("sub/link.board").lock, p.lock);
    assert_string_equal(paths_of("./sub/../real.board").lock, p.lock);
}

static void a_folder_that_is_not_there_is_an_error(void **state)
{
    static const char *const bad[] = { "nowhere/a.board", "", "a/" };

    for (size_t i = 0; i < 3; i++) {
        struct board_paths p;
        struct err e = { 0 };

        assert_false(board_paths(bad[i], &p, &e));
        assert_true(e.kind == ERR_INPUT || e.kind == ERR_USAGE);
    }
}

static void the_second_is_told_who_has_it(void **state)
{
    const struct board_paths p = paths_of("a.board");
    struct board_lock first, second;
    struct err e = { 0 };
    char pid[32];
    bool busy;

    assert_true(board_lock_take(&p, "openocd", &first, &busy, &e));
    assert_false(board_lock_take(&p, "other", &second, &busy, &e));
    assert_true(busy);
    assert_int_equal(e.kind, ERR_NODEV);
    snprintf(pid, sizeof pid, "openocd (pid %d)", (int)getpid());
    assert_non_null(strstr(e.cause, pid));
    board_lock_drop(&p, &first);
    assert_true(board_lock_take(&p, "other", &second, &busy, &e));
    board_lock_drop(&p, &second);
    assert_int_not_equal(access(p.lock, F_OK), 0);
}

static void a_lock_goes_with_its_process(void **state)
{
    const struct board_paths p = paths_of("a.board");
    struct board_lock l;
    struct err e = { 0 };
    int ready[2], status;
    char byte;
    bool busy;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        if (board_lock_take(&p, "child", &l, &busy, &e) && write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_false(board_lock_take(&p, "parent", &l, &busy, &e));
    assert_true(busy);
    assert_non_null(strstr(e.cause, "child (pid "));
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    assert_int_equal(access(p.lock, F_OK), 0); /* stale: the file is there, its owner is not */
    assert_true(board_lock_take(&p, "parent", &l, &busy, &e));
    board_lock_drop(&p, &l);
    close(ready[0]);
    close(ready[1]);
}

static void a_folder_without_permission_is_an_error_not_an_owner(void **state)
{
    struct board_paths p = paths_of("a.board");
    struct board_lock l;
    struct err e = { 0 };
    bool busy;

    strcpy(p.lock, "/proc/none.lock");
    assert_false(board_lock_take(&p, "x", &l, &busy, &e));
    assert_false(busy);
    assert_int_equal(e.kind, ERR_IO);
}

static void talk_over(const char *file)
{
    const struct board_paths p = paths_of(file);
    const int listener = board_socket_listen(&p);
    int client, server;
    char text[3] = "";

    assert_true(listener >= 0);
    client = board_socket_connect(&p);
    assert_true(client >= 0);
    server = accept(listener, NULL, NULL);
    assert_int_equal(write(client, "hi", 3), 3);
    assert_int_equal(read(server, text, 3), 3);
    assert_string_equal(text, "hi");
    close(client);
    close(server);
    close(listener);
    assert_int_equal(unlink(p.socket), 0); /* it is where the name says */
    assert_int_equal(board_socket_connect(&p), -1);
}

static void a_socket_works_at_the_end_of_any_path(void **state)
{
    char deep[600] = "", name[300];

    for (unsigned i = 0; i < 4; i++) {
        snprintf(deep + strlen(deep), sizeof deep - strlen(deep), "%s%0100d", i ? "/" : "", 7);
        assert_int_equal(mkdir(deep, 0700), 0);
    }
    talk_over("a.board");
    snprintf(name, sizeof name, "%0200d.board", 3); /* longer than a socket's address */
    talk_over(name);
    strcat(deep, "/a.board");
    talk_over(deep);
}

static void only_its_user_may_use_the_socket(void **state)
{
    const struct board_paths p = paths_of("a.board");
    const int listener = board_socket_listen(&p);
    struct stat s;

    assert_true(listener >= 0);
    assert_int_equal(stat(p.socket, &s), 0);
    assert_int_equal(s.st_mode & 0077, 0);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_are_beside_the_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(all_names_of_one_board_meet_at_one_lock, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_an_error, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_second_is_told_who_has_it, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_lock_goes_with_its_process, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_folder_without_permission_is_an_error_not_an_owner, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_socket_works_at_the_end_of_any_path, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(only_its_user_may_use_the_socket, make_folder, remove_folder),
    };

    return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
