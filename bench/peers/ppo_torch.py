"""PyTorch's side of bench/ppo: the iteration of packages/tony/src/align/ppo.ts on a model of the same shape.

Sampling with a KV cache, a reward model, a reference, a critic of its own, generalised advantages, the clipped losses, AdamW.
Answers each JSON line {"iterations": n} with the seconds of each iteration by part.
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

from train_torch import Block, rms_norm, rotary_tables, rotate


class Trunk(nn.Module):
    def __init__(self, vocab, width, hidden, heads, layers, longest):
        super().__init__()
        self.heads = heads
        self.embed = nn.Embedding(vocab, width)
        nn.init.normal_(self.embed.weight, std=0.02)
        self.layers = nn.ModuleList(Block(width, hidden, heads) for _ in range(layers))
        self.norm = nn.Parameter(torch.ones(width))
        self.cos, self.sin = rotary_tables(longest, width // heads)
        self.mask = torch.full((longest, longest), -1e9).triu(1)

    def forward(self, tokens):
        T = tokens.shape[1]
        x = self.embed(tokens) * math.sqrt(self.embed.weight.shape[1])
        for layer in self.layers:
            x = layer(x, self.cos[:T], self.sin[:T], self.mask[:T, :T])
        return rms_norm(x, self.norm)

    def step(self, tokens, cache, at):  # new positions [B, n], cached keys and values in place
        B, n = tokens.shape
        x = self.embed(tokens) * math.sqrt(self.embed.weight.shape[1])
        for layer, (keys, values) in zip(self.layers, cache):
            D = x.shape[-1] // self.heads
            y = rms_norm(x, layer.input_layernorm)
            q, k, v = (p(y).view(B, n, self.heads, D) for p in (layer.q_proj, layer.k_proj, layer.v_proj))
            q, k = (rotate(rms_norm(z), self.cos[at : at + n], self.sin[at : at + n]).transpose(1, 2) for z in (q, k))
            keys[:, :, at : at + n], values[:, :, at : at + n] = k, v.transpose(1, 2)
            scores = q @ keys[:, :, : at + n].transpose(-2, -1) * (1 / math.sqrt(D)) + self.mask[at : at + n, : at + n]
            mixed = F.softmax(scores, dim=-1) @ values[:, :, : at + n]
            x = x + layer.o_proj(mixed.transpose(1, 2).reshape(B, n, -1))
            y = rms_norm(x, layer.post_attention_layernorm)
            x = x + layer.down_proj(F.silu(layer.gate_proj(y)) * layer.up_proj(y))
        return rms_norm(x, self.norm)


class Scalar(nn.Module):
    def __init__(self, trunk):
        super().__init__()
        self.trunk = trunk
        self.head = nn.Linear(trunk.embed.weight.shape[1], 1)

    def forward(self, tokens):
        return self.head(self.trunk(tokens)).squeeze(-1)


def whiten(x):
    return (x - x.mean()) / torch.sqrt(x.var(unbiased=False) + 1e-8)


def main():
    job = json.loads(sys.argv[1])
    torch.set_num_threads(job["threads"])
    torch.manual_seed(1)
    P, A, N, M = job["prompt"], job["answer"], job["rollouts"], job["minibatch"]
    make = lambda: Trunk(job["vocab"], job["width"], job["hidden"], job["heads"], job["layers"], P + A)
    policy, reference = make(), make()
    reference.load_state_dict(policy.state_dict())
    critic, reward = Scalar(make()), Scalar(make())
    params = [*policy.parameters(), *critic.parameters()]
    adam = torch.optim.AdamW(params, lr=1e-5, betas=(0.9, 0.95), eps=1e-5, weight_decay=0.0, foreach=False)

    def logprobs(model, tokens):
        logits = model(tokens)[:, P - 1 : -1] @ model.embed.weight.t()
        log = F.log_softmax(logits, dim=-1)
        return log.gather(-1, tokens[:, P:, None]).squeeze(-1), log

    @torch.no_grad()
    def sample():
        D = job["width"] // job["heads"]
        cache = [tuple(torch.zeros(N, job["heads"], P + A, D) for _ in range(2)) for _ in policy.layers]
        tokens = torch.randint(0, 4000, (N, P + A))
        hidden = policy.step(tokens[:, :P], cache, 0)
        for at in range(P, P + A):
            chances = F.softmax(hidden[:, -1] @ policy.embed.weight.t(), dim=-1)
            tokens[:, at] = torch.multinomial(chances, 1).squeeze(-1)
            if at + 1 < P + A:
                hidden = policy.step(tokens[:, at : at + 1], cache, at)
        return tokens

    @torch.no_grad()
    def judge(tokens):
        rows = [[], [], [], []]
        for part in tokens.split(M):
            old, _ = logprobs(policy, part)
            known, _ = logprobs(reference, part)
            values = critic(part)[:, P - 1 : -1]
            score = reward(part)[:, -1]
            for row, value in zip(rows, (old, known, values, score)):
                row.append(value)
        old, known, values, score = (torch.cat(row) for row in rows)
        rewards = -0.02 * (old - known)
        rewards[:, -1] += score
        advantages = torch.zeros_like(rewards)
        last = torch.zeros(N)
        for t in reversed(range(A)):
            following = values[:, t + 1] if t + 1 < A else torch.zeros(N)
            last = rewards[:, t] + following - values[:, t] + 0.95 * last
            advantages[:, t] = last
        return old, values, whiten(advantages), advantages + values

    def update(tokens, old, values, advantages, returns):
        for ids in torch.randperm(N).split(M):
            adam.zero_grad(set_to_none=True)
            now, log = logprobs(policy, tokens[ids])
            ratio = torch.exp(now - old[ids])
            gain = advantages[ids]
            acting = torch.max(-gain * ratio, -gain * ratio.clamp(0.8, 1.2)).mean()
            entropy = -(log.exp() * log).sum(-1).mean().detach()
            value = critic(tokens[ids])[:, P - 1 : -1]
            kept = values[ids] + (value - values[ids]).clamp(-0.2, 0.2)
            target = returns[ids]
            valuing = 0.5 * torch.max((value - target) ** 2, (kept - target) ** 2).mean()
            (acting + 0.1 * valuing).backward()
            torch.nn.utils.clip_grad_norm_(params, 1.0)
            adam.step()
        return entropy

    for line in sys.stdin:
        seconds = []
        for _ in range(json.loads(line)["iterations"]):
            start = time.perf_counter()
            tokens = sample()
            sampled = time.perf_counter()
            judged = judge(tokens)
            scored = time.perf_counter()
            update(tokens, *judged)
            end = time.perf_counter()
            seconds.append([sampled - start, scored - sampled, end - scored])
        print(json.dumps({"seconds": seconds}), flush=True)


main()
