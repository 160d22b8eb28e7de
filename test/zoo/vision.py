"""torchvision's networks."""
import torchvision.models as models

from from_torch import of

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


def cases():
    for name, arguments, size, opsets, batch in NETWORKS:
        yield from of("vision", name, network(name, arguments), [(1, 3, size, size)], opsets, batch)
