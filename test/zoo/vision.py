"""torchvision's networks."""
import dataclasses

import torch
import torchvision.models as models

import from_torch
from case import Case
from from_torch import of

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

# name, arguments, size of the picture, opsets; batches of two where the batch is dynamic
NETWORKS = [
    ("resnet18", {}, 224, (9, 11, 13, 16, 17), 1),
    ("alexnet", {}, 224, (9, 13, 17), 2),
    ("vgg11", {"num_classes": 10}, 224, (17,), 1),
    ("squeezenet1_1", {}, 224, (9, 11, 13, 17), 2),
    ("densenet121", {}, 224, (9, 13, 17), 1),
    ("mobilenet_v2", {}, 224, (9, 11, 13, 17), 2),
    ("mobilenet_v3_small", {}, 224, (9, 11, 13, 14, 17), 1),
    ("shufflenet_v2_x1_0", {}, 224, (11, 13, 17), 2),
    ("mnasnet0_5", {}, 224, (9, 11, 13, 17), 1),
    ("efficientnet_b0", {}, 224, (9, 11, 13, 17), 2),
    ("regnet_y_400mf", {}, 224, (11, 17), 1),
    ("googlenet", {"init_weights": True, "transform_input": True}, 224, (9, 13, 17), 2),
    ("inception_v3", {"init_weights": True, "transform_input": True}, 299, (11, 17), 1),
    ("convnext_tiny", {}, 224, (11, 13, 16, 17), 2),
    ("vit_b_16", {}, 224, (11, 14, 17), 1),
    ("swin_t", {}, 224, (12, 14, 17), 2),
]


def network(name, arguments):
    return lambda: getattr(models, name)(weights=None, **arguments)


def picture(size):
    """Pixels of a picture, as torchvision scales them."""
    def make(_):
        torch.manual_seed(2)
        pixels = torch.randint(0, 256, (1, 3, size, size)).float()
        return (pixels / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    return make


def of_pixels(name, build, size, opset):
    """The same network for image_output: it gets the bytes, and how they are scaled."""
    def make():
        made = from_torch.make(build, (picture(size),), opset, 1)
        x = torch.from_numpy(made.inputs["x"]) * torch.tensor(STD).view(3, 1, 1) + torch.tensor(MEAN).view(3, 1, 1)
        pixels = (x * 255).round().to(torch.uint8)[0].permute(1, 2, 0).contiguous().numpy().tobytes()
        return dataclasses.replace(made, pixels=pixels, options={"scale": 1 / 255, "mean": MEAN, "std": STD})
    return Case("vision", name + "_pixels", "torch", opset, make)


def cases():
    yield of_pixels("mobilenet_v3_small", network("mobilenet_v3_small", {}), 224, 17)
    yield of_pixels("resnet18", network("resnet18", {}), 224, 13)
    for name, arguments, size, opsets, batch in NETWORKS:
        yield from of("vision", name, network(name, arguments), [(1, 3, size, size)], opsets, batch)
