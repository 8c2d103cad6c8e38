/* sector0.c - the program: joins the host side with the places where USB devices may be found. */
#include "cli/command.h"
#include "owner/fabric.h"
#include "usb/usb.h"

int main(int argc, char **argv)
{
    static const struct usb_fabric *const fabrics[] = { &usb_fabric_libusb, &usb_fabric_bench, NULL };

    return cli_main(argc, argv, fabrics);
}
