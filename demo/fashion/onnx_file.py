"""The few messages of ONNX that a small network needs, written by hand.

An ONNX file is a ModelProto in the wire format of protocol buffers: every
field is its number and kind in one varint, then a varint (kind 0) or a length
and so many bytes (kind 2). The numbers of the fields are those of onnx.proto3.
"""

import struct

FLOAT, INT64 = 1, 7                     # TensorProto.DataType
INT, INTS = 2, 7                        # AttributeProto.AttributeType


def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 0x7f:
        out.append(n & 0x7f | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, value):
    """One field: an integer, or a text, or the bytes of a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, array):
    """A constant: a float32 array, or a list of integers."""
    if isinstance(array, list):
        dims, kind, raw = [len(array)], INT64, struct.pack(f'<{len(array)}q', *array)
    else:
        dims, kind, raw = array.shape, FLOAT, array.astype('<f4').tobytes()
    return b''.join(field(1, int(d)) for d in dims) + field(2, kind) + field(8, name) + field(9, raw)


def value(name, dims):
    """The type of an input or output; a dimension may be a name."""
    shape = b''.join(field(1, field(2 if isinstance(d, str) else 1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, shape)))


def attribute(name, number):
    if isinstance(number, list):
        return field(1, name) + b''.join(field(8, n) for n in number) + field(20, INTS)
    return field(1, name) + field(3, number) + field(20, INT)


def node(operator, inputs, output, **attributes):
    return (b''.join(field(1, i) for i in inputs) + field(2, output) + field(3, output) + field(4, operator) +
            b''.join(field(5, attribute(n, a)) for n, a in attributes.items()))


def model(name, nodes, constants, inputs, outputs, opset=13):
    """A whole file. constants: {name: array}; inputs, outputs: {name: dims}."""
    graph = (b''.join(field(1, n) for n in nodes) + field(2, name) +
             b''.join(field(5, tensor(n, a)) for n, a in constants.items()) +
             b''.join(field(11, value(n, d)) for n, d in inputs.items()) +
             b''.join(field(12, value(n, d)) for n, d in outputs.items()))
    return (field(1, 7) +                               # ir_version of opset 13's time
            field(2, 'mediaml') + field(7, graph) +
            field(8, field(1, '') + field(2, opset)))
