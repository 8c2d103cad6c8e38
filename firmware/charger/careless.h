/* careless.h - the ways into the bootloader that are found in the wild and go wrong: one per build, chosen by -DCARELESS_NAME. For
 * scenarios and for docs/enter-dfu.md, which says what each of them leads to; nothing here is an example to follow. */
#pragma once

void careless_start(void); /* what this build does when it starts; nothing in the others */
void careless_enter(void); /* its way in; returns in a build that has none */
