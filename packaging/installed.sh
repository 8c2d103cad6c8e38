#!/bin/sh
# After an installation: where ST's names are (Meson swallows what install scripts print). usage: installed.sh BUILD
set -eu
place=$(meson introspect "$1" --buildoptions | python3 -c '
import json, os, sys
options = {o["name"]: o["value"] for o in json.load(sys.stdin)}
print(os.path.join(options["prefix"], options["libexecdir"], "sector0", "st"))')
cat <<TEXT
sector0 also answers to the names of ST's tools (STM32_Programmer_CLI, ST-LINK_gdbserver), in a folder of their own:
  ${DESTDIR:-}$place
TEXT
