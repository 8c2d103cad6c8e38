/* rules_link.c - host, probe, wires, power: why nothing answers, or answers badly. How to add one: rule.h. */
#include "device/regs/adi.h"
#include "doctor/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    POWERED_MV = 1000, /* as cortexm/target.c: less cannot run any STM32. Estimate */
    SUPPLY_LOW_MV =
        2000,   /* the chips run from 1.71 V; below 2 V brown-outs are near, and an ST-LINK's level shifter is at its limit. Estimate */
    OLD_J = 32, /* older ST-LINK/V2 firmware lacks banked DP registers and RW_MISC, which clients use (OpenOCD's table) */
};

/* "once", "twice", "7 times" */
static const char *times(unsigned n, char text[24])
{
    snprintf(text, 24, "%u times", n);
    return n == 1 ? "once" : n == 2 ? "twice" : text;
}

static void see_evidence(struct finding *f, const struct evidence *v)
{
    for (unsigned i = 0; i < v->failed.n_seen; i++)
        finding_see(f, "%s", v->failed.seen[i]);
}

static void see_failed(struct finding *f, const struct evidence *v)
{
    finding_see(f, "%s", v->failed.cause);
    see_evidence(f, v);
}

/* ---- host and USB ---- */

static bool when_no_probe(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_NOTHING || v->probes)
        return false;
    finding_say(f, "no debug probe is attached%s", v->dfu_attached ? "; a chip in DFU mode is, and can be reached with `--probe dfu`" : "");
    see_failed(f, v);
    return true;
}

const struct rule rule_no_probe = {
    .id = "no-probe",
    .title = "No debug probe is attached",
    .when = when_no_probe,
    .at_most = CERTAIN,
    .remedy = "attach-probe",
    .families = "all",
    .source = "USB device list",
    .explain =
        "The computer's USB lists no probe that sector0 knows. A cable that only charges, a hub without power, or a probe in its own "
        "firmware update mode looks the same. `sector0 list` shows what is there.",
};

static bool when_no_permission(const struct evidence *v, struct finding *f)
{
    if (v->reach > REACH_USB || !v->denied || v->holder[0])
        return false;
    finding_say(f, "the probe is attached, and you may not open it");
    if (v->udev_rule[0])
        finding_see(f, "udev rule that would help: %s", v->udev_rule);
    return true;
}

const struct rule rule_no_permission = {
    .id = "host-no-usb-permission",
    .title = "No permission to open the probe",
    .when = when_no_permission,
    .at_most = CERTAIN,
    .remedy = "udev-rule",
    .families = "all",
    .source = "stlink-lib usb.c; the kernel's EACCES",
    .explain =
        "Linux gives USB devices to root unless a udev rule says otherwise. st-flash prints `Could not open USB device, access error`, "
        "OpenOCD `open failed`. The rule is installed by `make install`; afterwards unplug the probe and plug it in again.",
};

static bool when_in_use(const struct evidence *v, struct finding *f)
{
    if (v->reach > REACH_USB || (v->denied && !v->holder[0]) || !v->in_use)
        return false;
    finding_say(f, "another program holds the probe%s%s", v->holder[0] ? ": " : "", v->holder);
    see_failed(f, v);
    return true;
}

const struct rule rule_in_use = {
    .id = "probe-in-use",
    .title = "Another program holds the probe",
    .when = when_in_use,
    .at_most = CERTAIN,
    .remedy = "close-other",
    .families = "all",
    .source = "stlink-lib, OpenOCD: LIBUSB_ERROR_BUSY",
    .explain = "A probe serves one program at a time. Often an IDE has left its GDB server running. Where the system lets us look, the "
               "program's name and process number are shown.",
};

static bool when_fw_old(const struct evidence *v, struct finding *f)
{
    const char *j = strchr(v->probe_version, 'J');
    const bool refused = v->reach == REACH_USB && strstr(v->failed.cause, "is too old"); /* in step with probe/stlink.c */

    if (!refused && (v->reach < REACH_PROBE || v->reach == REACH_DFU || !j || v->probe_version[1] != '2' || atoi(j + 1) >= OLD_J))
        return false;
    if (refused)
        finding_say(f, "%s", v->failed.cause);
    else
        finding_say(f, "the probe's firmware %s is older than V2J%d and lacks commands that today's programs use", v->probe_version, OLD_J);
    if (!refused)
        finding_lower(f, LIKELY);
    return true;
}

const struct rule rule_fw_old = {
    .id = "probe-fw-too-old",
    .title = "The probe's firmware is too old",
    .when = when_fw_old,
    .at_most = CERTAIN,
    .remedy = "update-probe",
    .families = "all",
    .source = "OpenOCD stlink_usb.c (commands by firmware version)",
    .explain =
        "ST's server says `ST-LINK firmware upgrade required`, OpenOCD `Banked DP registers not supported in current STLink FW`. The "
        "update needs a minute and a direct USB port; STM32CubeProgrammer or STLinkUpgrade does it.",
};

static bool when_corrupt_version(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_USB || !strstr(v->failed.cause, "version makes no sense")) /* in step with probe/stlink.c */
        return false;
    finding_say(f, "%s", v->failed.cause);
    see_evidence(f, v);
    return true;
}

const struct rule rule_corrupt_version = {
    .id = "probe-corrupt-version",
    .title = "The probe tells an impossible firmware version",
    .when = when_corrupt_version,
    .at_most = LIKELY,
    .decide = "another cable and a direct port: if the version stays, the firmware is damaged",
    .remedy = "update-probe",
    .families = "all",
    .source = "rust-embedded/book#380",
    .explain = "Seen on probes whose firmware was replaced (by J-Link's and back, for one), and with disturbed USB. OpenOCD prints `STLINK "
               "V0J8S0 (API v0) VID:PID 0000:0000`.",
};

static const struct suspect usb_suspects[] = {
    { "probe-usb-hub-power", "a hub or port without enough power, a bad cable", "does it work on another port with another cable?" },
    { "probe-wedged", "the probe's firmware has lost itself", "does unplugging and plugging in help?" },
    { 0 },
};

static bool when_usb_trouble(const struct evidence *v, struct finding *f)
{
    char count[24];

    if (v->reach >= REACH_LINK && v->usb_errors) {
        finding_say(f, "the way to the probe failed %s while looking: %.150s", times(v->usb_errors, count), v->failed.cause);
        finding_lower(f, LIKELY);
        see_failed(f, v);
        return true;
    }
    if (v->reach >= REACH_PROBE && v->usb_resets) {
        finding_say(f, "the probe had stopped answering; its USB port was reset %s, and that helped", times(v->usb_resets, count));
        finding_lower(f, POSSIBLE);
        return true;
    }
    if (v->reach != REACH_USB || v->denied || v->in_use || v->failed.kind == ERR_UNSUPPORTED || v->failed.kind == ERR_NONE ||
        v->failed.kind == ERR_USAGE)
        return false;
    if (v->failed.kind == ERR_NODEV)
        finding_say(f, "the way to the probe broke in the middle: %.150s", v->failed.cause);
    else
        finding_say(f, "the probe is attached and does not do what it should: %.150s", v->failed.cause);
    see_failed(f, v);
    return true;
}

const struct rule rule_usb_trouble = {
    .id = "probe-usb-trouble",
    .title = "The USB connection to the probe is unsteady",
    .when = when_usb_trouble,
    .at_most = CERTAIN,
    .decide = "another port and cable",
    .remedy = "replug",
    .suspect = usb_suspects,
    .families = "all",
    .source = "USB transfer errors before any SWD status",
    .explain = "Errors on USB come before anything is known of the target. sector0 asks again, and resets the probe's port by itself; the "
               "finding says whether that helped.",
};

/* ---- power and reset line ---- */

static bool when_no_power(const struct evidence *v, struct finding *f)
{
    if ((v->reach != REACH_PROBE && v->reach != REACH_LINK) || !v->voltage_read || v->voltage_mv >= POWERED_MV || v->dpidr_read)
        return false;
    finding_say(f, "the board has no power");
    finding_see(f, "target voltage %u.%02u V at the probe's VTREF pin, and nothing answers", v->voltage_mv / 1000,
                v->voltage_mv % 1000 / 10);
    return true;
}

const struct rule rule_no_power = {
    .id = "target-no-power",
    .title = "The board has no power",
    .when = when_no_power,
    .at_most = CERTAIN,
    .decide = "a voltmeter at the chip's VDD",
    .remedy = "power-board",
    .leads_to = "target-silent",
    .families = "all",
    .source = "the probe's own measurement; no SWD acknowledge",
    .explain =
        "No voltage at VTREF and no answer on SWD. With a debug-only ST-LINK the board needs a supply of its own: the probe measures, it "
        "does not feed. If the board runs and still nothing answers, VTREF and another wire are open.",
};

static bool when_vtref(const struct evidence *v, struct finding *f)
{
    if (v->reach < REACH_LINK || v->reach == REACH_DFU || !v->voltage_read || !v->dpidr_read || v->voltage_mv >= 1600)
        return false;
    finding_say(f, "the chip answers, and the probe measures %u.%02u V: VTREF is not connected to the board's supply", v->voltage_mv / 1000,
                v->voltage_mv % 1000 / 10);
    finding_see(f, "DPIDR=0x%08" PRIX32 "; no STM32 runs below 1.71 V", v->dpidr);
    return true;
}

const struct rule rule_vtref = {
    .id = "vtref-missing-or-low",
    .title = "VTREF is not connected",
    .when = when_vtref,
    .at_most = CERTAIN,
    .remedy = "connect-vtref",
    .families = "all",
    .source = "ST threads 176199 (1.53 V), 174224 (damaged cable, solved); data sheets: VDD from 1.71 V",
    .explain =
        "Tools choose voltage ranges and level shifters their drive by what VTREF measures. Without it, reads work and writes may fail "
        "(`failed to erase memory` after `Voltage : 1.53V`). sector0 goes on, but the wire belongs there.",
};

static bool when_supply_low(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !v->voltage_read || v->voltage_mv < 1600 || v->voltage_mv >= SUPPLY_LOW_MV)
        return false;
    finding_say(f, "the supply is low: %u.%02u V", v->voltage_mv / 1000, v->voltage_mv % 1000 / 10);
    finding_see(f, "the chip runs from 1.71 V; erasing and programming draw the most current");
    return true;
}

const struct rule rule_supply_low = {
    .id = "supply-low",
    .title = "The supply is near the chip's limit",
    .when = when_supply_low,
    .at_most = POSSIBLE,
    .decide = "a scope at VDD during an erase",
    .remedy = "power-board",
    .families = "U0 G0 C0",
    .source = "data sheets: VDD 1.71 V to 3.6 V; the margin is an estimate",
    .explain = "A supply that is low or weak dips while the flash is erased; the brown-out reset then cuts the erase off. Seen as a reset "
               "with PWRRSTF in the middle of programming.",
};

static bool when_nrst_low(const struct evidence *v, struct finding *f)
{
    if (!v->held_in_reset)
        return false;
    finding_say(f, "the chip is in reset at every look: NRST is held low, or it resets itself without a pause");
    see_failed(f, v);
    return true;
}

static const struct suspect nrst_low_suspects[] = {
    { "nrst-held-low", "something on the board pulls NRST low: a button, a short, a shield, another probe",
      "is NRST low with the probe unplugged?" },
    { "vdda-vssa-open", "a supply pin of the chip is open, so its own reset never ends", "is every VDD, VDDA and VSS pin at its voltage?" },
    { "bor-level-too-high", "the brown-out level is above the supply", "does it start at 3.3 V?" },
    { "app-reset-loop", "the firmware resets the chip as soon as it starts", "does the chip answer with `--connect under-reset`?" },
    { 0 },
};

const struct rule rule_nrst_low = {
    .id = "nrst-held-low",
    .title = "NRST is held low",
    .when = when_nrst_low,
    .at_most = CERTAIN,
    .decide = "a voltmeter at NRST with the probe unplugged; or `--connect under-reset`: if the chip answers then, its firmware resets it",
    .remedy = "free-nrst",
    .suspect = nrst_low_suspects,
    .leads_to = "app-reset-loop",
    .families = "all",
    .source = "DDI 0419 C1.6.3 (S_RESET_ST comes back each time it is read); ST threads (DEV_TARGET_HELD_UNDER_RESET)",
    .explain = "The debug port answers and DHCSR says at every reading that the core is in reset. Firmware that resets the chip at once, "
               "without a pause, looks the same until it is connected to under reset. ST's server prints `Target held under reset`.",
};

static const struct suspect nrst_suspects[] = {
    { "nrst-not-wired", "there is no NRST wire between probe and board",
      "does the probe's NRST pin reach the chip's (an ohmmeter tells)?" },
    { "probe-clone-no-nrst", "the probe does not drive NRST: cheap copies serve only SWIM with that pin", "does the pin move at all?" },
    { "nrst-driven-high-hard", "NRST is pulled up so hard (10 Ohm fitted for 10 kOhm) that the probe cannot pull it low",
      "how much is the pull-up?" },
    { 0 },
};

static bool when_nrst_open(const struct evidence *v, struct finding *f)
{
    if (v->test_nrst != 2 || ev_is(v, "FLASH.OPTR.NRST_MODE", 2))
        return false;
    finding_say(f, "the probe's NRST pulse does not reach the chip");
    finding_see(f, "RCC_CSR.PINRSTF was cleared, NRST pulsed, and PINRSTF stayed 0");
    return true;
}

const struct rule rule_nrst_open = {
    .id = "nrst-not-wired",
    .title = "The reset line does not reach the chip",
    .when = when_nrst_open,
    .at_most = CERTAIN,
    .decide = "`sector0 doctor --test nrst` finds it out; which of the three it is, an ohmmeter",
    .remedy = "wire-nrst",
    .suspect = nrst_suspects,
    .families = "all",
    .source = "stlink-org/stlink#1098, #1260; RM0503 RCC_CSR.PINRSTF",
    .explain =
        "Without NRST, `connect under reset` does nothing that is said to it, and whatever only a reset clears stays: error flags in "
        "FLASH_SR, a running watchdog, the MPU's settings. sector0 resets through the debug port instead (SYSRESETREQ), which clears "
        "the same. Nothing but a pulse tells, so only `doctor --test nrst` can say it.",
};

/* ---- nothing answers, or only once ---- */

static const struct suspect silent_suspects[] = {
    { "swd-not-wired", "SWDIO, SWCLK or GND is not connected", "is it one board only? check the three wires and the supply" },
    { "swd-pins-reused", "the firmware uses PA13 and PA14 for itself", "does `sector0 doctor --connect under-reset` get an answer?" },
    { "low-power-stops-debug", "the firmware is in Stop or Standby, where the debug port has no clock",
      "does `sector0 doctor --connect under-reset` get an answer?" },
    { "debugger-swen-cleared", "the firmware has closed the debug port (FLASH_ACR.DBG_SWEN = 0)",
      "does `sector0 doctor --connect under-reset` get an answer?" },
    { "rdp2-permanent", "readout protection level 2 has closed the debug port for good",
      "does it stay silent under reset, with all wires good? only the ROM bootloader may answer then" },
    { "vdda-vssa-open", "a supply pin of the chip is open", "is every VDD, VDDA and VSS pin at its voltage?" },
    { 0 },
};

static bool when_silent(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_PROBE || v->dpidr_read || ev_bus_hangs(v))
        return false;
    finding_say(f, "the probe is well, and no chip answers on SWD%s", v->under_reset ? ", not even under reset" : "");
    f->instead = v->under_reset ? "check-wires" : NULL;
    if (v->voltage_read)
        finding_see(f, "target voltage %u.%02u V", v->voltage_mv / 1000, v->voltage_mv % 1000 / 10);
    see_failed(f, v);
    return true;
}

const struct rule rule_silent = {
    .id = "target-silent",
    .title = "No chip answers on SWD",
    .when = when_silent,
    .at_most = CERTAIN,
    .decide = "`sector0 doctor --connect under-reset`: an answer means that the firmware closes the port, silence means wires, supply or "
              "readout protection level 2",
    .remedy = "connect-under-reset",
    .suspect = silent_suspects,
    .families = "all",
    .source = "no SWD acknowledge; DDI 0419, RM0503 3.5",
    .explain =
        "Six causes look the same from the outside. The question that splits them is whether the chip answers while NRST is low, before "
        "any firmware runs. If it does, program another firmware under reset; if not, look at wires and supply before suspecting "
        "level 2, which nothing can undo.",
};

static const struct suspect closes_suspects[] = {
    { "swd-pins-reused", "the firmware uses PA13 and PA14 for itself",
      "does its source set these pins, or leave Debug disabled in CubeMX?" },
    { "low-power-stops-debug", "the firmware enters Stop or Standby", "does it use the PWR peripheral before it sleeps?" },
    { "debugger-swen-cleared", "the firmware clears FLASH_ACR.DBG_SWEN", "does its source do so?" },
    { "app-reset-loop", "the firmware resets the chip as soon as it starts",
      "does the error without `--connect under-reset` name S_RESET_ST?" },
    { 0 },
};

static bool when_app_closes(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !v->under_reset || !v->attach_failed)
        return false;
    finding_say(f, "the chip answers under reset only: its firmware closes the debug port once it runs");
    return true;
}

const struct rule rule_app_closes = {
    .id = "app-closes-debug",
    .title = "The firmware closes the debug port",
    .when = when_app_closes,
    .at_most = CERTAIN,
    .decide = "the firmware's source",
    .remedy = "program-under-reset",
    .suspect = closes_suspects,
    .families = "all",
    .source = "zephyrproject-rtos/zephyr#50590 (low power), ST threads 783486, 815360 (pins)",
    .explain =
        "The board is well. `sector0 flash` connects under reset by itself when attaching fails; to debug such firmware, keep the pins, "
        "or set DBGMCU_CR.DBG_STOP while developing.",
};

static bool when_ap_closed(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_LINK || !v->ap_read || v->ap_idr == 0 || GET(v->ap_csw, AP_CSW_DEVICEEN))
        return false;
    finding_say(f, "the debug port answers, and access to the chip behind it is switched off%s",
                v->under_reset ? ", under reset, too" : "");
    f->instead = v->under_reset ? "closed-for-good" : NULL;
    finding_see(f, "DPIDR=0x%08" PRIX32 ", AP0 IDR=0x%08" PRIX32 " CSW=0x%08" PRIX32 " (DEVICEEN=0)", v->dpidr, v->ap_idr, v->ap_csw);
    return true;
}

static const struct suspect ap_suspects[] = {
    { "rdp2-permanent", "readout protection level 2", "does it stay so under reset?" },
    { "boot-lock-set", "BOOT_LOCK together with readout protection level 1", "does it stay so under reset?" },
    { "debugger-swen-cleared", "the firmware has cleared FLASH_ACR.DBG_SWEN", "does `--connect under-reset` open it?" },
    { 0 },
};

const struct rule rule_ap_closed = {
    .id = "access-port-closed",
    .title = "The chip is closed to debuggers",
    .when = when_ap_closed,
    .at_most = CERTAIN,
    .decide = "`sector0 doctor --connect under-reset`",
    .remedy = "connect-under-reset",
    .suspect = ap_suspects,
    .families = "U0 G0 C0",
    .source = "IHI 0031 CSW.DeviceEn; RM0503 3.5",
    .explain = "The wires are good: DPIDR was read. Level 2 is permanent, unless an OEM2 key was set before.",
};

static bool when_unknown(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_LINK || v->failed.kind != ERR_UNSUPPORTED)
        return false;
    finding_say(f, "%s", v->failed.cause);
    see_evidence(f, v);
    return true;
}

const struct rule rule_unknown = {
    .id = "chip-not-known",
    .title = "The chip is of a kind that sector0 does not know",
    .when = when_unknown,
    .at_most = CERTAIN,
    .remedy = "other-tool",
    .families = "all",
    .source = "DBGMCU_IDCODE.DEV_ID",
    .explain = "sector0 knows the STM32U0 and STM32G0. It says what the chip calls itself, and stops before doing anything by guess.",
};

static bool when_dpidr(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !v->device->dpidr || !v->dpidr_read || v->dpidr == v->device->dpidr)
        return false;
    finding_say(f, "the debug port is not the one of an %s", v->device->name);
    finding_see(f, "DPIDR=0x%08" PRIX32 ", a genuine part has 0x%08" PRIX32 "; IDCODE=0x%08" PRIX32, v->dpidr, v->device->dpidr, v->idcode);
    return true;
}

const struct rule rule_dpidr = {
    .id = "clone-idcode",
    .title = "The debug port belongs to another part",
    .when = when_dpidr,
    .at_most = LIKELY,
    .decide = "the marking on the chip; whether a second reading gives the same",
    .remedy = "look-at-chip",
    .families = "U0 G0",
    .source = "stlink-org/stlink#756, #761 (F1 copies); DPIDR of genuine parts: design notes of the U0 and G0",
    .explain = "OpenOCD prints `UNEXPECTED idcode`. Copies of the F1 are known by this; none of the U0 or G0 has been reported yet, so a "
               "disturbed link that always disturbs the same bits is worth a thought.",
};

static bool when_not_st(const struct evidence *v, struct finding *f)
{
    if (v->reach != REACH_CHIP || !v->rom_table_read || v->designer == 0x020 || v->designer == 0x43B || v->designer == 0)
        return false; /* 0x43B is Arm: the core's own table, where the part has none before it */
    finding_say(f, "the part's maker is not ST");
    finding_see(f, "ROM table: JEP106 code 0x%03" PRIX32 ", ST has 0x020", v->designer);
    return true;
}

const struct rule rule_not_st = {
    .id = "gdbserver-clone-check",
    .title = "The part was not made by ST",
    .when = when_not_st,
    .at_most = LIKELY,
    .decide = "the marking on the chip",
    .remedy = "look-at-chip",
    .families = "all",
    .source = "pyocd/pyOCD#1404 (a genuine ROM table); ST-VERIFY threads",
    .explain = "ST's GDB server stops with `Could not verify ST device! Abort connection.` sector0 tells, and goes on.",
};

/* Nothing was lost: a busy bus, or a port that is at its limit. A flash that is busy has its own rule. */
static bool when_waits(const struct evidence *v, struct finding *f)
{
    char count[24];

    if (v->reach != REACH_CHIP || !v->waits || v->loader_left || (v->look_read && (v->look.sr & v->device->flash->sr_busy)))
        return false;
    finding_lower(f, POSSIBLE);
    finding_say(f, "the debug port answered WAIT %s while looking, and was asked again: nothing was lost", times(v->waits, count));
    return true;
}

static bool when_speed(const struct evidence *v, struct finding *f)
{
    char count[24];

    if (v->test_speed != 2 && v->link_errors == 0)
        return when_waits(v, f);
    if (v->test_speed == 2) {
        finding_say(f, "SWD is not reliable at %u kHz", v->test_speed_bad);
        finding_see(f, "a pattern in RAM came back wrong at %u kHz, right at %u kHz", v->test_speed_bad, v->test_speed_good);
        if (v->test_speed_good)
            finding_remedy(f, "%u", v->test_speed_good);
        return true;
    }
    finding_lower(f, LIKELY);
    finding_say(f, "the link failed %s while looking, and %s", times(v->link_errors, count),
                v->cut_short ? "did not come back" : "went on when asked again");
    see_failed(f, v);
    return true;
}

static const struct suspect speed_suspects[] = {
    { "swd-speed-signal", "the clock is too fast for the wires", "is it gone at `--speed 480`?" },
    { "board-contact-fault", "a loose contact: a plug, a breadboard, a bad joint", "does moving the wires change it?" },
    { 0 },
};

const struct rule rule_speed = {
    .id = "swd-speed-signal",
    .title = "The SWD link is unsteady",
    .when = when_speed,
    .at_most = CERTAIN,
    .decide = "`sector0 doctor --test speed` finds the fastest clock that is good",
    .remedy = "slow-down",
    .suspect = speed_suspects,
    .families = "all",
    .source = "OpenOCD stlink_usb.c (status 0x13/0x17 parity, 0x10/0x14 WAIT, 0x12/0x16 no ACK)",
    .explain =
        "Long flying wires, a missing ground wire, or a loose contact: reads of a few words work, blocks fail now and then. A slower "
        "clock (`--speed 480`), shorter leads, and a ground beside each signal help.",
};
