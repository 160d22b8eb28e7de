"""Keras' networks in the form that tf2onnx gives them: NHWC outside, NCHW inside, shapes computed from shapes."""
import functools

import numpy

from case import Case, Made, random
from graph import Graph

BATCH = 2


class Keras(Graph):
    """Layers of Keras, as tf2onnx writes them."""

    def __init__(self, name, opset):
        super().__init__("tf2onnx", opset)
        self.random = random(name)

    def weights(self, *shape, fan=None):
        fan = fan or numpy.prod(shape[1:])
        return (self.random.normal(0, (2 / fan) ** 0.5, shape)).astype("f4")

    def small(self, *shape):
        return self.random.normal(0, 0.1, shape).astype("f4")

    def enter(self, x):
        return self.node("Transpose", [x], perm=[0, 3, 1, 2])

    def leave(self, x):
        return self.node("Transpose", [x], perm=[0, 2, 3, 1])

    def conv(self, x, i, o, k, pads=None, group=1, bias=True, **attributes):
        attributes.setdefault("strides", [1, 1])
        if pads is not None:
            attributes["pads"] = pads
        b = [self.constant(self.small(o))] if bias else []
        return self.node("Conv", [x, self.constant(self.weights(o, i // group, k, k))] + b, dilations=[1, 1],
                         group=group, kernel_shape=[k, k], **attributes)

    def norm(self, x, c):
        tensors = [1 + self.small(c), self.small(c), self.small(c), 1 + abs(self.small(c))]
        return self.node("BatchNormalization", [x] + [self.constant(t) for t in tensors], epsilon=0.001)

    def relu6(self, x):
        """tf.nn.relu6 through clip_by_value: Relu, then Min."""
        return self.node("Min", [self.node("Relu", [x]), self.constant(numpy.float32(6))])

    def clip6(self, x):
        return self.node("Clip", [x, self.constant(numpy.float32(0)), self.constant(numpy.float32(6))])

    def dense(self, x, i, o):
        y = self.node("MatMul", [x, self.constant(self.weights(i, o, fan=i))])
        return self.node("Add", [y, self.constant(self.small(o))])

    def mean_of_places(self, x):
        """GlobalAveragePooling2D."""
        return self.squeeze(self.node("GlobalAveragePool", [x]), 2, 3)

    def batch_of(self, x):
        """tf.shape(x)[0], as int32 of one number: Shape, Cast, Slice."""
        shape = self.node("Cast", [self.node("Shape", [x])], to=6)
        return self.node("Slice", [shape, self.longs(0), self.longs(1), self.longs(0)])

    def reshape(self, x, *dims):
        """Keras' Reshape: the batch from the shape, the rest constants, all int32 in between."""
        parts = [self.batch_of(x)] + [self.constant(numpy.array([d], "i4")) for d in dims]
        shape = self.node("Cast", [self.node("Concat", parts, axis=0)], to=7)
        return self.node("Reshape", [x, shape])

    def state(self, x, units):
        """Zeros of [batch, units] for a recurrent layer, unsqueezed: ExpandDims(Fill(pack(batch, units)))."""
        shape = self.node("Concat", [self.batch_of(x), self.constant(numpy.array([units], "i4"))], axis=0)
        zeros = self.node("Expand", [self.constant(numpy.zeros((), "f4")), self.node("Cast", [shape], to=7)])
        return self.unsqueeze(zeros, 0)

    def recurrent(self, kind, x, i, units, sequences, direction="forward"):
        """LSTM and GRU of TF 2: [batch, time, features] to time first and back; gates reordered, biases in one."""
        gates = {"LSTM": 4, "GRU": 3}[kind]
        n = 2 if direction == "bidirectional" else 1
        time_first = self.node("Transpose", [x], perm=[1, 0, 2])
        w = self.constant(self.weights(n, gates * units, i, fan=i * 2))
        r = self.constant(self.weights(n, gates * units, units, fan=units * 2))
        b = self.constant(self.small(n, 2 * gates * units))
        states = [self.state(x, units)] * (2 if kind == "LSTM" else 1)
        if n == 2:
            states = [self.node("Concat", [s, s], axis=0) for s in states]
        more = {"linear_before_reset": 1} if kind == "GRU" else {}
        y, *rest = self.node(kind, [time_first, w, r, b, ""] + states, 3 if kind == "LSTM" else 2,
                             direction=direction, hidden_size=units, **more)
        if n == 2:      # Bidirectional(..., return_sequences=True): [time, 2, batch, units] to [batch, time, 2 units]
            y = self.node("Transpose", [y], perm=[2, 0, 1, 3])
            return self.node("Reshape", [y, self.longs(0, 0, -1)])
        if not sequences:
            return self.squeeze(rest[0], 0)
        return self.node("Transpose", [self.squeeze(y, 1)], perm=[1, 0, 2])

    def layer_norm(self, x, c):
        """LayerNormalization out of moments: ReduceMean, squared differences, rsqrt."""
        mean = self.node("ReduceMean", [x], axes=[2], keepdims=1)
        d = self.node("Sub", [x, mean])
        variance = self.node("ReduceMean", [self.node("Mul", [d, d])], axes=[2], keepdims=1)
        root = self.node("Sqrt", [self.node("Add", [variance, self.constant(numpy.float32(1e-6))])])
        scale = self.node("Mul", [self.node("Reciprocal", [root]), self.constant(1 + self.small(c))])
        shift = self.node("Sub", [self.constant(self.small(c)), self.node("Mul", [mean, scale])])
        return self.node("Add", [self.node("Mul", [x, scale]), shift])


def mission_cnn(g):
    """The network of the issue: Conv, ReLU, MaxPool, Flatten, Dense, ReLU, Dense, softmax; one channel by Reshape."""
    x = g.input("conv2d_input", ["unk__16", 28, 28, 1])
    y = g.node("Reshape", [x, g.longs(-1, 1, 28, 28)])
    y = g.node("MaxPool", [g.node("Relu", [g.conv(y, 1, 32, 3)])], kernel_shape=[2, 2], strides=[2, 2])
    y = g.node("Reshape", [g.leave(y), g.longs(-1, 5408)])
    y = g.node("Relu", [g.dense(y, 5408, 128)])
    g.output(g.node("Softmax", [g.dense(y, 128, 10)], ["dense_1"], axis=-1), ["unk__17", 10])
    return {x: g.random.random((BATCH, 28, 28, 1), "f4")}


def mobile(g):
    """MobileNet's blocks: SAME pads that are not symmetric, BatchNorm, ReLU6 both ways, depthwise, residual."""
    x = g.input("input_1", ["unk__1", 64, 64, 3])
    y = g.clip6(g.norm(g.conv(g.enter(x), 3, 16, 3, [0, 0, 1, 1], strides=[2, 2], bias=False), 16))
    for _ in range(2):
        z = g.relu6(g.norm(g.conv(y, 16, 48, 1, bias=False), 48))
        z = g.relu6(g.norm(g.conv(z, 48, 48, 3, [1, 1, 1, 1], 48, False), 48))
        y = g.node("Add", [y, g.norm(g.conv(z, 48, 16, 1, bias=False), 16)])
    y = g.relu6(g.norm(g.conv(y, 16, 16, 3, group=16, bias=False, auto_pad="SAME_UPPER", strides=[2, 2]), 16))
    y = g.dense(g.mean_of_places(y), 16, 7)
    g.output(g.node("Softmax", [y], ["predictions"], axis=1), ["unk__2", 7])
    return {x: g.random.random((BATCH, 64, 64, 3), "f4")}


def scaled(g):
    """Rescaling, Normalization inside the network, AveragePooling, a mean by ReduceMean over places of NHWC."""
    x = g.input("image", ["unk__1", 32, 32, 3])
    y = g.node("Add", [g.node("Mul", [x, g.constant(numpy.float32(1 / 127.5))]), g.constant(numpy.float32(-1))])
    y = g.node("Div", [g.node("Sub", [y, g.constant(g.small(1, 1, 1, 3))]), g.constant(1 + abs(g.small(1, 1, 1, 3)))])
    y = g.leave(g.node("AveragePool", [g.conv(g.enter(y), 3, 8, 5, [2, 2, 2, 2])], kernel_shape=[3, 3],
                       strides=[2, 2], auto_pad="SAME_UPPER"))
    y = g.node("LeakyRelu", [y], alpha=0.3)
    y = g.node("ReduceMean", [y], axes=[1, 2], keepdims=0)
    g.output(g.node("Sigmoid", [g.dense(y, 8, 1)]), ["unk__2", 1])
    return {x: (255 * g.random.random((BATCH, 32, 32, 3))).astype("f4")}


def generator(g):
    """DCGAN of the Keras examples: Dense, Reshape by shapes, LeakyReLU, Conv2DTranspose SAME, tanh."""
    x = g.input("noise", ["unk__1", 100])
    y = g.node("LeakyRelu", [g.dense(x, 100, 7 * 7 * 32)], alpha=0.3)
    y = g.enter(g.reshape(y, 7, 7, 32))
    y = g.node("ConvTranspose", [y, g.constant(g.weights(32, 16, 4, 4)), g.constant(g.small(16))], dilations=[1, 1],
               strides=[2, 2], kernel_shape=[4, 4], output_shape=[14, 14], auto_pad="SAME_UPPER", group=1)
    y = g.node("LeakyRelu", [g.norm(y, 16)], alpha=0.3)
    y = g.node("ConvTranspose", [y, g.constant(g.weights(16, 1, 5, 5, fan=100))], dilations=[1, 1], strides=[2, 2],
               kernel_shape=[5, 5], pads=[1, 1, 2, 2])
    g.output(g.leave(g.node("Tanh", [y])), ["unk__2", 28, 28, 1])
    return {x: g.random.normal(0, 1, (BATCH, 100)).astype("f4")}


def sliced_generator(g):
    """Conv2DTranspose of unknown shape: ConvTranspose without pads, then Slice to what tf.shape says."""
    x = g.input("input_1", ["unk__1", "unk__2", "unk__3", 4])
    y = g.node("ConvTranspose", [g.enter(x), g.constant(g.weights(4, 6, 3, 3)), g.constant(g.small(6))],
               strides=[2, 2], kernel_shape=[3, 3])
    places = g.node("Slice", [g.node("Shape", [x]), g.longs(1), g.longs(3), g.longs(0)])
    ends = g.node("Mul", [places, g.longs(2)])
    y = g.node("Slice", [y, g.longs(0, 0), ends, g.longs(2, 3)])
    g.output(g.leave(g.node("Elu", [y], alpha=1.0)), ["unk__4", "unk__5", "unk__6", 6])
    return {x: g.random.normal(0, 1, (BATCH, 5, 9, 4)).astype("f4")}


def unet(g):
    """UpSampling2D by Resize with scales from shapes, Concatenate in NCHW, sigmoid."""
    x = g.input("input_1", ["unk__1", 32, 32, 3])
    a = g.node("Relu", [g.conv(g.enter(x), 3, 8, 3, [1, 1, 1, 1])])
    b = g.node("MaxPool", [a], kernel_shape=[2, 2], strides=[2, 2])
    b = g.node("Relu", [g.conv(b, 8, 16, 3, [1, 1, 1, 1])])
    shape = g.node("Cast", [g.node("Slice", [g.node("Shape", [b]), g.longs(2), g.longs(4)])], to=1)
    target = g.node("Cast", [g.constant(numpy.array([32, 32], "i4"))], to=1)
    scales = g.node("Concat", [g.constant(numpy.ones(2, "f4")), g.node("Div", [target, shape])], axis=0)
    b = g.node("Resize", [b, g.constant(numpy.zeros(0, "f4")), scales], mode="nearest",
               coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    c = g.node("Concat", [a, b], axis=1)
    z = g.node("Resize", [c, g.constant(numpy.zeros(0, "f4")), g.constant(numpy.array([1, 1, 1.5, 1.5], "f4"))],
               mode="linear", coordinate_transformation_mode="half_pixel")
    g.output(g.leave(g.node("Sigmoid", [g.conv(z, 24, 1, 1)])), ["unk__2", 48, 48, 1])
    return {x: g.random.random((BATCH, 32, 32, 3), "f4")}


def separable(g):
    """Xception-like: SeparableConv2D, MaxPooling SAME, residual 1 x 1, squeeze and excite by Reshape."""
    x = g.input("input_1", ["unk__1", 33, 33, 3])
    y = g.node("Relu", [g.norm(g.conv(g.enter(x), 3, 12, 3, strides=[2, 2], bias=False), 12)])
    z = g.conv(g.conv(y, 12, 12, 3, [1, 1, 1, 1], 12, False), 12, 20, 1, bias=False)
    z = g.node("MaxPool", [g.norm(z, 20)], kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER")
    y = g.node("Add", [z, g.norm(g.conv(y, 12, 20, 1, strides=[2, 2], bias=False), 20)])
    w = g.enter(g.reshape(g.mean_of_places(y), 1, 1, 20))
    w = g.conv(w, 20, 5, 1)
    w = g.node("Mul", [w, g.node("Sigmoid", [w])])     # swish
    w = g.node("Sigmoid", [g.conv(w, 5, 20, 1)])
    y = g.node("Mul", [y, w])
    g.output(g.dense(g.node("ReduceMax", [g.leave(y)], axes=[1, 2], keepdims=0), 20, 4), ["unk__2", 4])
    return {x: g.random.random((BATCH, 33, 33, 3), "f4")}


def lstm(g):
    x = g.input("lstm_input", ["unk__1", "unk__2", 6])
    y = g.recurrent("LSTM", g.recurrent("LSTM", x, 6, 12, True), 12, 8, False)
    g.output(g.node("Softmax", [g.dense(y, 8, 3)], axis=-1), ["unk__3", 3])
    return {x: g.random.normal(0, 1, (BATCH, 9, 6)).astype("f4")}


def gru(g):
    x = g.input("gru_input", ["unk__1", 9, 6])
    y = g.recurrent("GRU", g.recurrent("GRU", x, 6, 12, True), 12, 8, False)
    g.output(g.dense(y, 8, 1), ["unk__3", 1])
    return {x: g.random.normal(0, 1, (BATCH, 9, 6)).astype("f4")}


def sentiment(g):
    """Embedding (int32 from float), Bidirectional LSTM, GlobalMaxPooling1D, Dense: the IMDB example."""
    x = g.input("input_1", ["unk__1", "unk__2"])
    words = g.node("Cast", [x], to=6)
    y = g.node("Gather", [g.constant(g.small(50, 16)), words], axis=0)
    y = g.recurrent("LSTM", y, 16, 8, True, "bidirectional")
    y = g.node("ReduceMax", [y], axes=[1], keepdims=0)
    g.output(g.node("Sigmoid", [g.dense(y, 16, 1)]), ["unk__3", 1])
    return {x: g.random.integers(0, 50, (BATCH, 12)).astype("f4")}


def conv1d(g):
    """Conv1D through Conv2D: Unsqueeze, Conv, Squeeze; causal pads; TimeDistributed Dense by two Reshapes."""
    x = g.input("input_1", ["unk__1", 20, 4])
    y = g.node("Pad", [x, g.longs(0, 2, 0, 0, 0, 0)])
    y = g.node("Transpose", [g.unsqueeze(y, 1)], perm=[0, 3, 1, 2])
    y = g.node("Conv", [y, g.constant(g.weights(8, 4, 1, 3)), g.constant(g.small(8))], kernel_shape=[1, 3],
               strides=[1, 1], dilations=[1, 1], group=1)
    y = g.node("Relu", [g.squeeze(g.leave(y), 1)])
    flat = g.dense(g.node("Reshape", [y, g.longs(-1, 8)]), 8, 5)
    y = g.node("Reshape", [flat, g.longs(-1, 20, 5)])
    g.output(g.node("Softmax", [y], axis=-1), ["unk__2", 20, 5])
    return {x: g.random.normal(0, 1, (BATCH, 20, 4)).astype("f4")}


def attention(g):
    """MultiHeadAttention of Keras: Einsum in, Einsum out, and LayerNormalization out of moments."""
    x = g.input("input_1", ["unk__1", "unk__2", 16])

    def heads(y):
        z = g.node("Einsum", [y, g.constant(g.weights(16, 2, 8, fan=16))], equation="abc,cde->abde")
        return g.node("Add", [z, g.constant(g.small(2, 8))])
    q = g.node("Mul", [heads(x), g.constant(numpy.float32(8 ** -0.5))])
    k, v = heads(x), heads(x)
    scores = g.node("Softmax", [g.node("Einsum", [k, q], equation="aecd,abcd->acbe")], axis=-1)
    y = g.node("Einsum", [scores, v], equation="acbe,aecd->abcd")
    y = g.node("Einsum", [y, g.constant(g.weights(2, 8, 16, fan=16))], equation="abcd,cde->abe")
    y = g.node("Add", [y, g.constant(g.small(16))])
    y = g.layer_norm(g.node("Add", [x, y]), 16)
    g.output(g.dense(g.node("ReduceMean", [y], axes=[1], keepdims=0), 16, 3), ["unk__3", 3])
    return {x: g.random.normal(0, 1, (BATCH, 7, 16)).astype("f4")}


def autoencoder(g):
    """Two heads of one body (mean, logarithm of the variance) and the sampled point from an input of noise."""
    x = g.input("picture", ["unk__1", 28, 28, 1])
    e = g.input("epsilon", ["unk__2", 2])
    y = g.node("Relu", [g.conv(g.node("Reshape", [x, g.longs(-1, 1, 28, 28)]), 1, 8, 3, strides=[2, 2],
                               auto_pad="SAME_UPPER")])
    y = g.node("Reshape", [g.leave(y), g.longs(-1, 14 * 14 * 8)])
    mean, log = g.dense(y, 1568, 2), g.dense(y, 1568, 2)
    half = g.node("Exp", [g.node("Mul", [log, g.constant(numpy.float32(0.5))])])
    g.output(mean, ["unk__3", 2])
    g.output(log, ["unk__3", 2])
    g.output(g.node("Add", [mean, g.node("Mul", [half, e])]), ["unk__3", 2])
    return {x: g.random.random((BATCH, 28, 28, 1), "f4"), e: g.random.normal(0, 1, (BATCH, 2)).astype("f4")}


def wide_and_deep(g):
    """Tables: categories by OneHot and Embedding, numbers as they are, Concatenate, BatchNormalization as Mul and Add."""
    c = g.input("category", ["unk__1", 1], "int32")
    x = g.input("numbers", ["unk__2", 5])
    hot = g.node("OneHot", [g.node("Cast", [c], to=7), g.constant(numpy.array([6], "i8")),
                            g.constant(numpy.array([0, 1], "f4"))], axis=-1)
    hot = g.node("ReduceSum", [hot, g.longs(1)], keepdims=0)
    deep = g.node("Reshape", [g.node("Gather", [g.constant(g.small(6, 3)), c], axis=0), g.longs(-1, 3)])
    y = g.node("Concat", [hot, deep, x], axis=-1)
    y = g.node("Add", [g.node("Mul", [y, g.constant(1 + g.small(14))]), g.constant(g.small(14))])
    y = g.node("Selu", [g.dense(y, 14, 8)])
    g.output(g.node("Softplus", [g.dense(y, 8, 2)]), ["unk__3", 2])
    return {c: g.random.integers(0, 6, (BATCH, 1)).astype("i4"), x: g.random.normal(0, 1, (BATCH, 5)).astype("f4")}


NETWORKS = [mission_cnn, mobile, scaled, generator, sliced_generator, unet, separable, lstm, gru, sentiment, conv1d,
            attention, autoencoder, wide_and_deep]


def make(build, opset):
    g = Keras(build.__name__, opset)
    inputs = build(g)
    return Made(g.bytes(), inputs)


def cases():
    for build in NETWORKS:
        for opset in (13, 15, 17):
            yield Case("keras_form", "keras_" + build.__name__, "tf2onnx's form", opset,
                       functools.partial(make, build, opset), opset == 17)
