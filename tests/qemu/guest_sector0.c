/* guest_sector0.c - our program for the guest: real USB only, and no sanitizers, for an emulated processor is slow enough. */
#include "cli/command.h"
#include "usb/usb.h"

int main(int argc, char **argv)
{
    static const struct usb_fabric *const fabrics[] = { &usb_fabric_libusb, NULL };

    return cli_main(argc, argv, fabrics);
}
