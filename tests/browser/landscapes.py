"""Landscapes for screenshots: painted by chance from a seed, so that each is the same every time."""

import random
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SKIES = [((248, 196, 140), (92, 120, 190)), ((190, 222, 240), (70, 130, 200)), ((240, 160, 150), (60, 60, 120))]
HILLS = [(96, 128, 112), (62, 98, 80), (34, 62, 54)]


def landscape(path: Path, size: tuple[int, int], seed: int) -> Path:
    """A sky, a sun and three ranges of hills, with the grain of a photo; saved in the format that the name says."""
    chance = random.Random(seed)
    picture = _sky(size, *SKIES[seed % len(SKIES)])
    draw = ImageDraw.Draw(picture)
    x, y, radius = size[0] * chance.uniform(0.2, 0.8), size[1] * chance.uniform(0.2, 0.4), size[1] * 0.06
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 240, 214))
    for step, colour in enumerate(HILLS):
        draw.polygon(_range(size, 0.5 + 0.16 * step, chance), fill=colour)
    grain = Image.effect_noise(size, 18).convert("RGB").filter(ImageFilter.GaussianBlur(0.6))
    ImageChops.soft_light(picture, grain).save(path)
    return path


def _sky(size: tuple[int, int], low: tuple[int, ...], high: tuple[int, ...]) -> Image.Image:
    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, low), Image.new("RGB", size, high), mask)


def _range(size: tuple[int, int], height: float, chance: random.Random) -> list[tuple[float, float]]:
    width, bottom = size
    steps = 9
    tops = [(width * i / steps, bottom * (height + chance.uniform(-0.09, 0.09))) for i in range(steps + 1)]
    return [(0, bottom), *tops, (width, bottom)]
