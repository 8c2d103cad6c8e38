#!/usr/bin/env python3
"""Extract bare facts (names and numbers, no descriptions) from the public stm32-data project into the CSV
files beside it.

usage: extract.py DATA_DIR [--check]

DATA_DIR holds stm32-data/CHIP.json and stm32-data/registers/KIND_VERSION.yaml. With --check nothing is written: the kept files are
compared with a fresh extract, and differences are printed.

Origin: https://github.com/embassy-rs/stm32-data, licensed MIT or Apache-2.0 at choice. What its files say is taken as it is; where it is
known to be wrong, test_facts.c names the difference."""
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
CHIPS = ["STM32U073RC", "STM32G071RB"]
# kinds of peripherals whose registers are kept; which version a chip has stands in its JSON file
KINDS = ["adc", "bdma", "crc", "crs", "dac", "dbgmcu", "dmamux", "exti", "flash", "gpio", "i2c", "iwdg", "lptim", "pwr", "rcc", "rng", "rtc", "spi", "syscfg",
         "tamp", "timer", "usart", "usb", "wwdg"]
LARGEST = {"timer": "TIM_ADV"} # of kinds with several blocks: the one that has all the registers
NOT_SO = ["timer_v2"] # said of the U0's timers there, but ST's stm32u073xx.h V1.3.0 has the offsets of timer_v3
PINS = ["usart", "timer", "i2c", "spi", "lptim", "adc", "dac"] # kinds whose pins are kept
ANALOG = ["adc", "dac"] # no alternate function: 255 here
ORIGIN = "# from stm32-data (https://github.com/embassy-rs/stm32-data, MIT or Apache-2.0) by extract.py; names and numbers as they stand there"


def read_registers(path):
    """Blocks and fieldsets of one YAML file, as lists of dicts. Reads the little of YAML that these files use; anything else is refused."""
    sections, section, entry, text_indent, part = {}, None, None, None, None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        indent = len(line) - len(line.lstrip())
        if text_indent is not None and (not line.strip() or indent > text_indent):
            continue                                    # inside a text of several lines
        text_indent = None
        item = re.fullmatch(r"      - (\d+)", line)         # one of an array's offsets
        if item and entry is not None and "offsets" in entry:
            entry["offsets"].append(int(item[1]))
            continue
        found = re.fullmatch(r"( *)(- )?([\w/]+):(?: (.*))?", line)
        if not found:
            sys.exit(f"{path.name}:{number}: not understood: {line}")
        dash, key, value = found[2], found[3], found[4]
        if value in ("|", "|-", ">", ">-"):
            text_indent = indent
        if indent == 0:
            name = key
            section = sections.setdefault("enums" if key.startswith("enum/") else key, [])
            entry = None
        elif section is sections.get("enums"):
            continue                                    # names of values: not kept
        elif dash and indent == 2:
            entry = {key: value}
            section.append(entry)
        elif indent == 4 and entry is not None and key in ("start", "end"): # a field in several pieces
            if dash:
                part = {}
                entry.setdefault("pieces", []).append(part)
            part[key] = int(value)
        elif indent == 4 and entry is not None:
            if key not in ("description", "access", "enum", "array", "byte_offset", "bit_offset", "bit_size", "fieldset", "block"):
                sys.exit(f"{path.name}:{number}: unknown key {key}")
            entry[key] = value
        elif indent == 6 and entry is not None and key == "end":
            part[key] = int(value)
        elif indent == 6 and entry is not None and key in ("len", "stride"):
            entry[key] = value
        elif indent == 6 and entry is not None and key == "offsets":
            entry[key] = []
        elif indent == 2 and key == "extends":
            sections.setdefault("extends", {})[name] = value
        elif indent != 2 or key not in ("description", "items", "fields", "bit_size"):
            sys.exit(f"{path.name}:{number}: unknown key {key}")
    return sections


def repeated(entry, position):
    """(name, position) of an entry; of each element when it is an array."""
    start = int(entry[position])
    if "array" not in entry:
        yield entry["name"], start
    elif "offsets" in entry:
        for i, offset in enumerate(entry["offsets"]):
            yield f"{entry['name']}{i}", start + offset
    else:
        for i in range(int(entry["len"])):
            yield f"{entry['name']}{i}", start + i * int(entry["stride"])


def inherited(sections, name):
    """The entries of a section and of those it extends; a later one of the same name takes the place of the earlier."""
    parent = sections.get("extends", {}).get(name)
    entries = inherited(sections, name.split("/")[0] + "/" + parent) if parent else []
    own = sections.get(name, [])
    return [e for e in entries if e["name"] not in [o["name"] for o in own]] + own


def field_rows(field):
    """(name, lowest bit, width) of a field, of each of its pieces and elements; ST's headers call the further pieces NAME_1."""
    pieces = field.get("pieces") or [{"start": int(field["bit_offset"]), "end": int(field["bit_offset"]) + int(field["bit_size"]) - 1}]
    for number, piece in enumerate(pieces):
        whole = dict(field, bit_offset=piece["start"])
        for name, lsb in repeated(whole, "bit_offset"):
            yield name + (f"_{number}" if number else ""), lsb, piece["end"] - piece["start"] + 1


def registers(data, kind, version, block):
    sections = read_registers(data / "registers" / f"{kind}_{version}.yaml")
    for register in inherited(sections, f"block/{block}"):
        for name, offset in repeated(register, "byte_offset"):
            cluster = [(name, offset, register)]
            if "block" in register:                     # a group of registers: theirs, numbered as the group is
                number = name[len(register["name"]):]
                cluster = [(r["name"] + number, offset + int(r["byte_offset"]), r) for r in sections["block/" + register["block"]]]
            for register_name, at, r in cluster:
                start = f"{kind}_{version},{register_name},0x{at:03X}"
                fields = inherited(sections, "fieldset/" + r.get("fieldset", ""))
                if not fields:
                    yield start + ",,,"
                for field in fields:
                    for field_name, lsb, width in field_rows(field):
                        yield f"{start},{field_name},{lsb},{width}"


def extract(data):
    files = {"registers.csv": ["block,register,offset,field,bit,width"], "interrupts.csv": ["chip,interrupt,number,peripheral,signal"],
             "bases.csv": ["chip,peripheral,base,block"], "pins.csv": ["chip,peripheral,signal,pin,function"],
             "clocks.csv": ["chip,peripheral,gate,register,field"], "memories.csv": ["chip,memory,base,bytes"],
             "requests.csv": ["chip,peripheral,signal,request"]}
    blocks = {}
    for chip in CHIPS:
        whole = json.loads((data / f"{chip}.json").read_text())
        core = whole["cores"][0]
        for memory in whole["memory"][0]:
            files["memories.csv"].append(f"{chip},{memory['name']},0x{memory['address']:08X},{memory['size']}")
        numbers = {i["name"]: i["number"] for i in core["interrupts"]}
        users = {name: [] for name in numbers}
        for p in core["peripherals"]:
            r = p.get("registers")
            block = f"{r['kind']}_{r['version']}" if r else ""
            files["bases.csv"].append(f"{chip},{p['name']},0x{p['address']:08X},{block}")
            if r and r["kind"] in KINDS and block not in NOT_SO:
                blocks[block] = (r["kind"], r["version"], LARGEST.get(r["kind"], r["block"]))
            for d in p.get("dma_channels", []):
                files["requests.csv"].append(f"{chip},{p['name']},{d['signal']},{d['request']}")
            for gate in ["enable", "reset"]:
                bit = p.get("rcc", {}).get(gate)
                if bit:
                    files["clocks.csv"].append(f"{chip},{p['name']},{gate},{bit['register']},{bit['field']}")
            if r and r["kind"] in PINS:
                files["pins.csv"] += [f"{chip},{p['name']},{x['signal']},{x['pin']},{x.get('af', 255)}" for x in p.get("pins", [])
                                      if "af" in x or r["kind"] in ANALOG]
            for i in p.get("interrupts", []):
                users[i["interrupt"]].append((p["name"], i["signal"]))
        for name in sorted(numbers, key=numbers.get):
            for peripheral, signal in sorted(users[name]) or [("", "")]:
                files["interrupts.csv"].append(f"{chip},{name},{numbers[name]},{peripheral},{signal}")
    for block in sorted(blocks):
        files["registers.csv"] += registers(data, *blocks[block])
    return {name: "\n".join([ORIGIN] + lines) + "\n" for name, lines in files.items()}


def main():
    check = "--check" in sys.argv
    folders = [a for a in sys.argv[1:] if a != "--check"]
    if len(folders) != 1:
        sys.exit(__doc__)
    wrong = 0
    for name, text in extract(pathlib.Path(folders[0]) / "stm32-data").items():
        if not check:
            (HERE / name).write_text(text)
            continue
        kept = (HERE / name).read_text().splitlines()
        fresh = text.splitlines()
        for line in sorted(set(kept) ^ set(fresh)):
            print(f"{name}: {'only kept' if line in kept else 'only in a fresh extract'}: {line}")
        wrong += kept != fresh
    sys.exit(1 if wrong else 0)


main()
