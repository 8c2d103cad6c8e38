#!/usr/bin/env python3
"""A libusb program that takes the probe and keeps it: opens 0483:374b, claims interface 0, says so, and waits for ever."""
import ctypes
import signal

usb = ctypes.CDLL("libusb-1.0.so.0")
usb.libusb_open_device_with_vid_pid.restype = ctypes.c_void_p
usb.libusb_open_device_with_vid_pid.argtypes = [ctypes.c_void_p, ctypes.c_uint16, ctypes.c_uint16]
usb.libusb_claim_interface.argtypes = [ctypes.c_void_p, ctypes.c_int]
context = ctypes.c_void_p()
assert usb.libusb_init(ctypes.byref(context)) == 0
handle = usb.libusb_open_device_with_vid_pid(context, 0x0483, 0x374B)
status = usb.libusb_claim_interface(handle, 0) if handle else -4
print("held" if status == 0 else f"not held: {status}", flush=True)
if status == 0:
    signal.pause()
