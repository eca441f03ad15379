"""The training loop: resumable, reproducible, the upper reading half only.

Master weights and AdamW are float32; forward and backward run in bfloat16 where asked. The learning rate warms up,
stays, and falls to zero over the last part of the planned steps. A run that has not begun to fall can be planned
longer; its weights at that point are kept in `before-decay.pt`.
"""

from __future__ import annotations

import copy
import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from index.files import replacing
from qa.models.spans import WINDOW, Floats, Ints
from qa.training.batches import Batch
from qa.training.evaluate import Scorer
from qa.training.model import RankerReader, Reader

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to train; times are in seconds."""

    steps: int
    rate: float = 1e-4
    warm_up: int = 100
    decay: float = 0.3  # the last share of the steps, over which the rate falls to zero
    weight_decay: float = 0.01
    dropout: float = 0.1
    clip: float = 1.0
    answerable_loss: float = 0.5
    length: int = WINDOW
    bfloat16: bool = True
    save_every: float = 600.0
    say_every: float = 60.0
    evaluate_every: float = 1500.0

    @property
    def falls_at(self) -> int:
        """The first step of the falling part."""
        return self.steps - round(self.steps * self.decay)

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        rate = self.rate * min(1.0, (step + 1) / max(1, self.warm_up))
        if step >= self.falls_at:
            rate *= max(0.0, (self.steps - step) / max(1, self.steps - self.falls_at))
        return rate


def span_loss(outputs: tuple[Tensor, Tensor, Tensor], starts: Tensor, ends: Tensor, weight: float) -> Tensor:
    """Cross-entropy of start and end (position 0: no answer), plus the weighted one of answerability."""
    start, end, answerable = outputs
    spans = (F.cross_entropy(start, starts) + F.cross_entropy(end, ends)) / 2
    return spans + weight * F.binary_cross_entropy_with_logits(answerable, (starts > 0).float())


class Steps(Protocol):
    """What a run trains on, step by step."""

    def batch(self, step: int, *, length: int) -> Batch:
        """The arrays of a step."""

    def seed_of(self, step: int) -> int:
        """A seed for what is random in a step."""


class Trainer:
    """A run in a folder: `checkpoint.pt` is written there and continued from. Without a schedule it cannot train."""

    def __init__(self, model: RankerReader, schedule: Steps | None, plan: Plan, folder: Path) -> None:
        self.model, self.schedule, self.plan, self.folder = model, schedule, plan, folder
        self.dtype = torch.bfloat16 if plan.bfloat16 else torch.float32
        self.step = 0
        self.seen = 0  # windows of the last step
        self.lower = copy.deepcopy(model.lower).to(self.dtype).requires_grad_(False)
        self.work: Reader = copy.deepcopy(model.reader).to(self.dtype)
        self.work.drop(plan.dropout)
        self.pairs = list(zip(model.reader.parameters(), self.work.parameters(), strict=True))
        flat = [p for p in model.reader.parameters() if p.ndim < 2]
        full = [p for p in model.reader.parameters() if p.ndim >= 2]
        groups = [{"params": full, "weight_decay": plan.weight_decay}, {"params": flat, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=plan.rate, fused=True)
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def save(self, path: Path | None = None) -> None:
        """Writes the state beside `path` and renames it into place."""
        path = path or self.checkpoint
        state = {
            "step": self.step,
            "reader": self.model.reader.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        with replacing(path, sync=True) as draft, draft.open("wb") as file:
            torch.save(state, file)

    def resume(self, path: Path | None = None) -> bool:
        """Continues from the checkpoint, if there is one."""
        path = path or self.checkpoint
        if not path.is_file():
            return False
        state: dict[str, Any] = torch.load(path, weights_only=True)
        self.model.reader.load_state_dict(state["reader"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = int(state["step"])
        self._publish()
        return True

    def _publish(self) -> None:
        """Copies the master weights into the working ones."""
        with torch.no_grad():
            for master, work in self.pairs:
                work.copy_(master)

    def loss(self, batch: Batch) -> Tensor:
        """The batch's loss, with a gradient on the working weights."""
        ids, types, mask = (torch.from_numpy(a) for a in (batch.ids, batch.types, batch.mask))
        with torch.no_grad():
            hidden = self.lower(ids, types, mask)
        outputs = self.work.train()(hidden, mask)
        starts, ends = torch.from_numpy(batch.starts), torch.from_numpy(batch.ends)
        return span_loss(outputs, starts, ends, self.plan.answerable_loss)

    def one_step(self) -> float:
        """Trains on the next batch and returns its loss."""
        if self.schedule is None:
            raise ValueError("this trainer has no schedule: it can only be measured")
        batch = self.schedule.batch(self.step, length=self.plan.length)
        self.seen = len(batch.ids)
        torch.manual_seed(self.schedule.seed_of(self.step))
        loss = self.loss(batch)
        loss.backward()
        for master, work in self.pairs:
            master.grad = None if work.grad is None else work.grad.float()
            work.grad = None
        torch.nn.utils.clip_grad_norm_([master for master, _ in self.pairs], self.plan.clip)
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate_at(self.step)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self._publish()
        self.step += 1
        return loss.item()

    def run(self, evaluate: Callable[[Scorer], str], stop: Callable[[], bool] = lambda: False) -> None:
        """Trains to the plan's end or until `stop()`, saving, logging and evaluating on the way; saves at the end."""
        began = said = saved = evaluated = time.monotonic()
        losses: list[float] = []
        seen = 0
        while self.step < self.plan.steps and not stop():
            if self.step == self.plan.falls_at:
                self.save(self.folder / "before-decay.pt")
            losses.append(self.one_step())
            seen += self.seen
            now = time.monotonic()
            if now - said >= self.plan.say_every:
                speed = seen / (now - said)
                loss = sum(losses) / len(losses)
                total = now - began
                shown = (self.step, self.plan.steps, speed, loss, self.plan.rate_at(self.step), total)
                log.info("step %d/%d, %.1f windows/s, loss %.4f, rate %.2e, %.0f s", *shown)
                losses, seen, said = [], 0, now
            if now - saved >= self.plan.save_every:
                self.save()
                saved = now
            if now - evaluated >= self.plan.evaluate_every:
                self.save()
                log.info("step %d: %s", self.step, evaluate(self.scorer()))
                saved = evaluated = time.monotonic()
        self.save()
        log.info("stopped at step %d of %d", self.step, self.plan.steps)

    def scorer(self) -> Scorer:
        """The present weights as a reader."""
        return scorer_of(self.lower, self.work.eval())


def scorer_of(lower: torch.nn.Module, reader: torch.nn.Module) -> Scorer:
    """A lower and a reading half as a reader of padded windows."""

    def score(ids: Ints, types: Ints, mask: Ints) -> tuple[Floats, Floats, Floats]:
        with torch.no_grad():
            tensors = [torch.from_numpy(a) for a in (ids, types, mask)]
            start, end, answerable = reader(lower(*tensors), tensors[2])
        return tuple(np.asarray(t.float().numpy()) for t in (start, end, answerable))  # type: ignore[return-value]

    return score


@contextmanager
def noticing_signals() -> Iterator[list[int]]:
    """A list that fills when the process is asked to stop."""
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda got, _: asked.append(got))
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
