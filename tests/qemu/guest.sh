# What runs inside the guest, as root, on the host's root file system: our program and other people's, with the genuine libusb, on a real
# kernel's USB bus. Lines that start with @ are for real_kernel.py: @ok and @failed are claims, @host asks it to do something to the board.
build=$1 made=$2 target=$3 # target: yes if the chip's own USB is a DFU device now
elf=$build/firmware/charger.elf large=$build/firmware/charger-67k.elf
mkdir -p /run/t
cd /run/t || exit 1

ok() { echo "@ok $1"; }
failed() { echo "@failed $1"; sed 's/^/    /' out; }
# claim NAME STATUS PATTERN... -- COMMAND: it ends with the status, and prints something like each pattern
claim() {
    name=$1 wanted=$2 good=yes patterns=
    shift 2
    while [ "$1" != -- ]; do patterns="$patterns
$1"; shift; done
    shift
    "$@" > out 2>&1
    status=$?
    [ $status = "$wanted" ] || { good=; echo "exit status $status, not $wanted" >> out; }
    while read -r pattern; do
        [ -z "$pattern" ] || grep -qE -- "$pattern" out || { good=; echo "nothing like '$pattern'" >> out; }
    done <<END
$patterns
END
    if [ $good ]; then ok "$name"; else failed "$name"; fi
}

# The node in /dev of the device with this id, or nothing. Without starting a program: those are slow here.
node_of() {
    for d in /sys/bus/usb/devices/*; do
        [ -e $d/idVendor ] && [ -e $d/dev ] || continue
        { read -r vid < $d/idVendor && read -r pid < $d/idProduct && read -r bus < $d/busnum && read -r dev < $d/devnum; } 2> /dev/null || continue
        [ $vid:$pid = $1 ] && printf '/dev/bus/usb/%03d/%03d' $bus $dev && return
    done
}
node() { node_of 0483:374b; }
# until COMMAND...: for ten seconds at most
until_it() {
    read -r now rest < /proc/uptime
    end=$((${now%.*} + 10))
    while ! "$@"; do
        sleep 0.1
        read -r now rest < /proc/uptime
        [ ${now%.*} -lt $end ] || return 1
    done
}
is_there() { [ -n "$(node)" ] && [ -e "$(node)" ]; }
is_gone() { [ -z "$(node)" ]; }
dfu_is_there() { [ -n "$(node_of 0483:df11)" ]; }
dfu_is_gone() { [ -z "$(node_of 0483:df11)" ]; }
dfu_was() { was=$(node_of 0483:df11); }
dfu_is_another() {
    is=$(node_of 0483:df11)
    [ -n "$is" ] && [ "$is" != "$was" ]
}
user() { setpriv --reuid 65534 --regid 65534 --groups "$@"; }

until_it is_there && ok "the kernel finds the probe" || { dmesg | tail -30 > out; failed "the kernel finds the probe"; exit 1; }

claim "lsusb reads every descriptor" 0 'idVendor +0x0483' 'idProduct +0x374b' 'iProduct +2 STM32 STLink' 'iManufacturer +1 STMicroelectronics' \
    'iSerial +3 [0-9A-F]{24}' 'bNumEndpoints +3' 'EP 1 OUT' 'EP 1 IN' 'EP 2 IN' 'wMaxPacketSize +0x0040' -- lsusb -v -d 0483:374b
# The board's fault: the first command to the probe stalls. The genuine libusb and the kernel clear the endpoint's halt.
claim "a stalled endpoint's halt is cleared and the command goes through" 0 'bulk 01 out .*stall' 'halt of 01 cleared$' 'chip +STM32U073' -- \
    sh -c 'sector0 info --trace trace && cat trace'
# The target's own plug: a chip whose flash is blank has started its bootloader.
if [ "$target" = yes ]; then
    until_it dfu_is_there && ok "the kernel finds the bootloader" || { dmesg | tail -30 > out; failed "the kernel finds the bootloader"; }
    claim "lsusb reads the bootloader's descriptors" 0 'idProduct +0xdf11' 'bInterfaceClass +254' 'wTransferSize +[0-9]+' 'Internal Flash' -- lsusb -v -d 0483:df11
    claim "dfu-util finds the bootloader" 0 'Found DFU: \[0483:df11\].*alt=0, name="@Internal Flash' -- dfu-util -l
    arm-none-eabi-objcopy -O binary $elf small.bin
    claim "dfu-util downloads" 0 'File downloaded successfully' -- dfu-util -a 0 -s 0x08000000 -D small.bin
    claim "dfu-util uploads" 0 'Upload done' -- dfu-util -a 0 -s 0x08000000:$(stat -c %s small.bin) -U back.bin
    claim "what it uploads is what it downloaded" 0 -- cmp small.bin back.bin
    claim "dfu-util leaves a bootloader where it is" 0 'DFU mode device DFU version 011a' "can't detach" -- dfu-util -e -a 0
    claim "a memory that is not there is refused" 74 'No DFU capable USB device available' -- dfu-util -a 7 -s 0x08000000 -D small.bin
    printf 12345678 > eight.bin
    printf '\377\377\377\377\377\377\377\377' > blank.bin
    claim "dfu-util erases everything" 0 'Performing mass erase' 'File downloaded successfully' -- dfu-util -a 0 -s 0x08001000:mass-erase:force -D eight.bin
    claim "dfu-util reads where its program was" 0 'Upload done' -- dfu-util -a 0 -s 0x08000000:8 -U erased.bin
    claim "nothing is left of it" 0 -- cmp erased.bin blank.bin
    dfu_was
    claim "sector0 protects the chip by its probe" 0 'RDP .*0xAA -> 0xBB' -- sector0 option set RDP=0xBB --yes
    until_it dfu_is_another # loading the words is a reset
    dfu_was
    echo "@host cycle"
    until_it dfu_is_another
    dfu_was
    claim "a protected chip gives nothing away" 74 'LIBUSB_ERROR_PIPE' -- dfu-util -a 0 -s 0x08000000:64 -U secret.bin
    claim "dfu-util lifts the protection" 0 'Device disconnects, erases flash and resets now' -- dfu-util -a 0 -s 0x08000000:unprotect:force -D small.bin
    until_it dfu_is_another && ok "the bootloader is there again" || { dmesg | tail -30 > out; failed "the bootloader is there again"; }
    claim "the protection is off" 0 'RDP +0xAA' -- sector0 option show
    claim "dfu-util downloads and leaves" 0 'File downloaded successfully' 'Transitioning to dfuMANIFEST state' -- dfu-util -a 0 -s 0x08000000:leave -D small.bin
    until_it dfu_is_gone && ok "the bootloader has left" || { dmesg | tail -30 > out; failed "the bootloader has left"; }
fi

claim "sector0 lists the probe" 0 'ST-LINK/V2-1' '5EC70B0A2D00000000000001' -- sector0 list
claim "sector0 looks at the chip" 0 'chip +STM32U073' 'V2J46M32' 'voltage +3.26 V' -- sector0 info
claim "sector0 flashes" 0 -- sector0 flash $elf
claim "sector0 verifies" 0 -- sector0 verify $elf
claim "sector0 sees a difference" 5 -- sector0 verify $large
claim "st-info attaches" 0 'Found 1 stlink programmers' 'chipid: +0x0?489' -- st-info --probe
claim "openocd attaches by hla" 0 'Cortex-M0\+ r0p1' 'CPUID 0xe000ed00: 410cc601' -- openocd -f interface/stlink.cfg \
    -c 'gdb_port disabled; tcl_port disabled; telnet_port disabled; transport select hla_swd; source [find target/swj-dp.tcl]' \
    -c 'swj_newdap u0 cpu -expected-id 0x6ba02477; dap create u0.dap -chain-position u0.cpu; target create u0.cpu cortex_m -dap u0.dap' \
    -c 'init; echo "CPUID [mdw 0xe000ed00]"; shutdown'
claim "openocd attaches by dapdirect" 0 'Cortex-M0\+ r0p1' 'CPUID 0xe000ed00: 410cc601' -- openocd -f interface/stlink-dap.cfg \
    -c 'gdb_port disabled; tcl_port disabled; telnet_port disabled; transport select dapdirect_swd' \
    -c 'swd newdap u0 cpu -expected-id 0x6ba02477; dap create u0.dap -chain-position u0.cpu; target create u0.cpu cortex_m -dap u0.dap' \
    -c 'init; echo "CPUID [mdw 0xe000ed00]"; shutdown'

# The GDB server over usbfs: GDB finds the program in a function, stops it at a breakpoint, loads another one and compares it.
sector0 gdb > server 2>&1 &
server=$!
listens() { grep -q '^Listening at 127.0.0.1:61234' server; }
if until_it listens; then ok "sector0 gdb says that it is ready"; else cp server out; failed "sector0 gdb says that it is ready"; fi
claim "GDB debugs and loads through sector0 gdb" 0 'in main \(\)|^main \(\) at|#[0-9] +.*main \(\)' 'Breakpoint 1, console_text' 'load size 68724' \
    'Section \.text, range .*: matched' 'detached' -- gdb-multiarch -q -nx -batch -ex 'set pagination off' -ex 'set remotetimeout 60' \
    -ex 'target extended-remote 127.0.0.1:61234' -ex bt -ex 'hbreak console_text' -ex continue -ex delete -ex "load $large" -ex "file $large" \
    -ex compare-sections -ex detach $elf
kill -TERM $server
wait $server
status=$?
cp server out
if [ $status = 0 ]; then ok "sector0 gdb ends by SIGTERM"; else echo "exit status $status" >> out; failed "sector0 gdb ends by SIGTERM"; fi
claim "what GDB loaded is whole" 0 -- sector0 verify $large

# A user who is not root: refused, with the rule that would help; let in by our rule.
mkdir -p -m 777 /run/user
cp "$(command -v sector0)" /run/user/ # the build folder may lie where only its owner can look
claim "a user without the rule is refused and told the rule" 3 'no permission' 'udev' '0483' -- user 65534 env HOME=/run/user /run/user/sector0 info
mkdir -p /run/udev/rules.d
for other_rule in /lib/udev/rules.d/*.rules /etc/udev/rules.d/*.rules; do # other packages let everybody in
    ln -s /dev/null /run/udev/rules.d/"${other_rule##*/}" 2> /dev/null
done
cp "$(dirname "$0")/../../packaging/60-sector0.rules" /run/udev/rules.d/
"$made"/systemd-udevd --daemon > out 2>&1 || failed "udevd starts"
echo "@host unplug"
until_it is_gone
echo "@host plug"
until_it is_there
let_in() { [ "$(stat -c %G:%a "$(node)" 2> /dev/null)" = plugdev:660 ]; }
if until_it let_in; then ok "our rule gives the probe to plugdev"; else ls -l /dev/bus/usb/*/ > out; failed "our rule gives the probe to plugdev"; fi
claim "a member of plugdev is let in by the rule" 0 'chip +STM32U073' -- user plugdev env HOME=/run/user /run/user/sector0 info
claim "another user is still refused" 3 'no permission' -- user 65534 env HOME=/run/user /run/user/sector0 info

# Ten times: the cable out in the middle of a flash, at ten different moments; the next run succeeds. It erases everything, so that there
# is always all to do: a job of few pages would be over before the cable is out.
claim "sector0 erases" 0 -- sector0 erase --all --yes --no-save --no-run
try=0
while [ $try -lt 10 ]; do
    try=$((try + 1))
    echo "@host mark"
    sleep 0.3
    sector0 flash --no-save $large > out 2>&1 &
    echo "@host unplug-during-flash $((try * try + 20))"
    wait $!
    status=$?
    if until_it is_gone && [ $status = 3 ] && grep -qE '^error: .*(unplugged|gone)' out; then
        ok "unplugged in mid-flash, told so ($try)"
    else
        echo "exit status $status" >> out
        failed "unplugged in mid-flash, told so ($try)"
    fi
    echo "@host plug"
    until_it is_there
    claim "the next run succeeds ($try)" 0 -- sector0 erase --all --yes --no-save --no-run
done
claim "the interrupted one succeeds" 0 'flashed and verified' -- sector0 flash --no-save $large
claim "and what is there is whole" 0 -- sector0 verify $large

dmesg > out
if grep -E 'usb [0-9]' out | grep -qiE 'descriptor|unable|fail|invalid|bad|error|not (accept|respond)'; then
    failed "the kernel has nothing to complain of"
else
    ok "the kernel has nothing to complain of"
fi
exit 0
