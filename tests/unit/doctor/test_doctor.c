/* test_doctor.c - rules: every cause on its own board, nothing on healthy ones, and the catalogue's list. */
#include "catalogue.h"
#include "causes.h"
#include "doctor/evidence_json.h"
#include "doctor/remedy.h"
#include "doctor_rig.h"
#include "owner/fabric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = sizeof cause_rows / sizeof *cause_rows };

/* Another process that has the probe, until it is let go. */
static pid_t hold_the_probe(void)
{
    int ready[2];
    char byte;
    pid_t holder;

    assert_int_equal(pipe(ready), 0);
    holder = fork();
    assert_true(holder >= 0);
    if (holder == 0) {
        struct usb_list list = { 0 };
        struct err e = { 0 };

        struct usb_device *d =
            usb_fabric_bench.list("b.board", &list, &e) && list.count ? usb_fabric_bench.open(&list.ids[0], 0, &e) : NULL;

        if (d && write(ready[1], "", 1) == 1)
            while (d->ops->wait(d, "somebody waits", NULL, 0, 1000, &e))
                ;
        _exit(1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return holder;
}

static void let_go(pid_t holder)
{
    kill(holder, SIGKILL);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
}

static bool status_fits(const struct cause_row *row, int status)
{
    if (row->fails)
        return status != EXIT_DONE && status != EXIT_ATTENTION;
    return status == (strpbrk(row->found, "!~") ? EXIT_ATTENTION : EXIT_DONE);
}

/* Replay: what was seen, through a report and back, says the same. */
static bool replays_the_same(json_t *result)
{
    struct evidence v;
    struct diagnosis d;
    struct err e = { 0 };
    json_t *again, *found;
    bool same;

    if (!evidence_from_json(&v, json_object_get(result, "evidence"), &e)) {
        print_message("%s\n", e.cause);
        return false;
    }
    again = evidence_to_json(&v);
    diagnose(&d, &v);
    found = diagnosis_to_json(&d);
    same = json_equal(again, json_object_get(result, "evidence")) && json_equal(found, json_object_get(result, "findings"));
    json_decref(again);
    json_decref(found);
    return same;
}

static void each_board_shows_its_cause_and_what_follows_from_it(void **state)
{
    unsigned wrong = 0;

    for (size_t i = 0; i < ROWS; i++) {
        const struct cause_row *row = &cause_rows[i];
        char words[200];
        pid_t holder = 0;
        json_t *all;
        int status;

        doctor_forget();
        doctor_board(row->scenario, row->chip);
        if (row->held)
            holder = hold_the_probe();
        snprintf(words, sizeof words, "%s%s", row->fails ? row->fails : "doctor ", row->words);
        all = doctor_json(words, &status);
        if (holder)
            let_go(holder);
        if (strcmp(doctor_found(), row->found) == 0 && status_fits(row, status) &&
            (row->fails || replays_the_same(json_object_get(all, "result"))))
            continue;
        print_message("%s %s, %s: found '%s' (status %d), not '%s'\n", row->scenario, row->chip ? row->chip : "", words, doctor_found(),
                      status, row->found);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void board_that_waits(unsigned at, unsigned times)
{
    FILE *f = fopen("wait.scenario", "w");

    assert_non_null(f);
    fprintf(f, "summary wait\napp again\nrun 10ms\nfault swd-wait at swd %u times %u\n", at, times);
    fclose(f);
    doctor_board("wait.scenario", NULL);
    doctor_json("doctor", NULL);
}

/* A few are asked again by the probe's driver, wherever they fall: nothing is lost, and it is told as possible; in the midst of a batch,
 * whose later words were done, the batch has failed. So many are an error anywhere. */
static void a_port_that_answers_wait_is_told_wherever_it_does(void **state)
{
    for (unsigned at = 100; at < 600; at += 23) {
        board_that_waits(at, 5);
        if (strcmp(doctor_found(), "?swd-speed-signal") != 0 && strcmp(doctor_found(), "~swd-speed-signal") != 0)
            fail_msg("WAIT at request %u: '%s'", at, doctor_found());
    }
    board_that_waits(450, 400);
    assert_string_equal(doctor_found(), "~swd-speed-signal");
}

/* Halted by a debugger that left nothing else behind. */
static void a_plainly_halted_board_shows_nothing(void **state)
{
    static const char *const chips[] = { "stm32u073rc", "stm32g071rb" };
    FILE *f = fopen("halted.scenario", "w");

    assert_non_null(f);
    fputs("summary halted\napp again\nrun 10ms\ndebugger store PPB.DHCSR 0xA05F0003\n", f);
    fclose(f);
    for (size_t i = 0; i < sizeof chips / sizeof *chips; i++) {
        const json_t *o;
        int status;

        doctor_board("halted.scenario", chips[i]);
        o = json_object_get(json_object_get(doctor_json("doctor", &status), "result"), "evidence");
        assert_true(json_is_true(json_object_get(o, "halted")));
        assert_string_equal(doctor_found(), "");
        assert_int_equal(status, EXIT_DONE);
    }
}

static bool is_cause_in(const char *found, const char *id)
{
    const size_t len = strlen(id);

    for (const char *at = found; (at = strstr(at, id)); at += len)
        if (at > found && strchr("!~?", at[-1]) && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static void every_rule_has_a_board_of_its_own(void **state)
{
    unsigned missing = 0;

    for (const struct rule *const *r = rules; *r; r++) {
        bool found = false;

        for (size_t i = 0; i < ROWS && !found; i++)
            found = is_cause_in(cause_rows[i].found, (*r)->id);
        if (!found)
            print_message("no board shows %s\n", (*r)->id);
        missing += !found;
    }
    assert_int_equal(missing, 0);
}

static bool spoken_of(const char *id)
{
    for (const struct rule *const *r = rules; *r; r++) {
        if (strcmp((*r)->id, id) == 0)
            return true;
        for (const struct suspect *s = (*r)->suspect; s && s->id; s++)
            if (strcmp(s->id, id) == 0)
                return true;
    }
    for (const struct cause_only *c = causes_only; c->id; c++)
        if (strcmp(c->id, id) == 0)
            return c->reason && c->explain;
    return false;
}

static void every_cause_of_the_catalogue_is_a_rule_a_suspect_or_explained(void **state)
{
    unsigned missing = 0;

    for (size_t i = 0; i < sizeof catalogue / sizeof *catalogue; i++)
        if (!spoken_of(catalogue[i])) {
            print_message("nothing speaks of %s\n", catalogue[i]);
            missing++;
        }
    assert_int_equal(missing, 0);
}

static void every_cause_can_be_explained(void **state)
{
    static struct rig r;
    char words[100];

    for (size_t i = 0; i < sizeof catalogue / sizeof *catalogue; i++) {
        snprintf(words, sizeof words, "doctor --explain %s", catalogue[i]);
        r = (struct rig){ 0 };
        rig_run(&r, words);
        if (r.status != EXIT_DONE || strncmp(r.out, catalogue[i], strlen(catalogue[i])) != 0 || strlen(r.out) < 100)
            fail_msg("%s: status %d, %s%s", words, r.status, r.out, r.err);
    }
    r = (struct rig){ 0 };
    rig_run(&r, "doctor --list");
    assert_int_equal(r.status, EXIT_DONE);
    for (const struct rule *const *k = rules; *k; k++)
        assert_non_null(strstr(r.out, (*k)->id));
    rig_run(&r, "doctor --explain no-such-cause");
    assert_int_equal(r.status, EXIT_USAGE);
    assert_non_null(strstr(r.err, "there is no cause 'no-such-cause'"));
}

static void check_leads(const struct rule *r)
{
    char text[800], *rest;

    snprintf(text, sizeof text, "%s", r->leads_to ? r->leads_to : "");
    for (char *id = strtok_r(text, " ", &rest); id; id = strtok_r(NULL, " ", &rest))
        if (!rule_find(id))
            fail_msg("%s leads to %s, which is no rule", r->id, id);
}

static void rules_are_complete(void **state)
{
    for (const struct rule *const *r = rules; *r; r++) {
        const struct rule *k = *r;

        if (!k->id || !k->title || !k->when || !k->remedy || !k->families || !k->source || !k->explain)
            fail_msg("%s is not complete", k->id ? k->id : "a rule");
        if (!remedy_find(k->remedy))
            fail_msg("%s: there is no remedy %s", k->id, k->remedy);
        if (k->at_most < CERTAIN && !k->decide)
            fail_msg("%s is not certain, and nothing would decide it", k->id);
        if (rule_find(k->id) != k)
            fail_msg("two rules are called %s", k->id);
        check_leads(k);
    }
    for (const struct remedy *m = remedies; m->id; m++)
        if ((m->kind == REMEDY_HAND) != (m->apply == NULL) || (m->kind == REMEDY_DESTROYING) != (m->flag != NULL))
            fail_msg("remedy %s is not what its class says", m->id);
}

static void no_evidence_no_finding_but_a_missing_probe(void **state)
{
    const struct evidence v = { 0 };
    struct diagnosis d;

    diagnose(&d, &v);
    assert_int_equal(d.count, 1);
    assert_string_equal(d.finding[0].rule->id, "no-probe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_board_shows_its_cause_and_what_follows_from_it),
        cmocka_unit_test(a_port_that_answers_wait_is_told_wherever_it_does),
        cmocka_unit_test(a_plainly_halted_board_shows_nothing),
        cmocka_unit_test(every_rule_has_a_board_of_its_own),
        cmocka_unit_test(every_cause_of_the_catalogue_is_a_rule_a_suspect_or_explained),
        cmocka_unit_test(every_cause_can_be_explained),
        cmocka_unit_test(rules_are_complete),
        cmocka_unit_test(no_evidence_no_finding_but_a_missing_probe),
    };

    return cmocka_run_group_tests(tests, doctor_folder, doctor_folder_gone);
}
