"""Pictures that tests make, so that the repository holds none."""

from pathlib import Path

from PIL import Image, ImageDraw

RED = (200, 30, 30)
ROTATED = 6  # EXIF: to be shown turned by 90° clockwise


def photo(path: Path, size: tuple[int, int] = (6000, 4000)) -> Path:
    """A noisy JPEG as a camera held sideways makes it: upright, its red band is at the right."""
    picture = Image.effect_noise(size, 60).convert("RGB")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0], size[1] // 10), fill=RED)
    exif = Image.Exif()
    exif[0x0112] = ROTATED
    picture.save(path, quality=85, exif=exif)
    return path


def small(path: Path) -> Path:
    """A picture that converts in no time, in the format that its name says."""
    picture = Image.linear_gradient("L").convert("RGB")
    ImageDraw.Draw(picture).ellipse((64, 64, 192, 192), fill=RED)
    picture.save(path)
    return path
