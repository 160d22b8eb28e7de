"""Networks as people write them in torch: recurrent, generators, attention, U-shapes, sequences."""
import torch
from torch import nn
from torch.nn import functional as F

from from_torch import of

ALL = (9, 11, 13, 16, 17)


# ------------------------------------------------------------------ recurrent

class Recurrent(nn.Module):
    """Sequence classifier: the last step of a recurrent layer, then Dense."""

    def __init__(self, layer, mean=False, **arguments):
        super().__init__()
        self.layer = layer(12, 24, **arguments)
        self.first = arguments.get("batch_first", False)
        self.mean = mean
        self.head = nn.Linear(24 * (2 if arguments.get("bidirectional") else 1), 5)

    def forward(self, x):
        y, _ = self.layer(x)
        if self.mean:
            y = y.mean(1 if self.first else 0)
        else:
            y = y[:, -1] if self.first else y[-1]
        return F.log_softmax(self.head(y), dim=-1)


class LstmWithState(nn.Module):
    """Takes and gives back the state, as a stream is read."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(10, 16, num_layers=2)

    def forward(self, x, h, c):
        y, (h, c) = self.lstm(x, (h, c))
        return y, h, c


class GruWithState(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(10, 16, batch_first=True, bidirectional=True)

    def forward(self, x, h):
        return self.gru(x, h)


class Tagger(nn.Module):
    """A label a word: Embedding, bidirectional LSTM, Dense."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(100, 20, padding_idx=0)
        self.lstm = nn.LSTM(20, 16, batch_first=True, bidirectional=True)
        self.head = nn.Linear(32, 9)

    def forward(self, words):
        return self.head(self.lstm(self.embedding(words))[0])


class PackedLstm(nn.Module):
    """Rows of different lengths, packed."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 16, batch_first=True, bidirectional=True)
        self.head = nn.Linear(32, 3)

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=True)
        _, (h, _) = self.lstm(packed)
        return self.head(torch.cat((h[0], h[1]), dim=1))


class ConvLstm(nn.Module):
    """A convolutional LSTM cell over five frames, unrolled."""

    def __init__(self):
        super().__init__()
        self.gates = nn.Conv2d(3 + 8, 4 * 8, 3, padding=1)
        self.head = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        h = x.new_zeros(x.shape[0], 8, x.shape[3], x.shape[4])
        c = h
        for t in range(5):
            i, f, o, g = torch.chunk(self.gates(torch.cat([x[:, t], h], 1)), 4, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        return self.head(h)


class CellLoop(nn.Module):
    """LSTMCell and GRUCell called step by step."""

    def __init__(self):
        super().__init__()
        self.lstm, self.gru = nn.LSTMCell(6, 10), nn.GRUCell(10, 7)

    def forward(self, x):
        h = c = x.new_zeros(x.shape[1], 10)
        g = x.new_zeros(x.shape[1], 7)
        for t in range(4):
            h, c = self.lstm(x[t], (h, c))
            g = self.gru(h, g)
        return g


# ------------------------------------------------------------------ texts, sequences

class TextCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(200, 32)
        self.convs = nn.ModuleList(nn.Conv1d(32, 16, k) for k in (3, 4, 5))
        self.head = nn.Linear(48, 4)

    def forward(self, words):
        x = self.embedding(words).transpose(1, 2)
        x = torch.cat([F.relu(c(x)).max(dim=2)[0] for c in self.convs], 1)
        return F.softmax(self.head(F.dropout(x, training=self.training)), dim=1)


class TextMean(nn.Module):
    """The mean of the words that are there, by a mask."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(200, 32)
        self.head = nn.Sequential(nn.Linear(32, 16), nn.PReLU(), nn.Linear(16, 1))

    def forward(self, words):
        there = (words != 0).unsqueeze(-1).float()
        x = (self.embedding(words) * there).sum(1) / there.sum(1).clamp(min=1)
        return torch.sigmoid(self.head(x))


class Attention(nn.Module):
    """Self-attention as people write it: scores, mask, softmax, heads by view and permute."""

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(32, 32) for _ in range(4))

    def forward(self, x, there):
        n, t, _ = x.shape
        q, k, v = (layer(x).view(n, t, 4, 8).permute(0, 2, 1, 3) for layer in (self.q, self.k, self.v))
        scores = (q @ k.transpose(-2, -1)) / 8 ** 0.5
        scores = scores.masked_fill(there[:, None, None, :] == 0, -1e9)
        return self.o((F.softmax(scores, dim=-1) @ v).permute(0, 2, 1, 3).reshape(n, t, 32))


class Encoder(nn.Module):
    def __init__(self, first=True, activation="relu", norm_first=False):
        super().__init__()
        layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=first, activation=activation, norm_first=norm_first)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.position = nn.Parameter(torch.randn(10, 32) if first else torch.randn(10, 1, 32))
        self.head = nn.Linear(32, 6)
        self.first = first

    def forward(self, x):
        # in a mode that trains, but for Dropout: torch's own fast path has no ONNX form
        y = self.encoder(x + self.position)
        return self.head(y.mean(1 if self.first else 0))


class Decoder(nn.Module):
    """A causal language model: the mask is a constant, the weights of the words are used twice."""

    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(50, 32), nn.Embedding(16, 32)
        self.layers = nn.ModuleList(nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, activation="gelu",
                                                              norm_first=True) for _ in range(2))
        self.norm = nn.LayerNorm(32)

    def forward(self, words):
        t = words.shape[1]
        x = self.words(words) + self.places(torch.arange(t))
        mask = torch.triu(torch.full((t, t), float("-inf")), diagonal=1)
        for layer in self.layers:
            x = layer(x, src_mask=mask)
        return self.norm(x) @ self.words.weight.t()


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.Transformer(16, 2, 1, 1, 32, batch_first=True)

    def forward(self, x, y):
        return self.transformer(x, y)


class Temporal(nn.Module):
    """A temporal convolutional network: causal, dilated, residual."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.utils.weight_norm(nn.Conv1d(i, 16, 3, dilation=2 ** k))
                                   for k, i in enumerate((4, 16, 16)))
        self.ways = nn.ModuleList(nn.Conv1d(i, 16, 1) for i in (4, 16, 16))
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        for k, (conv, way) in enumerate(zip(self.convs, self.ways)):
            x = F.relu(F.relu(conv(F.pad(x, (2 * 2 ** k, 0)))) + way(x))
        return self.head(x[:, :, -1])


class Wave(nn.Module):
    """WaveNet-like: gates of tanh and sigmoid, skips summed."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(1, 16, 1)
        self.filters = nn.ModuleList(nn.Conv1d(16, 16, 2, dilation=2 ** k) for k in range(5))
        self.gates = nn.ModuleList(nn.Conv1d(16, 16, 2, dilation=2 ** k) for k in range(5))
        self.mixes = nn.ModuleList(nn.Conv1d(16, 16, 1) for k in range(5))
        self.head = nn.Sequential(nn.ReLU(), nn.Conv1d(16, 32, 1), nn.ReLU(), nn.Conv1d(32, 8, 1))

    def forward(self, x):
        x = self.first(x)
        skips = 0
        for f, g, m in zip(self.filters, self.gates, self.mixes):
            z = m(torch.tanh(f(x)) * torch.sigmoid(g(x)))
            x = x[:, :, -z.size(2):] + z
            skips = skips[:, :, -z.size(2):] + z if torch.is_tensor(skips) else z
        return F.log_softmax(self.head(skips), dim=1)


class Sound(nn.Module):
    """1-d CNN with BatchNorm1d and adaptive pools, as for sensors and sound."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(2, 16, 9, stride=4), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(4),
            nn.Conv1d(16, 32, 3, padding=1, groups=2), nn.BatchNorm1d(32), nn.SiLU(), nn.AdaptiveAvgPool1d(1))
        self.head = nn.Linear(32, 3)

    def forward(self, x):
        return self.head(self.body(x).squeeze(-1))


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


def words(high, *shape):
    return lambda batch: torch.randint(1, high, [batch if s == "batch" else s for s in shape])


def numbers(*shape):
    return lambda batch: torch.randn([batch if s == "batch" else s for s in shape])


def truths(*shape):
    return lambda batch: (torch.rand([batch if s == "batch" else s for s in shape]) < 0.7).long()


def lengths():
    return lambda batch: torch.tensor([7, 5, 2][:batch])


# name, how it is made, inputs with a batch of 1, opsets, batch (above 1: its axis is dynamic)
NETWORKS = [
    ("lstm", lambda: Recurrent(nn.LSTM, batch_first=True), [(1, 9, 12)], ALL, 1),
    ("lstm_bidirectional", lambda: Recurrent(nn.LSTM, batch_first=True, bidirectional=True, num_layers=2),
     [(1, 9, 12)], ALL, 3),
    ("lstm_projected", lambda: nn.LSTM(12, 24, proj_size=0, bias=False), [numbers(9, "batch", 12)], (13,), 3),
    ("gru", lambda: Recurrent(nn.GRU), [numbers(9, "batch", 12)], ALL, 3),
    ("gru_mean", lambda: Recurrent(nn.GRU, mean=True, batch_first=True, num_layers=2), [(1, 9, 12)], ALL, 1),
    ("rnn_tanh", lambda: Recurrent(nn.RNN, batch_first=True), [(1, 9, 12)], ALL, 3),
    ("rnn_relu", lambda: Recurrent(nn.RNN, nonlinearity="relu", num_layers=2, bidirectional=True),
     [numbers(9, "batch", 12)], ALL, 1),
    ("lstm_state", LstmWithState, [numbers(6, "batch", 10), numbers(2, "batch", 16), numbers(2, "batch", 16)], ALL, 3),
    ("gru_state", GruWithState, [(1, 6, 10), numbers(2, "batch", 16)], ALL, 3),
    ("tagger", Tagger, [words(100, "batch", 11)], ALL, 3),
    ("lstm_packed", PackedLstm, [(1, 7, 8), lengths()], (11, 13, 17), 3),
    ("conv_lstm", ConvLstm, [(1, 5, 3, 16, 16)], ALL, 3),
    ("cells", CellLoop, [numbers(4, "batch", 6)], ALL, 3),
    ("text_cnn", TextCnn, [words(200, "batch", 20)], ALL, 3),
    ("text_mean", TextMean, [words(200, "batch", 20)], ALL, 3),
    ("attention", Attention, [(1, 10, 32), truths("batch", 10)], ALL, 3),
    ("transformer", Encoder, [(1, 10, 32)], ALL, 1),
    ("transformer_gelu", lambda: Encoder(False, "gelu", True), [numbers(10, "batch", 32)], ALL, 3),
    ("transformer_causal", Decoder, [words(50, "batch", 12)], (14, 17), 3),
    ("transformer_pair", Seq2Seq, [(1, 6, 16), (1, 4, 16)], (11, 13, 16, 17), 3),
    ("temporal", Temporal, [(1, 4, 40)], ALL, 3),
    ("wave", Wave, [(1, 1, 64)], ALL, 1),
    ("sound", Sound, [(1, 2, 400)], ALL, 3),
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
        yield from of("torch_nets", name, build, shapes, opsets, batch)
