"""The weights of a CTranslate2 Whisper model as openai-whisper names them: the same figures, two libraries.

CTranslate2 joins what one matrix product can compute: query, key and value of self-attention (linear_0), key and
value of cross-attention (linear_1). Here they are parted again. Its file, all numbers little-endian:

    u32 version, name, u32 revision, u32 count, then for each: name, u8 rank, u32 × rank shape, u8 type, u32 bytes, data
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from media.errors import MediaFault

_TYPES = {0: "float32", 1: "int8", 2: "int16", 3: "int32", 4: "float16"}
_VERSIONS = (6,)
_HEAD = 64
"""Width of one attention head, in every Whisper model (Radford et al., 2022, table 1)."""

Arrays = Mapping[str, Any]
"""Name → numpy array."""


def read(path: Path) -> Arrays:
    """Every array of a model.bin. Raises MediaFault on another format, or on quantised weights."""
    import numpy as np

    found: dict[str, Any] = {}
    try:
        with path.open("rb") as stream:
            for name, shape, kind, content in _variables(stream):
                array = np.frombuffer(content, dtype=_TYPES[kind]).reshape(shape)
                found[name] = array.astype("float32") if kind in (0, 4) else array
    except (struct.error, KeyError, ValueError) as error:
        raise MediaFault(f"{path.parent.name}: not a model.bin that is known here: {error!r}") from error
    if any(name.endswith("weight_scale") for name in found):
        raise MediaFault(f"{path.parent.name}: quantised weights cannot be turned back")
    return found


def _variables(stream: BinaryIO) -> Iterator[tuple[str, tuple[int, ...], int, bytes]]:
    (version,) = _numbers(stream, "<I")
    name = _name(stream) if version in _VERSIONS else ""
    if name != "WhisperSpec":
        raise ValueError(f"version {version}, {name or 'no Whisper'}")
    _, count = _numbers(stream, "<II")
    for _ in range(count):
        name = _name(stream)
        (rank,) = _numbers(stream, "<B")
        shape = _numbers(stream, f"<{rank}I")
        kind, size = _numbers(stream, "<BI")
        yield name, shape, kind, _whole(stream, size)


def _numbers(stream: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, stream.read(struct.calcsize(form)))


def _name(stream: BinaryIO) -> str:
    (length,) = _numbers(stream, "<H")
    return _whole(stream, length).rstrip(b"\0").decode("ascii")


def _whole(stream: BinaryIO, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise ValueError("the file ends early")
    return content


def dimensions(arrays: Arrays) -> dict[str, int]:
    """openai-whisper's ModelDimensions, read off the arrays' shapes."""
    words, width = arrays["decoder/embeddings/weight"].shape
    heads = width // _HEAD
    return {
        "n_mels": arrays["encoder/conv1/weight"].shape[1],
        "n_audio_ctx": arrays["encoder/position_encodings/encodings"].shape[0],
        "n_audio_state": width,
        "n_audio_head": heads,
        "n_audio_layer": _layers(arrays, "encoder"),
        "n_vocab": words,
        "n_text_ctx": arrays["decoder/position_encodings/encodings"].shape[0],
        "n_text_state": width,
        "n_text_head": heads,
        "n_text_layer": _layers(arrays, "decoder"),
    }


def state(arrays: Arrays) -> dict[str, Any]:
    """Every parameter under openai-whisper's name. A key has no bias there; CTranslate2 carries zeros for it."""
    made = {
        "encoder.positional_embedding": arrays["encoder/position_encodings/encodings"],
        "decoder.positional_embedding": arrays["decoder/position_encodings/encodings"],
        "decoder.token_embedding.weight": arrays["decoder/embeddings/weight"],
        **_pair(arrays, "encoder/conv1", "encoder.conv1"),
        **_pair(arrays, "encoder/conv2", "encoder.conv2"),
        **_norm(arrays, "encoder/layer_norm", "encoder.ln_post"),
        **_norm(arrays, "decoder/layer_norm", "decoder.ln"),
    }
    for side in ("encoder", "decoder"):
        for number in range(_layers(arrays, side)):
            made |= _layer(
                arrays, f"{side}/layer_{number}", f"{side}.blocks.{number}", crossed=side == "decoder"
            )
    return made


def _layers(arrays: Arrays, side: str) -> int:
    return len(
        {name.split("/")[1] for name in arrays if name.startswith(f"{side}/layer_") and "/ffn/" in name}
    )


def _layer(arrays: Arrays, source: str, target: str, *, crossed: bool) -> dict[str, Any]:
    own = f"{source}/self_attention"
    made = {
        **_norm(arrays, f"{own}/layer_norm", f"{target}.attn_ln"),
        **_parted(arrays, f"{own}/linear_0", f"{target}.attn", ("query", "key", "value")),
        **_pair(arrays, f"{own}/linear_1", f"{target}.attn.out"),
        **_norm(arrays, f"{source}/ffn/layer_norm", f"{target}.mlp_ln"),
        **_pair(arrays, f"{source}/ffn/linear_0", f"{target}.mlp.0"),
        **_pair(arrays, f"{source}/ffn/linear_1", f"{target}.mlp.2"),
    }
    if crossed:
        other = f"{source}/attention"
        made |= {
            **_norm(arrays, f"{other}/layer_norm", f"{target}.cross_attn_ln"),
            **_pair(arrays, f"{other}/linear_0", f"{target}.cross_attn.query"),
            **_parted(arrays, f"{other}/linear_1", f"{target}.cross_attn", ("key", "value")),
            **_pair(arrays, f"{other}/linear_2", f"{target}.cross_attn.out"),
        }
    return made


def _pair(arrays: Arrays, source: str, target: str) -> dict[str, Any]:
    return {f"{target}.{end}": arrays[f"{source}/{end}"] for end in ("weight", "bias")}


def _norm(arrays: Arrays, source: str, target: str) -> dict[str, Any]:
    return {f"{target}.weight": arrays[f"{source}/gamma"], f"{target}.bias": arrays[f"{source}/beta"]}


def _parted(arrays: Arrays, source: str, target: str, names: tuple[str, ...]) -> dict[str, Any]:
    import numpy as np

    weight = np.split(arrays[f"{source}/weight"], len(names))
    bias = np.split(arrays[f"{source}/bias"], len(names))
    made = {f"{target}.{name}.weight": part for name, part in zip(names, weight, strict=True)}
    made |= {f"{target}.{name}.bias": part for name, part in zip(names, bias, strict=True) if name != "key"}
    return made
