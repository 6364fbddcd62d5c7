"""3-D models through trimesh, and measured again."""

import base64
import json
import struct
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trimesh

from conversions.engines.models import ENGINE
from conversions.errors import DamagedFile, OtherFileNeeded, TooManyTriangles
from tests.integration.conversions.engine_work import apart, here, pairs
from tests.integration.conversions.ways import convert as by_way
from tests.integration.conversions.ways import recognised

convert = partial(by_way, run=here)

RED = [255, 0, 0, 255]


def box(format: str, colour: list[int] | None = None) -> bytes:
    """Of 1 by 2 by 3, which is twelve triangles."""
    mesh = trimesh.creation.box(extents=(1, 2, 3))
    if colour:
        mesh.visual = trimesh.visual.ColorVisuals(mesh, vertex_colors=[colour] * len(mesh.vertices))
    content: Any = mesh.export(file_type=format, **({"embed_buffers": True} if format == "gltf" else {}))
    content = content["model.gltf"] if isinstance(content, dict) else content
    return content.encode() if isinstance(content, str) else content


def opened(path: Path, format: str) -> trimesh.Trimesh:
    with path.open("rb") as file:
        return trimesh.load_scene(file, file_type=format).to_mesh()


def gltf(triangles: int, places: int) -> bytes:
    """One part of so many triangles, placed so often."""
    points = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)
    indices = struct.pack("<3H", 0, 1, 2) * triangles
    content = points + indices
    return json.dumps(
        {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": list(range(places))}],
            "nodes": [{"mesh": 0, "translation": [place, 0, 0]} for place in range(places)],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
            "accessors": [
                {
                    "bufferView": 0,
                    "componentType": 5126,
                    "count": 3,
                    "type": "VEC3",
                    "min": [0, 0, 0],
                    "max": [1, 1, 0],
                },
                {"bufferView": 1, "componentType": 5123, "count": 3 * triangles, "type": "SCALAR"},
            ],
            "bufferViews": [
                {"buffer": 0, "byteLength": len(points)},
                {"buffer": 0, "byteOffset": len(points), "byteLength": len(indices)},
            ],
            "buffers": [
                {
                    "uri": "data:application/octet-stream;base64," + base64.b64encode(content).decode(),
                    "byteLength": len(content),
                }
            ],
        }
    ).encode()


@pytest.mark.parametrize("way", pairs(ENGINE.ways))
def test_each_pair_keeps_the_shape(tmp_path: Path, way: Any) -> None:
    result = convert(tmp_path, box(way.source), way.source, way.target, run=apart)
    assert recognised(result, way.target)
    mesh = opened(result, way.target)
    assert len(mesh.faces) == 12
    assert mesh.extents == pytest.approx((1, 2, 3))
    assert mesh.volume == pytest.approx(6)


@pytest.mark.parametrize("to", ["glb", "obj"])
def test_colours_stay_where_the_target_has_them(tmp_path: Path, to: str) -> None:
    mesh = opened(convert(tmp_path, box("ply", RED), "ply", to), to)
    assert list(mesh.visual.vertex_colors[0]) == RED


def test_a_part_counts_at_each_of_its_places(tmp_path: Path) -> None:
    mesh = opened(convert(tmp_path, gltf(2, 3), "gltf", "stl"), "stl")
    assert len(mesh.faces) == 6
    with pytest.raises(TooManyTriangles) as caught:
        convert(tmp_path, gltf(20_000, 101), "gltf", "stl")
    assert caught.value.params == {"triangles": 2_020_000, "limit": 2_000_000}


def test_too_many_triangles_are_refused_before_they_are_read(tmp_path: Path) -> None:
    count = 2_000_001
    with pytest.raises(TooManyTriangles):
        convert(tmp_path, bytes(80) + count.to_bytes(4, "little") + bytes(50 * count), "stl", "glb")


def test_what_did_not_come_with_the_file_is_named(tmp_path: Path) -> None:
    content = json.loads(gltf(1, 1))
    content["buffers"][0]["uri"] = "../secret/box.bin"
    with pytest.raises(OtherFileNeeded) as caught:
        convert(tmp_path, json.dumps(content).encode(), "gltf", "stl")
    assert caught.value.params == {"name": "box.bin"}


def test_a_model_whose_materials_did_not_come_is_a_model(tmp_path: Path) -> None:
    content = b"mtllib /etc/passwd\nusemtl x\n" + box("obj")
    assert len(opened(convert(tmp_path, content, "obj", "ply"), "ply").faces) == 12


@pytest.mark.parametrize("format", ["glb", "gltf", "obj", "ply", "stl", "off"])
def test_a_truncated_file_is_damaged(tmp_path: Path, format: str) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, box(format)[:60], format, "obj" if format != "obj" else "stl")


def test_points_alone_are_no_model(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile):
        convert(tmp_path, b"v 0 0 0\nv 1 0 0\nv 0 1 0\n", "obj", "stl")
