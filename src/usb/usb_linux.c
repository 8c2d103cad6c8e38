/* usb_linux.c - sysfs and /proc beside libusb. See usb_linux.h.
 *
 * Source: Linux Documentation/ABI/stable/sysfs-bus-usb (devices/<bus>-<ports>, ":<configuration>.<interface>"). */
#include "usb/usb_linux.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void read_line(const struct usb_id *id, const char *name, char *text, size_t cap)
{
    char file[160];
    FILE *f;

    snprintf(file, sizeof file, "/sys/bus/usb/devices/%s/%s", id->path, name);
    f = fopen(file, "re");
    if (!f)
        return;
    if (fgets(text, (int)cap, f)) {
        text[strcspn(text, "\n")] = '\0';
        for (const char *c = text; *c; c++)
            if (!isprint((unsigned char)*c)) { /* a raw serial number */
                text[0] = '\0';
                break;
            }
    }
    fclose(f);
}

void usb_linux_strings(struct usb_id *id)
{
    if (!id->serial[0])
        read_line(id, "serial", id->serial, sizeof id->serial);
    if (!id->product[0])
        read_line(id, "product", id->product, sizeof id->product);
}

bool usb_linux_claimed(const struct usb_id *id, unsigned interface)
{
    char link[160], driver[256];
    ssize_t len;

    snprintf(link, sizeof link, "/sys/bus/usb/devices/%s:1.%u/driver", id->path, interface);
    len = readlink(link, driver, sizeof driver - 1);
    if (len < 0)
        return false;
    driver[len] = '\0';
    return len >= 5 && strcmp(driver + len - 5, "usbfs") == 0; /* a program's claim, not a kernel driver's */
}

static bool has_open(const char *pid, const char *node)
{
    char folder[300], link[600], target[256];
    struct dirent *entry;
    bool found = false;
    DIR *fds;

    snprintf(folder, sizeof folder, "/proc/%s/fd", pid);
    fds = opendir(folder);
    if (!fds)
        return false;
    while (!found && (entry = readdir(fds))) {
        ssize_t len;

        snprintf(link, sizeof link, "%s/%s", folder, entry->d_name);
        len = readlink(link, target, sizeof target - 1);
        if (len < 0)
            continue;
        target[len] = '\0';
        found = strcmp(target, node) == 0;
    }
    closedir(fds);
    return found;
}

void usb_linux_holder(unsigned bus, unsigned address, char *text, size_t cap)
{
    char node[64], file[300], name[64] = "";
    struct dirent *entry;
    DIR *proc;

    text[0] = '\0';
    snprintf(node, sizeof node, "/dev/bus/usb/%03u/%03u", bus, address);
    proc = opendir("/proc");
    if (!proc)
        return;
    while (!text[0] && (entry = readdir(proc))) {
        FILE *f;

        if (!isdigit((unsigned char)entry->d_name[0]) || atol(entry->d_name) == (long)getpid() || !has_open(entry->d_name, node))
            continue;
        snprintf(file, sizeof file, "/proc/%s/comm", entry->d_name);
        f = fopen(file, "re");
        if (f) {
            if (fgets(name, sizeof name, f))
                name[strcspn(name, "\n")] = '\0';
            fclose(f);
        }
        snprintf(text, cap, "%s (process %s)", name[0] ? name : "a program", entry->d_name);
    }
    closedir(proc);
}
