"""Networks as people write them in torch: generators, images to images, tables, pairs, points."""
import torch
from torch import nn
from torch.nn import functional as F

from from_torch import ALL, of, words


# ------------------------------------------------------------------ generators

def dcgan_generator():
    def block(i, o, **a):
        return nn.Sequential(nn.ConvTranspose2d(i, o, 4, bias=False, **a), nn.BatchNorm2d(o), nn.ReLU(True))
    return nn.Sequential(block(100, 256), block(256, 128, stride=2, padding=1), block(128, 64, stride=2, padding=1),
                         nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())


def dcgan_discriminator():
    return nn.Sequential(nn.Conv2d(3, 64, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True),
                         nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.2, inplace=True),
                         nn.Conv2d(128, 256, 4, 2, 1, bias=False), nn.BatchNorm2d(256), nn.LeakyReLU(0.2, inplace=True),
                         nn.Conv2d(256, 1, 4, 1, 0, bias=False), nn.Sigmoid(), nn.Flatten())


class Conditional(nn.Module):
    """Conditional GAN: noise and the embedding of a label."""

    def __init__(self):
        super().__init__()
        self.label = nn.Embedding(10, 10)
        self.body = nn.Sequential(nn.Linear(74, 128), nn.LeakyReLU(0.2), nn.Linear(128, 256), nn.BatchNorm1d(256, 0.8),
                                  nn.LeakyReLU(0.2), nn.Linear(256, 784), nn.Tanh())

    def forward(self, z, label):
        x = self.body(torch.cat((self.label(label), z), -1))
        return x.view(x.size(0), 1, 28, 28)


class Critic(nn.Module):
    """WGAN's critic, with LayerNorm and InstanceNorm in place of BatchNorm."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 4, 2, 1), nn.LayerNorm([16, 14, 14]), nn.LeakyReLU(0.2),
            nn.Conv2d(16, 32, 4, 2, 1), nn.InstanceNorm2d(32, affine=True), nn.LeakyReLU(0.2),
            nn.Conv2d(32, 64, 3, 2, 1), nn.GroupNorm(8, 64), nn.ELU())
        self.head = nn.Linear(64 * 16, 1)

    def forward(self, x):
        return self.head(self.body(x).flatten(1))


class StyleBlock(nn.Module):
    """StyleGAN-like: AdaIN by a mapping, noise as an input, upsampling."""

    def __init__(self):
        super().__init__()
        self.mapping = nn.Sequential(nn.Linear(16, 32), nn.LeakyReLU(0.2), nn.Linear(32, 2 * 8))
        self.start = nn.Parameter(torch.randn(1, 8, 4, 4))
        self.conv = nn.Conv2d(8, 8, 3, padding=1)
        self.colours = nn.Conv2d(8, 3, 1)

    def forward(self, z, noise):
        scale, shift = self.mapping(z / (z.pow(2).mean(1, keepdim=True) + 1e-8).sqrt()).chunk(2, 1)
        x = self.start.expand(z.shape[0], -1, -1, -1)
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        x = self.conv(x) + noise
        x = F.instance_norm(x) * (1 + scale[:, :, None, None]) + shift[:, :, None, None]
        return torch.tanh(self.colours(x))


class ResnetGenerator(nn.Module):
    """CycleGAN's generator: reflection, InstanceNorm, residual blocks, transposed convolutions."""

    def __init__(self):
        super().__init__()

        def residual(c):
            return nn.Sequential(nn.ReflectionPad2d(1), nn.Conv2d(c, c, 3), nn.InstanceNorm2d(c), nn.ReLU(),
                                 nn.ReflectionPad2d(1), nn.Conv2d(c, c, 3), nn.InstanceNorm2d(c))
        self.head = nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(3, 16, 7), nn.InstanceNorm2d(16), nn.ReLU(),
                                  nn.Conv2d(16, 32, 3, 2, 1), nn.InstanceNorm2d(32), nn.ReLU())
        self.blocks = nn.ModuleList(residual(32) for _ in range(3))
        self.tail = nn.Sequential(nn.ConvTranspose2d(32, 16, 3, 2, 1, output_padding=1), nn.InstanceNorm2d(16),
                                  nn.ReLU(), nn.ReflectionPad2d(3), nn.Conv2d(16, 3, 7), nn.Tanh())

    def forward(self, x):
        x = self.head(x)
        for block in self.blocks:
            x = x + block(x)
        return self.tail(x)


class VaeDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(20, 32 * 7 * 7)
        self.body = nn.Sequential(nn.ConvTranspose2d(32, 16, 3, 2, 1, 1), nn.ReLU(),
                                  nn.ConvTranspose2d(16, 1, 3, 2, 1, 1), nn.Sigmoid())

    def forward(self, z):
        return self.body(F.relu(self.dense(z)).view(-1, 32, 7, 7))


class VaeEncoder(nn.Module):
    """Mean and logarithm of the variance: two outputs."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Flatten())
        self.mean, self.log = nn.Linear(16 * 14 * 14, 8), nn.Linear(16 * 14 * 14, 8)

    def forward(self, x):
        x = self.body(x)
        return self.mean(x), self.log(x)


# ------------------------------------------------------------------ pictures to pictures

class UNet(nn.Module):
    def __init__(self, transposed):
        super().__init__()

        def twice(i, o):
            return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True),
                                 nn.Conv2d(o, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(inplace=True))
        self.down = nn.ModuleList([twice(3, 16), twice(16, 32), twice(32, 64)])
        self.up = nn.ModuleList([twice(96, 32) if not transposed else twice(64, 32),
                                 twice(48, 16) if not transposed else twice(32, 16)])
        self.grow = nn.ModuleList(
            [nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)] if transposed else
            [nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True) for _ in range(2)])
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        a = self.down[0](x)
        b = self.down[1](F.max_pool2d(a, 2))
        x = self.down[2](F.max_pool2d(b, 2))
        for grow, up, skip in zip(self.grow, self.up, (b, a)):
            x = grow(x)
            dy, dx = skip.size(2) - x.size(2), skip.size(3) - x.size(3)
            x = F.pad(x, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
            x = up(torch.cat([skip, x], dim=1))
        return self.head(x)


def super_resolution():
    return nn.Sequential(nn.Conv2d(1, 64, 5, padding=2), nn.ReLU(), nn.Conv2d(64, 32, 3, padding=1), nn.ReLU(),
                         nn.Conv2d(32, 9, 3, padding=1), nn.PixelShuffle(3))


class Style(nn.Module):
    """Style transfer: ReflectionPad, InstanceNorm, Upsample nearest."""

    def __init__(self):
        super().__init__()

        def conv(i, o, k, s=1):
            return nn.Sequential(nn.ReflectionPad2d(k // 2), nn.Conv2d(i, o, k, s))
        self.a = nn.Sequential(conv(3, 16, 9), nn.InstanceNorm2d(16, affine=True), nn.ReLU(),
                               conv(16, 32, 3, 2), nn.InstanceNorm2d(32, affine=True), nn.ReLU())
        self.b = nn.Sequential(conv(32, 32, 3), nn.InstanceNorm2d(32, affine=True))
        self.c = conv(32, 16, 3)
        self.d = conv(16, 3, 9)

    def forward(self, x):
        x = self.a(x)
        x = F.relu(x + self.b(x))
        x = F.interpolate(x, mode="nearest", scale_factor=2)
        return self.d(F.relu(self.c(x)))


def autoencoder():
    return nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 8, 3, 2, 1), nn.ReLU(),
                         nn.ConvTranspose2d(8, 16, 3, 2, 1, 1), nn.ReLU(), nn.ConvTranspose2d(16, 1, 3, 2, 1, 1),
                         nn.Sigmoid())


def sparse_autoencoder():
    """MaxUnpool's usual stand-in and the rarer activations."""
    return nn.Sequential(nn.Linear(30, 20), nn.SELU(), nn.Linear(20, 5), nn.Softplus(), nn.Linear(5, 20), nn.Mish(),
                         nn.Linear(20, 30), nn.Hardswish(), nn.LayerNorm(30), nn.GELU(), nn.CELU(), nn.Softsign())


def tabular():
    return nn.Sequential(nn.Linear(13, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 32),
                         nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 1))


class Recommender(nn.Module):
    """Two towers of embeddings and biases, as for ratings."""

    def __init__(self):
        super().__init__()
        self.users, self.films = nn.Embedding(40, 8), nn.Embedding(60, 8)
        self.user_bias, self.film_bias = nn.Embedding(40, 1), nn.Embedding(60, 1)

    def forward(self, user, film):
        return 1 + 4 * torch.sigmoid((self.users(user) * self.films(film)).sum(1) +
                                     self.user_bias(user).squeeze(1) + self.film_bias(film).squeeze(1))


class SqueezeExcite(nn.Module):
    """Residual network with squeeze-and-excitation, strided depthwise convolutions and a mean of places."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(16)
        self.deep = nn.Conv2d(16, 16, 5, padding=2, groups=16)
        self.a, self.b = nn.Linear(16, 4), nn.Linear(4, 16)
        self.head = nn.Linear(16, 7)

    def forward(self, x):
        x = F.relu6(self.norm(self.stem(x)))
        y = self.deep(x)
        w = torch.sigmoid(self.b(F.relu(self.a(F.adaptive_avg_pool2d(y, 1).flatten(1)))))
        x = x + y * w.view(w.size(0), -1, 1, 1)
        return self.head(x.mean([2, 3]))


class Siamese(nn.Module):
    """The same body for two pictures, and the cosine of what it says."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 13 * 13, 16))

    def forward(self, a, b):
        return F.cosine_similarity(F.normalize(self.body(a)), F.normalize(self.body(b)))


class Points(nn.Module):
    """PointNet-like: a shared MLP and the maximum over the points."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv1d(3, 32, 1), nn.BatchNorm1d(32), nn.ReLU(), nn.Conv1d(32, 64, 1))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(torch.max(self.body(x.transpose(2, 1)), 2)[0])


class Bilinear(nn.Module):
    """Einsum, roll, topk and argmax in one head."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(6, 5, 4))

    def forward(self, x, y):
        z = torch.einsum("ni,ijk,nj->nk", x, self.w, y)
        best, place = z.roll(1, dims=1).topk(2, dim=1)
        return z, best, place, z.argmax(1)


# name, how it is made, inputs with a batch of 1, opsets, batch (above 1: its axis is dynamic)
NETWORKS = [
    ("dcgan_generator", dcgan_generator, [(1, 100, 1, 1)], ALL, 3),
    ("dcgan_discriminator", dcgan_discriminator, [(1, 3, 32, 32)], ALL, 1),
    ("conditional_gan", Conditional, [(1, 64), words(10, "batch")], ALL, 3),
    ("wgan_critic", Critic, [(1, 1, 28, 28)], ALL, 3),
    ("style_gan", StyleBlock, [(1, 16), (1, 1, 8, 8)], (11, 13, 17), 3),
    ("cycle_gan", ResnetGenerator, [(1, 3, 32, 32)], ALL, 1),
    ("vae_decoder", VaeDecoder, [(1, 20)], ALL, 3),
    ("vae_encoder", VaeEncoder, [(1, 1, 28, 28)], ALL, 3),
    ("unet", lambda: UNet(True), [(1, 3, 64, 64)], (11, 13, 16, 17), 3),
    ("unet_bilinear", lambda: UNet(False), [(1, 3, 64, 64)], (11, 13, 16, 17), 1),
    ("super_resolution", super_resolution, [(1, 1, 56, 56)], ALL, 3),
    ("style_transfer", Style, [(1, 3, 64, 64)], ALL, 1),
    ("autoencoder", autoencoder, [(1, 1, 28, 28)], ALL, 3),
    ("activations", sparse_autoencoder, [(1, 30)], (14, 16, 17), 3),
    ("tabular", tabular, [(1, 13)], ALL, 3),
    ("recommender", Recommender, [words(40, "batch"), words(60, "batch")], ALL, 3),
    ("squeeze_excite", SqueezeExcite, [(1, 3, 32, 32)], ALL, 3),
    ("siamese", Siamese, [(1, 1, 28, 28), (1, 1, 28, 28)], ALL, 3),
    ("points", Points, [(1, 50, 3)], ALL, 3),
    ("bilinear", Bilinear, [(1, 6), (1, 5)], (12, 13, 17), 3),
]


def cases():
    for name, build, shapes, opsets, batch in NETWORKS:
        yield from of("torch_images", name, build, shapes, opsets, batch)
