"""Raw photographs made here: what a sensor with a red, two green and a blue cell in each square saw."""

import struct
from collections.abc import Callable
from io import BytesIO

WIDTH, HEIGHT = 96, 64
Colour = tuple[int, int, int]
_SIZES = {"B": 1, "s": 1, "H": 2, "I": 4, "II": 8, "ii": 8}
_TYPES = {"B": 1, "s": 2, "H": 3, "I": 4, "II": 5, "ii": 10}
# From what the eye sees (XYZ) to what the sensor does, which here is linear sRGB.
_MATRIX = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)


def dng(colour_at: Callable[[int, int], Colour], orientation: int = 1, neutral: Colour = (1, 1, 1)) -> bytes:
    """Uncompressed, of 16 bits. `colour_at` gives what stands at x and y, up to 65,535; `neutral` is what the camera
    takes for grey, in tenths where it is no whole."""
    cells = [
        colour_at(x, y)[(0 if y % 2 == 0 else 1) + (0 if x % 2 == 0 else 1)]
        for y in range(HEIGHT)
        for x in range(WIDTH)
    ]
    values: dict[int, tuple[str, tuple[int, ...] | bytes]] = {
        254: ("I", (0,)),
        256: ("I", (WIDTH,)),
        257: ("I", (HEIGHT,)),
        258: ("H", (16,)),
        259: ("H", (1,)),
        262: ("H", (32803,)),
        271: ("s", b"Maker of cameras\0"),
        272: ("s", b"Camera\0"),
        273: ("I", (0,)),
        274: ("H", (orientation,)),
        277: ("H", (1,)),
        278: ("I", (HEIGHT,)),
        279: ("I", (len(cells) * 2,)),
        33421: ("H", (2, 2)),
        33422: ("B", (0, 1, 1, 2)),
        50706: ("B", (1, 4, 0, 0)),
        50707: ("B", (1, 1, 0, 0)),
        50708: ("s", b"Camera of tests\0"),
        50714: ("H", (0,)),
        50717: ("I", (65535,)),
        50721: ("ii", tuple(part for number in _MATRIX for part in (round(number * 10_000), 10_000))),
        50728: ("II", tuple(part for number in neutral for part in (number, 1))),
        50778: ("H", (21,)),
    }
    return _tiff(values, struct.pack(f"<{len(cells)}H", *cells))


def _tiff(values: dict[int, tuple[str, tuple[int, ...] | bytes]], pixels: bytes) -> bytes:
    entries, after = BytesIO(), BytesIO()
    begin = 8 + 2 + 12 * len(values) + 4
    for tag, (kind, value) in values.items():
        packed = value if isinstance(value, bytes) else struct.pack(f"<{len(value)}{kind[0]}", *value)
        count = len(packed) // _SIZES[kind]
        if len(packed) > 4:
            place = begin + after.tell()
            after.write(packed + b"\0" * (len(packed) % 2))
            packed = struct.pack("<I", place)
        entries.write(struct.pack("<HHI", tag, _TYPES[kind], count) + packed.ljust(4, b"\0"))
    strip = struct.pack("<HHII", 273, 4, 1, begin + after.tell())
    table = entries.getvalue().replace(struct.pack("<HHII", 273, 4, 1, 0), strip)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(values)) + table + bytes(4) + after.getvalue() + pixels
