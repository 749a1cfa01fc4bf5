"""PyTorch's side of bench/train: the model of packages/tony/src/models/gpt.ts, step by step.

Reads the same weights (safetensors) and token rows; answers each JSON line {"steps": n} with times and losses.
"""
import json
import math
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def rms_norm(x, gain=None, eps=1e-6):
    normal = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)
    return normal if gain is None else normal * gain


def rotary_tables(longest, width, theta=10000.0):
    half = width // 2
    angles = torch.outer(torch.arange(longest, dtype=torch.float64), theta ** (-torch.arange(half, dtype=torch.float64) / half))
    return angles.cos().float()[:, None, :], angles.sin().float()[:, None, :]


def rotate(x, cos, sin):  # [B, T, H, D], halves against each other
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)


class Block(nn.Module):
    def __init__(self, width, hidden, heads):
        super().__init__()
        self.heads = heads
        self.input_layernorm = nn.Parameter(torch.ones(width))
        self.post_attention_layernorm = nn.Parameter(torch.ones(width))
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.gate_proj, self.up_proj = (nn.Linear(width, hidden, bias=False) for _ in range(2))
        self.down_proj = nn.Linear(hidden, width, bias=False)

    def forward(self, x, cos, sin, mask):
        B, T, C = x.shape
        D = C // self.heads
        y = rms_norm(x, self.input_layernorm)
        q, k, v = (p(y).view(B, T, self.heads, D) for p in (self.q_proj, self.k_proj, self.v_proj))
        q, k = (rotate(rms_norm(z), cos, sin).transpose(1, 2) for z in (q, k))
        weights = F.softmax(q @ k.transpose(-2, -1) * (1 / math.sqrt(D)) + mask, dim=-1)
        x = x + self.o_proj((weights @ v.transpose(1, 2)).transpose(1, 2).reshape(B, T, C))
        y = rms_norm(x, self.post_attention_layernorm)
        return x + self.down_proj(F.silu(self.gate_proj(y)) * self.up_proj(y))


class Gpt(nn.Module):
    def __init__(self, vocab, width, hidden, heads, layers, longest):
        super().__init__()
        self.embed_tokens = nn.Embedding(vocab, width)
        self.layers = nn.ModuleList(Block(width, hidden, heads) for _ in range(layers))
        self.norm = nn.Parameter(torch.ones(width))
        self.lm_head = nn.Linear(width, vocab, bias=False)
        self.cos, self.sin = rotary_tables(longest, width // heads)
        self.mask = torch.full((longest, longest), -1e9).triu(1)

    def forward(self, tokens, targets):
        x = self.embed_tokens(tokens)
        for layer in self.layers:
            x = layer(x, self.cos, self.sin, self.mask)
        logits = self.lm_head(rms_norm(x, self.norm))
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.reshape(-1))


def load(model, path):
    raw = np.fromfile(path, dtype=np.uint8)
    length = int(raw[:8].view("<u8")[0])
    header = json.loads(raw[8 : 8 + length].tobytes())
    body = raw[8 + length :]
    params = dict(model.named_parameters())
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        value = torch.from_numpy(body[start:end].copy().view("<f4").reshape(entry["shape"]))
        key = name.replace("self_attn.", "").replace("mlp.", "")
        if key not in params:
            key = key[: -len(".weight")]
        param = params.pop(key)
        # Tony keeps matrices as [in, out], PyTorch as [out, in].
        matrix = value.dim() == 2 and "embed_tokens" not in key
        with torch.no_grad():
            param.copy_(value.t() if matrix else value)
    assert not params, f"no values for {list(params)}"


def main():
    job = json.loads(sys.argv[1])
    case, hyper = job["case"], job["optimizer"]
    torch.set_num_threads(job["threads"])
    T, batch = case["time"], case["batch"]
    model = Gpt(case["vocab"], case["width"], job["hidden"], case["heads"], case["layers"], T)
    load(model, job["weights"])
    data = np.fromfile(job["data"], dtype="<i4").reshape(-1, batch, T + 1)
    decay = [p for n, p in model.named_parameters() if p.dim() > 1 and "embed_tokens" not in n]
    keep = [p for n, p in model.named_parameters() if p.dim() == 1 or "embed_tokens" in n]
    groups = [{"params": decay, "weight_decay": hyper["weightDecay"]}, {"params": keep, "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, lr=hyper["rate"], betas=(hyper["beta1"], hyper["beta2"]), eps=hyper["eps"], foreach=job["foreach"])
    step = 0
    for line in sys.stdin:
        seconds, losses = [], []
        for _ in range(json.loads(line)["steps"]):
            start = time.perf_counter()
            rows = torch.from_numpy(data[step % len(data)]).long()
            adamw.zero_grad(set_to_none=True)
            loss = model(rows[:, :-1], rows[:, 1:])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), hyper["clip"])
            adamw.step()
            losses.append(loss.item())
            seconds.append(time.perf_counter() - start)
            step += 1
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "losses": losses, "peak_mb": peak}), flush=True)


if __name__ == "__main__":
    main()
