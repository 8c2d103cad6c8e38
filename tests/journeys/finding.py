#!/usr/bin/env python3
"""The doctor's finding stands under the error of whoever failed: our commands, GDB, ST's names. And: why does it not start?"""
import json
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from journey import has, has_not, main, need  # noqa: E402


def board(j, scenario, *words):
    j.new("stm32u073rc", "--force", "--scenario", scenario, *words)


def under_error(text, rule, certainty):
    """An error, and below it the finding and what to do."""
    has(text, rf"(?s)^error: .*^  why   .*\({rule}, {certainty}\)\n.*^  do    ")


def names_the_finding(j, scenario, rule, certainty, status, *words):
    board(j, scenario)
    under_error(re.sub(r"\n {8}", " ", j.sector0(*words, status=status)), rule, certainty)
    board(j, scenario)
    text = j.sector0(*words, "--json", status=status)
    said = json.loads(re.search(r"(?ms)^\{$.*", text).group())          # notes come before
    assert any(f["id"] == rule and f["certainty"] == certainty for f in said["error"]["findings"]), said["error"]


def a_failing_flash_says_why(j):
    elf = j.firmware("charger-67k.elf")
    for scenario, rule, certainty, status in (("page0-protected", "wrp-from-hal-obget", "likely", 4), ("readout-protected", "rdp1-active", "certain", 4),
                                              ("weak-page", "verify-mismatch", "likely", 1), ("no-power", "target-no-power", "certain", 3),
                                              ("page-refuses", "not-erased-first", "certain", 1)):
        names_the_finding(j, scenario, rule, certainty, status, "flash", elf)


def a_failing_command_over_usb_says_why_and_what_goes_over_usb(j):
    plug = f"{j.board},dfu"
    elf = j.firmware("charger.elf")
    board(j, "blank-read-protected")
    under_error(re.sub(r"\n {8}", " ", j.sector0("flash", elf, status=4, board=plug)), "rdp1-active", "certain")
    j.path("two.scenario").write_text("summary Boots its bootloader, page 0 protected\napp again\noption OPTR.nBOOT0=0 WRP1BR=0\nrun 1s\n")
    board(j, "two.scenario")
    for words in (("flash", elf), ("erase", "--pages", "0", "--yes")):
        text = re.sub(r"\n {8}", " ", j.sector0(*words, status=4, board=plug))
        under_error(text, "wrp-from-hal-obget", "likely")
        has(text, r"do    `sector0 option set WRP1B_STRT=0x7F WRP1B_END=0x0` \(reversible", r"do    `sector0 option set nBOOT0=1` \(reversible")
    j.sector0("option", "set", "WRP1B_STRT=0x7F", "WRP1B_END=0x0", "--yes", board=plug)
    j.sector0("flash", elf, "--no-run", status=6, board=plug)
    has(j.sector0("option", "set", "nBOOT0=1", "--yes", status=6, board=plug), r"^written: 1 field$")
    has(j.sector0("doctor"), r"^healthy", r"program   charger\.elf, flashed last")


def a_failing_erase_says_why(j):
    for scenario, rule, certainty, status in (("page0-protected", "wrp-from-hal-obget", "likely", 4), ("readout-protected", "rdp1-active", "certain", 4),
                                              ("erase-hangs", "flash-busy-stuck", "likely", 1)):
        names_the_finding(j, scenario, rule, certainty, status, "erase", "--pages", "0..3", "--yes")


def a_failing_verify_says_why(j):
    elf = j.firmware("charger.elf")
    for scenario, rule, certainty, status in (("readout-protected", "rdp1-active", "certain", 4), ("nrst-held-low", "nrst-held-low", "certain", 3)):
        names_the_finding(j, scenario, rule, certainty, status, "verify", elf)


def a_failing_option_says_why_and_does_not_take_what_was_asked_for_as_the_cause(j):
    names_the_finding(j, "cfgbsy-stuck", "cfgbsy-stuck", "certain", 1, "option", "set", "nBOOT0=0", "--yes")
    board(j, "cfgbsy-stuck")
    has_not(j.sector0("option", "set", "nBOOT0=0", "--yes", status=1), r"rom-boot-by-option")
    # It is back before the command is over, with substitutes loaded: those are to be told, not the supply.
    names_the_finding(j, "power-fails-option", "options-damaged", "certain", 1, "option", "set", "WRP1B_STRT=3", "WRP1B_END=4", "--yes")


def gdb(j, scenario, *commands, elf=None, server_words=(), env=None):
    """A GDB's load on that board (scenario None: the one there is): what GDB said, and what the server said."""
    need("gdb-multiarch")
    if scenario:
        board(j, scenario)
    log = open(j.path("server.txt"), "w+")
    server = subprocess.Popen(["sector0", "--probe", f"bench:{j.board}", "gdb", "--port", "0", "--once", *server_words], cwd=j.folder,
                              env={**j.env, **(env or {})}, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 60
        while not (found := re.search(r"127\.0\.0\.1:(\d+)", j.path("server.txt").read_text())):
            assert server.poll() is None and time.monotonic() < until, "the server does not start"
            time.sleep(0.05)
        words = [w for c in (f"target extended-remote localhost:{found.group(1)}", *commands, "disconnect") for w in ("-ex", c)]
        text = j.run("gdb-multiarch", "-q", "-nx", "-batch", "-ex", "set confirm off", *words, elf or j.firmware("charger-67k.elf"),
                     status=(0, 1))
        server.wait(60)
    finally:
        if server.poll() is None:
            server.kill()
        log.close()
    said = j.path("server.txt").read_text()
    print("--- server\n" + said)
    return re.sub(r"\n {8}", " ", text), re.sub(r"\n {8}", " ", said)


def a_failing_load_in_gdb_says_why(j):
    for scenario, rule, certainty in (("page0-protected", "wrp-from-hal-obget", "likely"), ("readout-protected", "rdp1-active", "certain"),
                                      ("page-refuses", "not-erased-first", "certain"), ("weak-page", "verify-mismatch", "likely")):
        text, said = gdb(j, scenario, "load", "monitor why")
        has_not(text, r"Transfer rate")
        under_error(said, rule, certainty)
        under_error(text, rule, certainty)                      # by `monitor why`


def monitor_doctor_tells_gdb_what_is_wrong(j):
    text, _ = gdb(j, "page0-protected", "monitor doctor")
    has(text, r"^likely .*\(wrp-from-hal-obget\)", r"seen .*WRP1BR=", r"do  ")
    text, _ = gdb(j, "blank", "load", "monitor doctor")
    has(text, r"Transfer rate", r"^healthy: nothing found$")


def st(j, scenario, *words):
    board(j, scenario)
    link = j.path("STM32_Programmer_CLI")
    if not link.is_symlink():
        link.symlink_to(j.build / "sector0")
    text = j.run(link, "-c", "port=SWD", "mode=UR", *words, status=1, env={"SECTOR0_PROBE": f"bench:{j.board}"})
    return re.sub(r"\n {8}", " ", text)


def a_failing_write_or_erase_under_sts_name_says_why(j):
    write = ("-w", j.firmware("charger-67k.elf"), "-v")
    for scenario, rule, certainty, words in (
            ("page0-protected", "wrp-from-hal-obget", "likely", write), ("page0-protected", "wrp-from-hal-obget", "likely", ("-e", "0")),
            ("all-pages-protected", "tool-trashed-option-bytes", "certain", ("-e", "all")), ("readout-protected", "rdp1-active", "certain", write),
            ("readout-protected", "rdp1-active", "certain", ("-e", "3")), ("weak-page", "verify-mismatch", "likely", write),
            ("cfgbsy-stuck", "cfgbsy-stuck", "certain", ("-ob", "nBOOT0=0")), ("nrst-held-low", "nrst-held-low", "certain", write),
            ("no-power", "target-no-power", "certain", ("-e", "all")), ("no-permission", "host-no-usb-permission", "certain", write)):
        text = st(j, scenario, *words)
        has(text, r"^Error: ")
        under_error(text, rule, certainty)
        has_not(text, r"\(stack-overflow", r"\(rom-boot-by-option", r"successfully")


# ---- why does it not start? ----

BAD = r"""
#include <stdint.h>
#define R(a) (*(volatile uint32_t *)(a))
static volatile uint32_t sink;
void Default_Handler(void) { for (;;) ; }
void HardFault_Handler(void) { for (;;) ; }
int main(void);
void Reset_Handler(void) { main(); for (;;) ; }
#if EARLY_FAULT
static void early(void) { R(0x60000000) = 1; }               /* nothing is there */
#elif OVERFLOW
static uint32_t deeper(uint32_t n) { volatile uint32_t room[16]; room[n & 15] = n; return deeper(n + 1) + room[3]; }
#endif
int main(void)
{
#if EARLY_FAULT
    early();
#elif UNSERVED
    R(0xE000E100) = 1 << 3; R(0xE000E200) = 1 << 3;           /* NVIC_ISER, NVIC_ISPR */
#elif WATCHDOG
    R(0x40003000) = 0xCCCC; R(0x40003000) = 0x5555; R(0x40003008) = 50; while (R(0x4000300C) & 7) { } R(0x40003000) = 0xAAAA;
#elif OVERFLOW
    sink = deeper(1);
#endif
    for (;;) sink++;
}
__attribute__((section(".isr_vector"), used)) const void *const vectors[48] = { (void *)0x20002000, Reset_Handler, Default_Handler, HardFault_Handler,
    [11] = Default_Handler, [14] = Default_Handler, [15] = Default_Handler, [16 ... 47] = Default_Handler };
"""


def build(j, what, base=0x08000000):
    """A program that ends badly, with DWARF; and the line of a text in its source."""
    need("arm-none-eabi-gcc")
    j.path("bad.c").write_text(BAD)
    j.run("arm-none-eabi-gcc", "-mcpu=cortex-m0plus", "-mthumb", "-g", "-Og", "-w", "-fno-optimize-sibling-calls", "-fno-inline", "-nostdlib",
          f"-D{what}=1", f"-Wl,--section-start=.isr_vector={base:#x}", f"-Wl,-Ttext={base + 0xC0:#x}", "-Wl,-Tbss=0x20000000", "-Wl,--build-id=none",
          "-e", "Reset_Handler", "-o", "bad.elf", "bad.c")
    return "bad.elf"


def line_of(text):
    return next(n for n, line in enumerate(BAD.splitlines(), 1) if text in line)


def started(j, what, *patterns, base=0x08000000):
    """`flash` says it at once, with exit status 6, and a good program afterwards is well."""
    j.new("stm32u073rc", "--force")
    text = j.sector0("flash", build(j, what, base), status=6)
    has(text, r"the application was started, and does not run as it should", *patterns)
    has_not(text, r"^error: ")
    j.sector0("flash", build(j, "GOOD"))
    j.sector0("verify", "bad.elf")


def an_early_fault_is_told_with_function_and_line(j):
    started(j, "EARLY_FAULT", r"HardFault handler \(core-in-hardfault, certain\)",
            rf"came from 0x[0-9A-F]+ early(\+0x[0-9A-F]+)? \(bad\.c:{line_of('void early')}\)",
            r"called from 0x[0-9A-F]+ main\+0x[0-9A-F]+ \(bad\.c:\d+\)")
    has(j.sector0("doctor", "--elf", "bad.elf"), r"healthy")


def looking_at_a_fault_with_ram_parity_on_raises_no_nmi(j):
    """A search for the stacked frame would read RAM that was never written."""
    j.new("stm32g071rb", "--force")
    j.sector0("option", "set", "RAM_PARITY_CHECK=0", "--yes", status=(0, 6))
    j.bench("power", "cycle")
    has(j.sector0("flash", build(j, "EARLY_FAULT"), status=6), r"\(core-in-hardfault, certain\)")
    for _ in range(2):
        text = j.sector0("doctor", "--elf", "bad.elf", status=6)
        has(text, r"in its HardFault handler", r"HardFault_Handler \(bad\.c:\d+\)")
        has_not(text, r"core-in-nmi")


def an_unserved_interrupt_is_told_with_its_number_function_and_line(j):
    started(j, "UNSERVED", r"stuck in the default handler, for interrupt 3: .*\(core-in-default-handler, likely\)",
            rf"the core is at 0x[0-9A-F]+ Default_Handler(\+0x\w+)? \(bad\.c:{line_of('void Default_Handler')}\)")


def a_watchdog_that_nobody_feeds_is_told_with_function_and_line(j):
    started(j, "WATCHDOG", r"the independent watchdog has reset the chip \(watchdog-bites, likely\)", r"RCC_CSR=.*IWDGRSTF",
            rf"the core is at 0x[0-9A-F]+ main\+0x[0-9A-F]+ \(bad\.c:({line_of('for (;;) sink++')}|{line_of('0xAAAA')})\)")


def a_stack_that_ran_over_is_told_with_who_pushed_last(j):
    started(j, "OVERFLOW", r"the stack ran over, or was never set \(stack-overflow, likely\)", r"SP=0x1FFF",
            rf"pushed last: a return to 0x[0-9A-F]+ deeper\+0x[0-9A-F]+ \(bad\.c:{line_of('uint32_t deeper')}\)")


def a_program_at_the_wrong_address_is_told(j):
    started(j, "GOOD", r"locked up", r"flash is blank at 0x08000000, where the core looks for its vectors; the image begins at 0x08004000",
            base=0x08004000)
    elf = build(j, "GOOD")
    j.objcopy(elf, "x.bin", "binary")
    j.path("off.bin").write_bytes(bytes(4) + j.bytes("x.bin"))          # a raw binary, 4 bytes off
    text = j.sector0("flash", "off.bin", "--at", "0x08000000", status=6)
    has(text, r"will not start: the first word, 0x00000000, is no stack pointer into RAM")
    has(j.sector0("doctor", status=6), r"^certain .*what is in flash cannot start", r"vectors-bad")


def monitor_doctor_knows_the_program_that_was_flashed_or_named(j):
    handler = rf"the core is at 0x[0-9A-F]+ Default_Handler(\+0x\w+)? \(bad\.c:{line_of('void Default_Handler')}\)"
    elsewhere = {"XDG_STATE_HOME": str(j.path("elsewhere"))}            # nothing is remembered there
    j.new("stm32u073rc", "--force")
    j.sector0("flash", build(j, "UNSERVED"), status=6)
    text, _ = gdb(j, None, "monitor doctor", elf="bad.elf", server_words=("--no-halt",))
    has(text, r"^program   bad\.elf, flashed last$", handler)
    text, _ = gdb(j, None, "monitor doctor", elf="bad.elf", server_words=("--no-halt",), env=elsewhere)
    has(text, r"core-in-default-handler")
    has_not(text, r"^program ", r"is at .*bad\.c")
    text, _ = gdb(j, None, "monitor doctor", elf="bad.elf", server_words=("--no-halt", "--elf", "bad.elf"), env=elsewhere)
    has(text, r"^program   bad\.elf$", handler)
    # Built anew and loaded by GDB: the file is the same one, and fits again.
    build(j, "GOOD")
    text, _ = gdb(j, None, "monitor doctor", "load", "monitor doctor", elf="bad.elf")
    has(text, r"(?s)^program   not known: bad\.elf was flashed last, and flash differs from it at 0x0800.*Transfer rate"
              r".*^program   bad\.elf, flashed last$")
    has(j.sector0("gdb", "--elf", "none.elf", status=1), r"^error: cannot read 'none\.elf'", r"while reading --elf")


def boot_bits_and_a_stale_empty_flag_are_told_or_put_right(j):
    elf = build(j, "GOOD")
    for scenario, memory in (("boots-bootloader-always", "system memory"), ("boots-sram", "SRAM")):
        board(j, scenario)
        has(j.sector0("flash", elf, status=6), rf"will not start: the option words send every reset to {memory} .*option set nBOOT0=1")
        j.sector0("option", "set", "nBOOT0=1", "--yes")
        j.sector0("flash", elf)
        has(j.sector0("doctor", "--elf", elf), r"running at 0x08\w+ main\+0x", r"healthy")
    board(j, "empty-flag-stale")
    has(j.sector0("doctor", status=6), r"empty-flag-stale")
    j.sector0("flash", elf)
    has(j.sector0("doctor", "--elf", elf), r"running at 0x08\w+ main\+0x", r"healthy")


main({name: function for name, function in globals().items() if getattr(function, "__module__", "") == "__main__" and hasattr(function, "__code__") and
      function.__code__.co_varnames[:1] == ("j",) and function.__code__.co_argcount == 1})
