"""The colours of a picture of Pillow's, for what keeps no profile that would say which they are."""

import io

from PIL import Image, ImageCms

_BY_PROFILE = frozenset({"RGB", "RGBA", "CMYK", "LAB"})
_NOT_OF_LIGHT = frozenset({"CMYK", "LAB"})


def in_srgb(image: Image.Image) -> Image.Image:
    """As screens show it, by its own profile where it has one that can be used. Grey stays as it is."""
    profile = image.info.get("icc_profile")
    if profile and (image.mode == "P" or "transparency" in image.info):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode not in _BY_PROFILE or (not profile and image.mode not in _NOT_OF_LIGHT):
        return image
    found = _by_profile(image, profile) if profile else None
    found = found or (image.convert("RGB") if image.mode in _NOT_OF_LIGHT else image)
    found.info.pop("icc_profile", None)
    return found


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    try:
        with io.BytesIO(profile) as content:
            own = ImageCms.ImageCmsProfile(content)
            if image.mode not in _NOT_OF_LIGHT and "sRGB" in ImageCms.getProfileDescription(own):
                return None
            mode = "RGB" if image.mode in _NOT_OF_LIGHT else image.mode
            return ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError):
        return None
