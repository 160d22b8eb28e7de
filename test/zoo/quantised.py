"""Quantised networks, as ONNX Runtime's and torch's tools write them, made of a small CNN and a small MLP by numpy.

QDQ form keeps the float operators between QuantizeLinear and DequantizeLinear;
QOperator form has operators of integers; dynamic form measures what comes in.
ONNX Runtime is the reference, of the graph as it stands.
"""
import functools

import numpy

from case import Case, Made, random
from graph import Graph


def scale_of(array, kind, most=127):
    """Scale and zero point of a range that holds 0: symmetric for int8, up to most."""
    if kind == "int8":
        return max(float(abs(array).max()) / most, 1e-8), 0
    low, high = min(0.0, float(array.min())), max(0.0, float(array.max()))
    scale = max((high - low) / 255, 1e-8)
    return scale, int(numpy.clip(round(-low / scale), 0, 255))


def quantise(array, scale, zero, kind):
    limits = numpy.iinfo(kind)
    return numpy.clip(numpy.rint(array / scale) + zero, limits.min, limits.max).astype(kind)


class Quantised(Graph):
    """The layers of the network in one of the forms."""

    def __init__(self, name, opset, activation="uint8", weight="int8", channels=False):
        super().__init__("onnx.quantize", opset)
        self.random = random(name)
        self.activation, self.weight, self.channels = activation, weight, channels
        self.scales = {}

    def parameters(self, scale, zero, kind):
        return [self.constant(numpy.asarray(scale, "f4")), self.constant(numpy.asarray(zero, kind))]

    def weights(self, *shape):
        return self.random.normal(0, (2 / numpy.prod(shape[1:])) ** 0.5, shape).astype("f4")

    def quantised_weights(self, w, axis):
        """The integers, the scale(s), the zero point(s); of 7 bits beside uint8, the quantizers' reduce_range.

        On processors without VNNI, ONNX Runtime's sums of products of uint8 and int8 overflow at 16 bits otherwise.
        """
        most = 63 if self.activation == "uint8" else 127
        if not self.channels:
            scale, zero = scale_of(w, self.weight, most)
            return quantise(w, scale, zero, self.weight), numpy.float32(scale), numpy.array(zero, self.weight)
        rows = numpy.moveaxis(w, axis, 0).reshape(w.shape[axis], -1)
        pairs = [scale_of(r, self.weight, most) for r in rows]
        shape = [-1 if a == axis else 1 for a in range(w.ndim)]
        scale = numpy.array([p[0] for p in pairs], "f4")
        zero = numpy.array([p[1] for p in pairs], self.weight)
        return quantise(w, scale.reshape(shape), zero.reshape(shape).astype("f4"), self.weight), scale, zero

    def range(self, low, high):
        """A scale for what is known to lie between low and high."""
        return scale_of(numpy.array([low, high]), self.activation)

    # QDQ

    def q(self, x, low, high):
        p = self.parameters(*self.range(low, high), self.activation)
        return self.node("DequantizeLinear", [self.node("QuantizeLinear", [x] + p)] + p)

    def dq_weights(self, w, axis):
        integers, scale, zero = self.quantised_weights(w, axis)
        more = {"axis": axis} if self.channels else {}
        return self.node("DequantizeLinear", [self.constant(integers), self.constant(scale), self.constant(zero)],
                         **more), scale

    def dq_bias(self, b, input_scale, weight_scale):
        scale = (numpy.float32(input_scale) * weight_scale).astype("f4")
        integers = numpy.rint(b / scale).astype("i4")
        zero = numpy.zeros(scale.shape, "i4")
        more = {"axis": 0} if self.channels else {}
        return self.node("DequantizeLinear", [self.constant(integers), self.constant(scale), self.constant(zero)], **more)


def bias(g, n):
    return g.random.normal(0, 0.1, n).astype("f4")


def qdq_cnn(g):
    x = g.input("x", ["N", 3, 16, 16])
    y = g.q(x, -3, 3)
    w, s = g.dq_weights(g.weights(8, 3, 3, 3), 0)
    y = g.node("Conv", [y, w, g.dq_bias(bias(g, 8), g.range(-3, 3)[0], s)], pads=[1] * 4, kernel_shape=[3, 3])
    y = g.q(g.node("Relu", [y]), 0, 6)
    y = g.q(g.node("MaxPool", [y], kernel_shape=[2, 2], strides=[2, 2]), 0, 6)
    w, s = g.dq_weights(g.weights(8, 1, 3, 3), 0)
    z = g.node("Conv", [y, w, g.dq_bias(bias(g, 8), g.range(0, 6)[0], s)], pads=[1] * 4, kernel_shape=[3, 3], group=8)
    z = g.q(g.node("Clip", [z, g.constant(numpy.float32(0)), g.constant(numpy.float32(6))]), 0, 6)
    y = g.q(g.node("Add", [y, z]), 0, 10)
    y = g.q(g.node("GlobalAveragePool", [y]), 0, 10)
    y = g.q(g.node("Flatten", [y]), 0, 10)
    w, s = g.dq_weights(g.weights(8, 5), 1)
    y = g.q(g.node("MatMul", [y, w]), -12, 12)
    y = g.q(g.node("Add", [y, g.constant(bias(g, 5))]), -12, 12)
    g.output(y, ["N", 5])
    return {x: g.random.normal(0, 1, (2, 3, 16, 16)).astype("f4")}


def qdq_gemm(g):
    x = g.input("x", ["N", 20])
    y = g.q(x, -3, 3)
    w, s = g.dq_weights(g.weights(16, 20), 0)
    y = g.q(g.node("Relu", [g.node("Gemm", [y, w, g.dq_bias(bias(g, 16), g.range(-3, 3)[0], s)], transB=1)]), 0, 8)
    w, s = g.dq_weights(g.weights(4, 16), 0)
    y = g.q(g.node("Gemm", [y, w, g.dq_bias(bias(g, 4), g.range(0, 8)[0], s)], transB=1), -10, 10)
    g.output(g.node("Softmax", [y], axis=1), ["N", 4])
    return {x: g.random.normal(0, 1, (3, 20)).astype("f4")}


def qlinear(g):
    """QLinearConv, MaxPool of uint8, QLinearMatMul."""
    x = g.input("x", ["N", 3, 16, 16])
    ranges = [g.range(-3, 3), g.range(0, 6), g.range(-6, 6)]
    px, py, pz = (g.parameters(*r, g.activation) for r in ranges)
    y = g.node("QuantizeLinear", [x] + px)
    w, s, z = g.quantised_weights(g.weights(8, 3, 3, 3), 0)
    b = numpy.rint(bias(g, 8) / (ranges[0][0] * s)).astype("i4")
    y = g.node("QLinearConv", [y] + px + [g.constant(w), g.constant(s), g.constant(z)] + py + [g.constant(b)],
               pads=[1] * 4, kernel_shape=[3, 3], strides=[2, 2])
    y = g.node("MaxPool", [y], kernel_shape=[2, 2], strides=[2, 2])
    y = g.node("Flatten", [y])
    g.channels, channels = False, g.channels
    w, s, z = g.quantised_weights(g.weights(128, 6) / 4, 1)
    g.channels = channels
    y = g.node("QLinearMatMul", [y] + py + [g.constant(w), g.constant(s), g.constant(z)] + pz)
    g.output(g.node("DequantizeLinear", [y] + pz), ["N", 6])
    return {x: g.random.normal(0, 1, (2, 3, 16, 16)).astype("f4")}


def dynamic_matmul(g):
    """quantize_dynamic of Dense layers: DynamicQuantizeLinear, MatMulInteger, Cast, Mul, Add."""
    x = g.input("x", ["N", 20])
    y = x
    for i, o, last in ((20, 16, False), (16, 4, True)):
        q, scale, zero = g.node("DynamicQuantizeLinear", [y], 3)
        w, s, z = g.quantised_weights(g.weights(i, o), 1)
        sums = g.node("Cast", [g.node("MatMulInteger", [q, g.constant(w), zero, g.constant(z)])], to=1)
        y = g.node("Mul", [sums, g.node("Mul", [scale, g.constant(s)])])
        y = g.node("Add", [y, g.constant(bias(g, o))])
        y = y if last else g.node("Relu", [y])
    g.output(y, ["N", 4])
    return {x: g.random.normal(0, 1, (3, 20)).astype("f4")}


def dynamic_conv(g):
    """quantize_dynamic of a convolution: ConvInteger; the bias by Add of its channels."""
    x = g.input("x", ["N", 3, 12, 12])
    q, scale, zero = g.node("DynamicQuantizeLinear", [x], 3)
    g.channels = False
    w, s, z = g.quantised_weights(g.weights(8, 3, 3, 3), 0)
    sums = g.node("ConvInteger", [q, g.constant(w), zero, g.constant(z)], pads=[1] * 4, kernel_shape=[3, 3])
    y = g.node("Mul", [g.node("Cast", [sums], to=1), g.node("Mul", [scale, g.constant(s)])])
    y = g.node("Relu", [g.node("Add", [y, g.constant(bias(g, 8).reshape(1, 8, 1, 1))])])
    g.output(g.node("ReduceMean", [y], axes=[2, 3], keepdims=0), ["N", 8])
    return {x: g.random.normal(0, 1, (2, 3, 12, 12)).astype("f4")}


# builder, activation, weight, per channel, opsets
NETWORKS = [
    (qdq_cnn, "uint8", "int8", False, (11, 13, 17)),
    (qdq_cnn, "int8", "int8", True, (13, 17)),
    (qdq_cnn, "uint8", "uint8", False, (13,)),
    (qdq_gemm, "uint8", "int8", True, (13, 17)),
    (qdq_gemm, "int8", "int8", False, (13, 17)),
    (qlinear, "uint8", "int8", False, (12, 13, 17)),
    (qlinear, "uint8", "uint8", False, (13,)),
    (qlinear, "int8", "int8", True, (13, 17)),
    (dynamic_matmul, "uint8", "int8", False, (11, 13, 17)),
    (dynamic_matmul, "uint8", "uint8", True, (13,)),
    (dynamic_conv, "uint8", "uint8", False, (11, 13, 17)),
]


def make(build, opset, activation, weight, channels):
    g = Quantised(build.__name__, opset, activation, weight, channels)
    inputs = build(g)
    return Made(g.bytes(), inputs, plain=True)


def cases():
    for build, activation, weight, channels, opsets in NETWORKS:
        name = f"{build.__name__}_{activation[0]}8{weight[0]}8" + ("_channels" if channels else "")
        for opset in opsets:
            yield Case("quantised", name, "quantize's form", opset,
                       functools.partial(make, build, opset, activation, weight, channels), opset == opsets[-1])
