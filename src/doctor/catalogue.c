/* catalogue.c - causes that no rule finds, each with the reason. `doctor --explain ID` tells them; docs/causes holds them too.
 *
 * tests/unit/doctor/catalogue.h lists every cause that applies to our chips: each is a rule, a suspect of one, or a row here. */
#include "doctor/rule.h"

static const char consequence[] = "it follows from another cause, which is found";
static const char flash_says[] = "`sector0 flash` says it itself, before anything is written";
static const char other_tool[] = "it is a defect or habit of another tool, and leaves no trace on the chip";
static const char no_uart[] = "sector0 does not use the bootloader's UART";

const struct cause_only causes_only[] = {
    // clang-format off
    { "host-wrong-driver-dfu", "The DFU device is bound to another driver (Windows)", "sector0 does not run where this happens",
      "STM32CubeProgrammer installs a driver for 0483:DF11 that other DFU tools cannot use, and the reverse. Zadig or the device manager changes it." },
    { "boot0-pin-ignored-by-default", "BOOT0 is ignored, as from the factory", "that is how every healthy part is delivered",
      "nBOOT_SEL=1: the pin is not looked at. A blank part still comes up in the bootloader, because flash is empty. `BOOT0 high, DFU never comes up` on a "
      "programmed part is this. `sector0 option set nBOOT_SEL=0` gives the pin its say; a jump from firmware needs no option at all." },
    { "dual-bank-swap-confusion", "The flash banks are swapped", "sector0 says it when it connects, and no virtual board has two banks to prove a rule with",
      "OPTR.nSWAP_BANK=0 on the G0B1: what lies at 0x08000000 is bank 2. sector0 reads such a chip and does not program it." },
    { "wrong-page-number-dual-bank", "Pages counted in the wrong bank", "sector0 programs the first bank only, and says so",
      "Page numbers count within a bank on two-bank parts. A tool that counts through erases the wrong page `in no time` and then cannot program." },
    { "optverr-at-startup", "OPTVERR at every start", consequence,
      "Tools that refuse to work while any bit of FLASH_SR stands trip over OPTVERR, which comes back at each reset as long as the option words are damaged: "
      "see options-damaged." },
    { "wrperr-from-rdp1", "WRPERR although no page is write-protected", consequence,
      "At readout protection level 1 a debugger can neither erase nor program, and the controller calls that a write-protection error: see rdp1-active." },
    { "wrp-blocks-mass-erase", "Mass erase refused", consequence,
      "One protected page is enough to refuse a mass erase (`Please verify flash protection`): see wrp-pages." },
    { "u0-last-page-value-vanishes", "A value in the last page disappears", "its cause is not established",
      "One report, on a U073, that ST could not reproduce: a value at 0x0803F800 is gone after several connections. sector0 logs every erase it makes "
      "(`--trace`), and touches no page that an image does not." },
    { "otp-region-write-refused", "The image holds bytes for OTP", flash_says,
      "A chip erase or an image that includes 0x1FFF6800 of the U073 cannot be carried out: OTP is no flash. sector0 names the region." },
    { "image-has-ram-segment", "The image holds bytes for RAM", flash_says,
      "HEX and ELF files may contain segments for RAM. A programmer that tries to verify them finds a mismatch outside flash. sector0 leaves ELF sections for "
      "RAM to start-up code and says so; in other formats it refuses, with the address." },
    { "image-last-dword-not-padded", "The last double word is not full", "sector0 pads with what is in flash already, or 0xFF",
      "Flash is written in units of 8 bytes. Some tools leave out the rest of the last one, and verifying fails for some builds and not for others." },
    { "verify-mismatch-size-bug", "Verification fails for certain sizes", other_tool,
      "STM32CubeProgrammer has had trouble with segments that end off a 16-byte boundary. A few bytes more or less hide it." },
    { "file-out-of-range", "The image does not fit the chip", flash_says,
      "The linker placed code outside flash, or the file is for another part. sector0 says by how much, and for which chip the vectors are." },
    { "elf-no-flash-bits", "The ELF has sections outside its segments", flash_says,
      "GDB's load skips them (`Loadable section outside of ELF segments`). sector0 takes what the program headers and sections agree on." },
    { "dfu-hsi48-no-crystal-needed", "DFU needs no crystal", "it is the answer to a question, not a cause",
      "The bootloaders of the U0 and G0 clock USB from HSI48. If DFU does not come up, look at the boot options and not at the crystal." },
    { "dfu-leave-status-error", "`Error during download get_status` at the end", other_tool,
      "The device leaves DFU before the last status request is answered. If it happens after 100 %, everything is programmed." },
    { "dfu-ob-altsettings-wrong", "DFU shows flash for the option bytes' alternate setting", "it is in the ROM of the G0B1/G0C1",
      "Their bootloader gives the flash's region for all alternate settings, so option bytes cannot be written over USB there. Use SWD." },
    { "dfu-not-erased-first", "Programming over DFU without erasing", other_tool,
      "`Not flash Memory : No erase done`: the second update meets what the first has written. Erase the whole chip first, or use sector0." },
    { "dfu-cubeprog-217-regression", "The DFU device is lost after 5 s", other_tool,
      "STM32CubeProgrammer 2.17; 2.15 works." },
    { "dfu-suffix-missing-warning", "`Invalid DFU suffix signature`", "it is a warning, and the job is done",
      "dfu-util says so of every raw binary." },
    { "uart-activating-ko", "`Activating device: KO`", no_uart,
      "The bootloader does not answer 0x7F: it does not run, another UART or pin is meant, TX and RX are swapped, parity is not even, or another interface "
      "was faster. Over SWD, `sector0 doctor` says whether the bootloader runs." },
    { "uart-g0-erase-write-nack", "The bootloader of the G071 refuses to erase and write by UART", no_uart,
      "Not established; the plain erase command and writes that are not multiples of 8 bytes are suspected." },
    { "uart-ob-change-needs-launch", "Option bytes written by UART are not active", no_uart,
      "The G07x bootloader V11.2 does not have them loaded. A power cycle does." },
    { "uart-noise-autobaud", "The first UART session after power-on fails", no_uart,
      "Traffic on RX while the bootloader measures the baud rate." },
    { 0 },
    // clang-format on
};
