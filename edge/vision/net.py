"""What a frame shows, by our own net: boxes of bodies, and the silhouette.

    frame, background, previous  ->  full size ->  fine head, coarse head, mask
              (grey)                 half size ->  the same, for whoever is near

The same weights look twice. At half size a body twice as high fits them, so that somebody
near is found whole; this second look is taken only when something large is in the picture,
and now and then in case nothing told so. Thresholds travel in the net's own file.

A person is also who pushes a pram or a kick-sled, rides a scooter, or skis; a cyclist is
whoever rides a bicycle or a moped, the vehicle included; a car is also a van, a bus, a
lorry, a snow plough, a quad and a motor sledge. There is no other class.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import cv2
import msgspec
import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as refusal

from contracts.records import CLASSES
from edge.vision.merging import BoolArray, Boxes, merge

ByteArray = npt.NDArray[np.uint8]
Float32Array = npt.NDArray[np.float32]

NET: Final = Path(__file__).with_name("net.onnx")
_KEY: Final = "kynnys"
"""Of the file's metadata, a JSON object."""
_REFUSALS: Final = (
    refusal.Fail,
    refusal.InvalidArgument,
    refusal.InvalidGraph,
    refusal.InvalidProtobuf,
    refusal.NotImplemented,
    refusal.RuntimeException,
    ValueError,
)
"""What the library raises; it has no base class for them."""
_MULTIPLE: Final = 16
_FINE, _COARSE = 4, 16
"""Strides of the heads."""
_FINE_SLACK: Final = 1.1
_NEAR_PX: Final = 120.0
_NEAR_SLACK: Final = 1.12
"""Where the two scales hand over; within the slack both may speak."""
_LARGE_PX: Final = 48
"""A filled square of the mask with this side is somebody near."""
_FILLED: Final = 0.8
_NEAR_LOOKS: Final = 8
"""Second looks after the last somebody near, and at most so many looks without one."""

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Triple = tuple[Share, Share, Share]
"""For people, cyclists, cars."""


class NetError(Exception):
    """The net's file is missing, damaged, or not a net of ours."""


class Thresholds(msgspec.Struct, frozen=True):
    """What the net's training found out about it."""

    strong: Triple = (0.5, 0.5, 0.5)
    """From this score on a body may begin to count."""
    weak: Triple = (0.25, 0.25, 0.25)
    """From this score on it may go on to count."""
    mask: Share = 0.5
    least_px: float = 12.0
    """The height from which the net finds at least half of the people."""
    fine_up_to: float = 80.0
    coarse_from: float = 68.0
    """Heights in pixels between which both heads speak."""
    recall_by_height: tuple[tuple[float, Share], ...] = ()
    """Heights in pixels and the share found of the people up to each."""


@dataclass(frozen=True)
class Detections(Boxes):
    """What one frame shows, the surest first."""

    strong: BoolArray
    """Shape `(n,)`: sure enough to begin a track."""
    mask: BoolArray
    """The silhouettes, of the size of the frame."""


@dataclass(frozen=True)
class _Scale:
    """What the net says of one size of the picture."""

    found: Boxes
    mask: Float32Array


class Net:
    """One camera's net; runs in one thread and remembers only who was near."""

    def __init__(self, path: Path = NET) -> None:
        """Load and warm up.

        Raises:
            NetError: The file is missing, damaged, or not a net of ours.
        """
        self._session = _session(path)
        told = self._session.get_modelmeta().custom_metadata_map.get(_KEY, "{}")
        try:
            self.thresholds = msgspec.json.decode(told, type=Thresholds)
        except msgspec.DecodeError as error:
            raise NetError(f"thresholds in {path.name}: {error}") from error
        self._looks = _NEAR_LOOKS
        self._run(np.zeros((3, 4 * _MULTIPLE, 4 * _MULTIPLE), np.uint8))

    def see(
        self, frame: ByteArray, background: ByteArray, previous: ByteArray
    ) -> Detections:
        """Tell what a frame shows.

        Args:
            frame: Grey, shape `(height, width)`, at the background's gain.
            background: What the place looks like without anybody, of the same shape.
            previous: The frame before, of the same shape, at the background's gain.

        Raises:
            NetError: The file holds a net whose outputs are not those of ours.
        """
        views = np.stack((frame, background, previous))
        whole = self._look(views)
        found, mask = whole.found, whole.mask
        if self._somebody_large(whole):
            self._looks = 0
        if self._looks < _NEAR_LOOKS or self._looks % _NEAR_LOOKS == 0:
            half = self._look(np.stack([_halved(view) for view in views]))
            near = Boxes(2 * half.found.boxes, half.found.scores, half.found.kinds)
            near = near[near.heights > _NEAR_PX / _NEAR_SLACK]
            found = found[found.heights < _NEAR_PX * _NEAR_SLACK] + near
            mask = _joined(mask, half.mask, near)
            if len(near.scores):
                self._looks = 0
        self._looks += 1
        found = merge(found)
        strong = found.scores >= np.array(self.thresholds.strong)[found.kinds]
        return Detections(
            found.boxes,
            found.scores,
            found.kinds,
            strong,
            mask >= self.thresholds.mask,
        )

    def _look(self, views: ByteArray) -> _Scale:
        height, width = views.shape[1:]
        edges = ((0, 0), (0, -height % _MULTIPLE), (0, -width % _MULTIPLE))
        mask, fine, coarse = self._run(np.pad(views, edges, mode="edge"))
        limits = self.thresholds
        low = decoded(fine, _FINE, limits.weak)
        high = decoded(coarse, _COARSE, limits.weak)
        found = low[low.heights < limits.fine_up_to * _FINE_SLACK]
        found += high[high.heights >= limits.coarse_from]
        return _Scale(found, mask[0, :height, :width])

    def _run(self, views: ByteArray) -> list[Float32Array]:
        try:
            outputs = self._session.run(
                ["mask", "fine", "coarse"], {"views": views[None]}
            )
        except _REFUSALS as error:
            raise NetError(f"not a net of ours: {error}") from error
        height, width = views.shape[1:]
        shapes = [(1, height, width)] + [
            (CLASSES + 4, height // stride, width // stride)
            for stride in (_FINE, _COARSE)
        ]
        results: list[Float32Array] = [output[0] for output in outputs]
        if [result.shape for result in results] != shapes:
            raise NetError("not a net of ours: outputs of other shapes")
        return results

    def _somebody_large(self, whole: _Scale) -> bool:
        if (whole.found.heights >= self.thresholds.coarse_from).any():
            return True
        filled = (whole.mask >= self.thresholds.mask).astype(np.float32)
        squares = cv2.boxFilter(filled, -1, (_LARGE_PX, _LARGE_PX))
        return bool(squares.max() > _FILLED)


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    onnxruntime.disable_telemetry_events()
    try:
        return onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
    except (*_REFUSALS, OSError) as error:
        raise NetError(f"net {path.name} cannot be loaded: {error}") from error


def decoded(head: Float32Array, stride: int, weak: Triple) -> Boxes:
    """Return a box for each peak of the heat.

    Args:
        head: Shape `(7, rows, columns)`: the heat of three classes, then the distances
            from the middle of the cell to the left, top, right and bottom side in pixels.
        stride: The side of a cell in pixels.
        weak: The least heat of each class.
    """
    heat = head[:CLASSES]
    tops = np.stack([cv2.dilate(one, np.ones((3, 3), np.uint8)) for one in heat])
    least = np.array(weak, np.float32)[:, None, None]
    kinds, rows, columns = np.nonzero((heat >= tops) & (heat >= least))
    left, top, right, bottom = head[CLASSES:, rows, columns].astype(np.float64)
    x, y = (columns + 0.5) * stride, (rows + 0.5) * stride
    return Boxes(
        np.column_stack((x - left, y - top, x + right, y + bottom)),
        heat[kinds, rows, columns].astype(np.float64),
        kinds,
    )


def _halved(view: ByteArray) -> ByteArray:
    height, width = view.shape
    half = (width // 2, height // 2)
    return np.asarray(cv2.resize(view, half, interpolation=cv2.INTER_AREA), np.uint8)


def _joined(mask: Float32Array, half: Float32Array, near: Boxes) -> Float32Array:
    """Return the mask with the half-size one's word where somebody is near."""
    size = mask.shape[::-1]
    for x1, y1, x2, y2 in near.boxes.clip(0, np.tile(size, 2)).astype(int):
        if x2 > x1 and y2 > y1:
            doubled = cv2.resize(half, size, interpolation=cv2.INTER_LINEAR)
            inside = np.s_[y1:y2, x1:x2]
            mask[inside] = np.maximum(mask[inside], doubled[inside])
    return mask
