"""Networks for sequences as people write them in torch: recurrent, texts, attention, sound."""
import torch
from torch import nn
from torch.nn import functional as F

from from_torch import ALL, lengths, numbers, of, truths, words


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
]


def cases():
    for name, build, shapes, opsets, batch in NETWORKS:
        yield from of("torch_sequences", name, build, shapes, opsets, batch)
