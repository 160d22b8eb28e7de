"""torchvision's networks for segmentation, detection and films; those for detection have shapes that data decide."""
import torch
import torchvision.models as models

from from_torch import of


def segmentation(name):
    return lambda: getattr(models.segmentation, name)(weights=None, weights_backbone=None, num_classes=21)


def detector(name, **arguments):
    """With weights of its head as large as training would make them: else it would see nothing."""
    def build():
        net = getattr(models.detection, name)(weights=None, weights_backbone=None, num_classes=5, **arguments)
        with torch.no_grad():
            for n, p in net.named_parameters():
                if n.endswith(("cls_logits.weight", "cls_score.weight", "bbox_pred.weight", "bbox_reg.weight")):
                    p.normal_(0, 0.05)
                if n.endswith("cls_logits.bias"):
                    p.normal_(-2, 0.1)
        return net
    return build


def picture(size):
    """These networks take a list of pictures."""
    return lambda batch: [torch.rand(3, size, size)]


def cases():
    for name, size, opsets in (("fcn_resnet50", 96, (11, 17)), ("deeplabv3_resnet50", 96, (11, 17)),
                               ("deeplabv3_mobilenet_v3_large", 128, (11, 17)),
                               ("lraspp_mobilenet_v3_large", 128, (11, 13, 17))):
        yield from of("detection", name, segmentation(name), [(1, 3, size, size)], opsets)
    yield from of("detection", "r3d_18", lambda: models.video.r3d_18(weights=None), [(1, 3, 8, 56, 56)], (9, 13, 17))
    yield from of("detection", "mc3_18", lambda: models.video.mc3_18(weights=None), [(1, 3, 8, 56, 56)], (13,), 2)
    yield from of("detection", "s3d", lambda: models.video.s3d(weights=None), [(1, 3, 16, 224, 224)], (13,))
    for name, size, arguments in (
            ("ssdlite320_mobilenet_v3_large", 320, {"detections_per_img": 20}),
            ("retinanet_resnet50_fpn", 128, {"min_size": 128, "max_size": 128, "detections_per_img": 20}),
            ("fasterrcnn_mobilenet_v3_large_320_fpn", 160,
             {"min_size": 160, "max_size": 160, "box_detections_per_img": 20, "rpn_post_nms_top_n_test": 100,
              "rpn_pre_nms_top_n_test": 200})):
        yield from of("detection", name, detector(name, **arguments), [picture(size)], (11, 17))
