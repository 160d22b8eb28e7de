"""What a family of the zoo hands over: cases, each of which makes an ONNX file."""
import dataclasses
import typing

import numpy

SEED = 20240401


@dataclasses.dataclass
class Made:
    """An ONNX file, its inputs by name, and what torch or scikit-learn answers, in order (or None)."""
    file: bytes
    inputs: dict
    expected: typing.Optional[list] = None
    options: typing.Optional[dict] = None    # of onnx_import
    exact: typing.Optional[typing.Callable[[], list]] = None     # the same answers in float64
    plain: bool = False                      # ONNX Runtime answers without its own changes of the graph
    pixels: typing.Optional[bytes] = None    # the same input for image_output


@dataclasses.dataclass
class Case:
    family: str
    name: str
    exporter: str
    opset: int
    make: typing.Callable[[], Made]
    timed: bool = True


def random(name):
    """Random numbers of a fixed seed, others for each name."""
    return numpy.random.default_rng([SEED, *name.encode()])
