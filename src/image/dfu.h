/* dfu.h - private to image/: sizes of a DfuSe file's parts (dfu.c draws them). */
#pragma once
#include "image/image.h"

enum { DFU_PREFIX = 11, DFU_TARGET = 274, DFU_ELEMENT = 8, DFU_SUFFIX = 16 };
