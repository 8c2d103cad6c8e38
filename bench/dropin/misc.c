/* misc.c - drop-in libusb: names of errors, versions, options, hot-plug (which it does not offer). */
#include "dropin/dropin.h"

#include <stdarg.h>

static const struct {
    int code;
    const char *name, *text;
} errors[] = {
    { LIBUSB_SUCCESS, "LIBUSB_SUCCESS", "Success" },
    { LIBUSB_ERROR_IO, "LIBUSB_ERROR_IO", "Input/Output Error" },
    { LIBUSB_ERROR_INVALID_PARAM, "LIBUSB_ERROR_INVALID_PARAM", "Invalid parameter" },
    { LIBUSB_ERROR_ACCESS, "LIBUSB_ERROR_ACCESS", "Access denied (insufficient permissions)" },
    { LIBUSB_ERROR_NO_DEVICE, "LIBUSB_ERROR_NO_DEVICE", "No such device (it may have been disconnected)" },
    { LIBUSB_ERROR_NOT_FOUND, "LIBUSB_ERROR_NOT_FOUND", "Entity not found" },
    { LIBUSB_ERROR_BUSY, "LIBUSB_ERROR_BUSY", "Resource busy" },
    { LIBUSB_ERROR_TIMEOUT, "LIBUSB_ERROR_TIMEOUT", "Operation timed out" },
    { LIBUSB_ERROR_OVERFLOW, "LIBUSB_ERROR_OVERFLOW", "Overflow" },
    { LIBUSB_ERROR_PIPE, "LIBUSB_ERROR_PIPE", "Pipe error" },
    { LIBUSB_ERROR_INTERRUPTED, "LIBUSB_ERROR_INTERRUPTED", "System call interrupted" },
    { LIBUSB_ERROR_NO_MEM, "LIBUSB_ERROR_NO_MEM", "Insufficient memory" },
    { LIBUSB_ERROR_NOT_SUPPORTED, "LIBUSB_ERROR_NOT_SUPPORTED", "Operation not supported on the virtual board" },
    { LIBUSB_ERROR_OTHER, "LIBUSB_ERROR_OTHER", "Other error" },
};

const char *LIBUSB_CALL libusb_error_name(int code)
{
    for (unsigned i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].code == code)
            return errors[i].name;
    return "**UNKNOWN**";
}

const char *LIBUSB_CALL libusb_strerror(int code)
{
    for (unsigned i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (errors[i].code == code)
            return errors[i].text;
    return "Unknown error";
}

int LIBUSB_CALL libusb_setlocale(const char *locale) { return locale ? LIBUSB_SUCCESS : LIBUSB_ERROR_INVALID_PARAM; }

const struct libusb_version *LIBUSB_CALL libusb_get_version(void)
{
    static const struct libusb_version version = { 1, 0, 26, 0, "", "virtual board" };

    return &version;
}

int LIBUSB_CALL libusb_has_capability(uint32_t capability) { return capability == LIBUSB_CAP_HAS_CAPABILITY; }
void LIBUSB_CALL libusb_set_debug(libusb_context *ctx, int level) { (void)ctx, (void)level; }
void LIBUSB_CALL libusb_set_log_cb(libusb_context *ctx, libusb_log_cb cb, int mode) { (void)ctx, (void)cb, (void)mode; }
int LIBUSB_CALL libusb_set_option(libusb_context *ctx, enum libusb_option option, ...)
{
    (void)ctx, (void)option;
    return LIBUSB_SUCCESS;
}

int LIBUSB_CALL libusb_hotplug_register_callback(libusb_context *ctx, int events, int flags, int vendor_id, int product_id, int dev_class,
                                                 libusb_hotplug_callback_fn cb, void *user, libusb_hotplug_callback_handle *handle)
{
    (void)ctx, (void)events, (void)flags, (void)vendor_id, (void)product_id, (void)dev_class, (void)cb, (void)user, (void)handle;
    return LIBUSB_ERROR_NOT_SUPPORTED;
}
void LIBUSB_CALL libusb_hotplug_deregister_callback(libusb_context *ctx, libusb_hotplug_callback_handle handle) { (void)ctx, (void)handle; }
void *LIBUSB_CALL libusb_hotplug_get_user_data(libusb_context *ctx, libusb_hotplug_callback_handle handle)
{
    (void)ctx, (void)handle;
    return NULL;
}
