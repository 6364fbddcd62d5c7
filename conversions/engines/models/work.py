"""Carries out what trimesh is for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import trimesh
from PIL import Image
from trimesh.exchange.gltf import export_glb, export_gltf
from trimesh.exchange.obj import export_obj
from trimesh.visual import ColorVisuals

from conversions.engines import limits
from conversions.engines.engine import EngineFile, Report
from conversions.engines.models import COLOURED
from conversions.engines.pictures import MAX_PIXELS
from conversions.errors import ConversionsError, DamagedFile, OtherFileNeeded, TooManyTriangles

Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # of textures, which trimesh opens
_STL_HEAD, _STL_TRIANGLE = 84, 50  # bytes


class _NoOtherFiles:
    """What a model names beside itself did not come with it. Without materials it is a model nevertheless."""

    def __getitem__(self, name: str) -> NoReturn:
        if name == "model.gltf":  # where it looks for what it could not read in the file
            raise DamagedFile(reason="it is no JSON")
        raise OtherFileNeeded(name=str(name).rpartition("/")[2][:100])

    get = __getitem__


def convert(sources: Sequence[EngineFile], target: EngineFile, options: Mapping[str, Any], report: Report) -> None:
    """Convert the one source."""
    (source,) = sources
    report(0.0, "reading")
    scene = _reading(lambda: _opened(source))
    report(0.0, "encoding")
    if target.format not in ("glb", "gltf"):
        _without_textures(scene, coloured=target.format in COLOURED)
    content = _WRITERS[target.format](scene)
    target.path.write_bytes(content.encode() if isinstance(content, str) else content)
    report(1.0, "encoding")


def _opened(source: EngineFile) -> trimesh.Scene:
    if source.format == "stl":
        _check_stl(source)
    with source.path.open("rb") as file:
        scene = trimesh.load_scene(file, file_type=source.format, resolver=_NoOtherFiles())
    for name, geometry in list(scene.geometry.items()):
        if not isinstance(geometry, trimesh.Trimesh) or geometry.is_empty:
            scene.delete_geometry(name)  # points and lines
    _check_count(sum(len(scene.geometry[scene.graph[node][1]].faces) for node in scene.graph.nodes_geometry))
    return scene


def _check_stl(source: EngineFile) -> None:
    """A binary one says how many there are before they are read."""
    with source.path.open("rb") as file:
        count = int.from_bytes(file.read(_STL_HEAD)[80:], "little")
    if source.path.stat().st_size == _STL_HEAD + count * _STL_TRIANGLE:
        _check_count(count)


def _check_count(triangles: int) -> None:
    """A part may be placed many times: then each of its places counts."""
    if not triangles:
        raise DamagedFile(reason="there is not one triangle in it")
    if triangles > limits.TRIANGLES.most:
        raise TooManyTriangles(triangles=triangles, limit=limits.TRIANGLES.most)


def _reading(step: Callable[[], trimesh.Scene]) -> trimesh.Scene:
    try:
        return step()
    except (ConversionsError, MemoryError):
        raise
    except Exception as error:
        raise DamagedFile(reason=type(error).__name__) from error


def _without_textures(scene: trimesh.Scene, coloured: bool) -> None:
    for geometry in scene.geometry.values():
        if not coloured:
            geometry.visual = ColorVisuals(geometry)
        elif geometry.visual.kind == "texture":
            geometry.visual = geometry.visual.to_color()


def _joined(format: str) -> Callable[[trimesh.Scene], Any]:
    """Of what holds one model without parts."""
    return lambda scene: scene.to_mesh().export(file_type=format)


_WRITERS: dict[str, Callable[[trimesh.Scene], Any]] = {
    "glb": export_glb,
    "gltf": lambda scene: export_gltf(scene, merge_buffers=True, embed_buffers=True)["model.gltf"],
    "obj": lambda scene: export_obj(scene, include_texture=False, header=None),
    **{format: _joined(format) for format in ("ply", "stl", "off")},
}
