"""ONNX graphs as exporters other than torch write them, node by node."""
import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

KINDS = {"float32": TensorProto.FLOAT, "float64": TensorProto.DOUBLE, "int64": TensorProto.INT64,
         "int32": TensorProto.INT32, "uint8": TensorProto.UINT8, "int8": TensorProto.INT8,
         "bool": TensorProto.BOOL, "string": TensorProto.STRING}


class Graph:
    """Nodes are added in order; each call of node() answers the names of its outputs."""

    def __init__(self, producer, opset, ml=None):
        self.producer, self.opset, self.ml = producer, opset, ml
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []

    def input(self, name, dims, kind="float32"):
        self.inputs.append(helper.make_tensor_value_info(name, KINDS[kind], dims))
        return name

    def constant(self, array, name=None):
        name = name or f"const__{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(numpy.asarray(array), name))
        return name

    def longs(self, *numbers):
        return self.constant(numpy.array(numbers, "i8"))

    def node(self, operator, inputs, outputs=1, name=None, **attributes):
        name = name or f"{operator}__{len(self.nodes)}"
        names = outputs if isinstance(outputs, list) else [f"{name}:{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, name=name, **attributes))
        return names[0] if len(names) == 1 else names

    def squeeze(self, x, *axes):
        if self.opset >= 13:
            return self.node("Squeeze", [x, self.longs(*axes)])
        return self.node("Squeeze", [x], axes=list(axes))

    def unsqueeze(self, x, *axes):
        if self.opset >= 13:
            return self.node("Unsqueeze", [x, self.longs(*axes)])
        return self.node("Unsqueeze", [x], axes=list(axes))

    def output(self, x, dims, kind="float32", name=None):
        """The output is a value by its own name, or by another through Identity."""
        if name and name != x:
            x = self.node("Identity", [x], [name])
        self.outputs.append(helper.make_tensor_value_info(x, KINDS[kind], dims))

    def bytes(self):
        graph = helper.make_graph(self.nodes, self.producer, self.inputs, self.outputs, self.constants)
        opsets = [helper.make_opsetid("", self.opset)] + ([helper.make_opsetid("ai.onnx.ml", self.ml)] if self.ml else [])
        model = helper.make_model(graph, producer_name=self.producer, opset_imports=opsets)
        model.ir_version = 7 if self.opset < 15 else 8
        onnx.checker.check_model(model)
        return model.SerializeToString()
