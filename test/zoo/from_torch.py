"""Cases from modules of torch: made with a fixed seed, run by torch, exported at each opset."""
import functools
import io
import logging

import torch

from case import SEED, Case, Made

ALL = (9, 11, 13, 16, 17)    # opsets

torch.set_num_threads(1)
logging.getLogger("torch.onnx").setLevel(logging.ERROR)


def settle(net, seed=SEED):
    """Weights and statistics that let all layers matter, whatever the initial ones are."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, p in net.named_parameters():
            if "layer_scale" in name:
                p.fill_(0.5)
            elif p.abs().max() == 0:
                p.normal_(0, 0.05)
        norms = [m for m in net.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
        for norm in norms:
            norm.weight.uniform_(0.7, 1.3)
            norm.running_mean.normal_(0, 0.1)
            norm.running_var.uniform_(0.5, 1.5)
    return net.eval()


def calibrate(net, inputs):
    """Means and variances of BatchNorm as training would leave them: those of the inputs."""
    norms = [m for m in net.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    handles = []

    def hook(module, arguments):
        x = arguments[0]
        dims = [d for d in range(x.dim()) if d != 1]
        module.running_mean.copy_(x.mean(dims))
        module.running_var.copy_(x.var(dims, unbiased=False) + 0.1 if x.numel() > x.shape[1] else torch.ones(x.shape[1]))
    for norm in norms:
        handles.append(norm.register_forward_pre_hook(hook))
    with torch.no_grad():
        net(*inputs)
    for handle in handles:
        handle.remove()


@functools.lru_cache(maxsize=1)
def built(build, shapes, batch):
    """The network, its inputs and its outputs; kept for the next opset."""
    torch.manual_seed(SEED)
    net = build()
    inputs = [(torch.randn(batch, *s[1:]) if s[0] == 1 else torch.randn(*s)) if isinstance(s, tuple) else s(batch)
              for s in shapes]
    settle(net)
    calibrate(net, inputs)
    return net, inputs, answers(net, inputs)


def answers(net, inputs):
    """All tensors that the network returns, in the order of the export."""
    flat = []

    def flatten(o):
        if isinstance(o, torch.Tensor):
            flat.append(o.detach().numpy())
        elif o is not None:
            for v in o.values() if isinstance(o, dict) else o:
                flatten(v)
    with torch.no_grad():
        flatten(net(*inputs))
    return flat


def exactly(build, shapes, batch):
    """The answers in float64, of the same weights."""
    net, inputs, _ = built(build, shapes, batch)

    def double(i):
        return [double(j) for j in i] if isinstance(i, list) else i.double() if i.is_floating_point() else i
    try:
        return answers(net.double(), [double(i) for i in inputs])
    finally:
        net.float()


def make(build, shapes, opset, batch):
    net, inputs, outputs = built(build, shapes, batch)
    names = ["x", "y", "z", "u", "v"][:len(inputs)]
    out = [f"out{i}" for i in range(len(outputs))]
    axes = None
    if batch > 1:
        axes = {n: {batch_axis(i, batch): "batch"} for n, i in zip(names, inputs)}
        axes.update({n: {batch_axis(o, batch): "batch"} for n, o in zip(out, outputs) if batch in o.shape})
    file = io.BytesIO()
    torch.onnx.export(net, tuple(inputs), file, opset_version=opset, input_names=names, output_names=out,
                      dynamic_axes=axes)
    arrays = {n: (i[0] if isinstance(i, list) else i).numpy() for n, i in zip(names, inputs)}
    return Made(file.getvalue(), arrays, outputs, exact=functools.partial(exactly, build, shapes, batch))


def batch_axis(array, batch):
    """Where the batch is: the first dimension that has its size."""
    return list(array.shape).index(batch)


def of(family, name, build, shapes, opsets, batch=1):
    """Cases of one module at some opsets. shapes: of the inputs with a batch of 1, or functions of the batch."""
    for opset in opsets:
        yield Case(family, name, "torch", opset,
                   functools.partial(make, build, tuple(shapes), opset, batch), opset == opsets[-1])


# ------------------------------------------------------------------ inputs that are not (1, ...) of random numbers

def words(high, *shape):
    return lambda batch: torch.randint(1, high, [batch if s == "batch" else s for s in shape])


def numbers(*shape):
    return lambda batch: torch.randn([batch if s == "batch" else s for s in shape])


def truths(*shape):
    return lambda batch: (torch.rand([batch if s == "batch" else s for s in shape]) < 0.7).long()


def lengths():
    return lambda batch: torch.tensor([7, 5, 2][:batch])
