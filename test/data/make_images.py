#!/usr/bin/env python3
"""Write the small images of test/sql/image.sql: test/data/images.sql.

    python3 test/data/make_images.py > test/data/images.sql

PNG files are written by hand, over zlib. JPEG files come from make_jpegs.c,
which is compiled here and needs libjpeg62-turbo-dev.

Pixels are known by formula, so that the test can compute what it must find:
red is 20 x, green 30 y, blue 10 (x + y), opacity 255 - 15 (x + y), grey 25 y + x,
8 columns and 6 rows. In JPEG files colours are flat over blocks.
"""
import os
import struct
import subprocess
import tempfile
import zlib

W, H = 8, 6
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def filtered(kind, row, above, step):
    """A row behind one of PNG's five filters."""
    out = bytearray([kind])
    for i, x in enumerate(row):
        a = row[i - step] if i >= step else 0
        b = above[i]
        c = above[i - step] if i >= step else 0
        out.append((x - [0, a, b, (a + b) // 2, paeth(a, b, c)][kind]) & 255)
    return bytes(out)


def packed(samples, bits):
    """Samples of a row as bytes, the first in the highest bits."""
    if bits == 16:
        return struct.pack(f">{len(samples)}H", *samples)
    text = "".join(f"{s:0{bits}b}" for s in samples)
    text += "0" * (-len(text) % 8)
    return bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))


def rows_of(pixel, columns, rows, bits, channels):
    """The filtered rows of a (part of an) image, filters taking turns."""
    step = max(1, bits * channels // 8)
    out, above = b"", None
    for n, y in enumerate(rows):
        row = packed([s for x in columns for s in pixel(x, y)], bits)
        out += filtered(n % 5, row, above or bytes(len(row)), step)
        above = row
    return out


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(kind, bits, pixel, width=W, height=H, interlaced=False, before=b"", level=9):
    channels = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}[kind]
    if interlaced:
        data = b""
        for x0, y0, dx, dy in PASSES:
            columns, rows = range(x0, width, dx), range(y0, height, dy)
            if len(columns) and len(rows):
                data += rows_of(pixel, columns, rows, bits, channels)
    else:
        data = rows_of(pixel, range(width), range(height), bits, channels)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, interlaced)) +
            before + chunk(b"IDAT", zlib.compress(data, level)) + chunk(b"IEND", b""))


def red_green_blue(x, y):
    return 20 * x, 30 * y, 10 * (x + y)


def grey(x, y):
    return (25 * y + x,)


def opacity(x, y):
    return 255 - 15 * (x + y)


def wide(samples):
    return tuple(257 * s for s in samples)


def palette_entry(i):
    return bytes([i * 15, 255 - i * 15, i * 5])


def header_only(width, height, interlaced=False):
    """A file that claims a size, and has nothing of it."""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, RGB, 0, 0, interlaced)) +
            chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b""))


def images():
    colours = chunk(b"PLTE", b"".join(palette_entry(i) for i in range(16)))
    see_through = chunk(b"tRNS", bytes(17 * i for i in range(16)))
    texts = chunk(b"tEXt", b"Title\0a film") + chunk(b"gAMA", struct.pack(">I", 30000))
    yield "grey", png(GREY, 8, grey)
    yield "grey 1 bit", png(GREY, 1, lambda x, y: ((x + y) % 2,))
    yield "grey 4 bits", png(GREY, 4, lambda x, y: ((x + y) % 16,))
    yield "grey 16 bits", png(GREY, 16, lambda x, y: wide(grey(x, y)))
    yield "grey alpha", png(GREY_ALPHA, 8, lambda x, y: grey(x, y) + (opacity(x, y),))
    yield "rgb", png(RGB, 8, red_green_blue)
    yield "rgb 16 bits", png(RGB, 16, lambda x, y: wide(red_green_blue(x, y)))
    yield "rgb interlaced", png(RGB, 8, red_green_blue, interlaced=True)
    yield "rgb with texts", png(RGB, 8, red_green_blue, before=texts)
    yield "rgba", png(RGBA, 8, lambda x, y: red_green_blue(x, y) + (opacity(x, y),))
    yield "rgba interlaced", png(RGBA, 8, lambda x, y: red_green_blue(x, y) + (opacity(x, y),), interlaced=True)
    yield "palette", png(PALETTE, 4, lambda x, y: ((x + y) % 16,), before=colours)
    yield "palette alpha", png(PALETTE, 4, lambda x, y: ((x + y) % 16,), before=colours + see_through)
    yield "one pixel", png(RGB, 8, lambda x, y: (10, 20, 30), 1, 1)
    yield "too large", header_only(100000, 100000)
    yield "too wide", header_only(1000001, 1)
    yield "nearly too large", header_only(10000, 6400)
    yield "large interlaced", header_only(10000, 6400, True)
    with tempfile.TemporaryDirectory() as work:
        program = os.path.join(work, "make_jpegs")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make_jpegs.c")
        subprocess.run(["cc", source, "-o", program, "-ljpeg"], check=True)
        for line in subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines():
            name, data = line.split(":")
            yield name, bytes.fromhex(data)


print("-- Made by make_images.py.")
print("CREATE TEMPORARY TABLE images (name text PRIMARY KEY, file bytea);")
for name, data in images():
    print(f"INSERT INTO images VALUES ('{name}', '\\x{data.hex()}');")
