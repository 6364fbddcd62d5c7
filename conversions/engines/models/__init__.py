"""3-D models into each other, by trimesh: triangles, and their colours where the target has any. Textures stay in glTF
alone, whose files can hold them; elsewhere points get the colours that the textures have there."""

from conversions.engines import limits
from conversions.engines.engine import Engine, Kind, Stage, Way

# What each loses of what others hold: nothing, textures and the parts' places, textures and parts, colours too.
WRITES = {"glb": 0.0, "gltf": 0.0, "obj": 1.0, "ply": 1.5, "stl": 2.0, "off": 2.0}
COLOURED = frozenset({"glb", "gltf", "obj", "ply"})
_STAGES = (Stage("reading", 0.5), Stage("encoding", 0.5))

ENGINE = Engine(
    id="models",
    work="conversions.engines.models.work",
    distributions=("trimesh", "numpy", "pillow"),
    extra=".venv/bin/pip install -c requirements-extras.txt trimesh",
    ways=tuple(
        Way(source, target, _STAGES, Kind.PHASED, loss=loss, seconds=2.0, limits=(limits.TRIANGLES,))
        for source in WRITES
        for target, loss in WRITES.items()
        if source != target
    ),
)
