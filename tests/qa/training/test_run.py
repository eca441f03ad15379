"""The model, the schedule and the loop: frozen parts stay, runs resume to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from qa.training.batches import Mix
from qa.training.model import Dropout, attention_bias, load_base
from qa.training.train import Plan, Trainer, span_loss
from tests.qa.training import tiny


def plan(steps: int = 8, **changes: object) -> Plan:
    return Plan(steps, rate=1e-3, warm_up=2, length=100, **changes)  # type: ignore[arg-type]


def trainer(folder: Path, the_plan: Plan) -> Trainer:
    return Trainer(tiny.model(), tiny.schedule(), the_plan, folder)


def never(_: object) -> str:
    raise AssertionError("no evaluation is due")


def weights(one: Trainer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in one.model.state_dict().items()}


@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path, bfloat16: bool) -> None:
    whole = trainer(tmp_path / "whole", plan(bfloat16=bfloat16))
    whole.run(never)
    first = trainer(tmp_path / "parts", plan(bfloat16=bfloat16))
    first.run(never, stop=lambda: first.step == 3)
    assert first.step == 3
    second = trainer(tmp_path / "parts", plan(bfloat16=bfloat16))
    assert second.resume()
    assert second.step == 3
    second.run(never)
    assert second.step == whole.step == 8
    for name, value in weights(whole).items():
        assert torch.equal(value, second.model.state_dict()[name]), name


def test_only_the_reader_changes_and_it_learns(tmp_path: Path) -> None:
    one = trainer(tmp_path, plan(60, bfloat16=False))
    before = weights(one)
    batch = one.schedule.batch(0, length=100)
    loss = one.loss(batch).item()
    one.run(never)
    assert one.loss(batch).item() < 0.95 * loss
    for name, value in one.model.state_dict().items():
        assert torch.equal(value, before[name]) != name.startswith("reader."), name


def test_dropout_drops_its_share_keeps_the_mean_and_acts_in_training_only() -> None:
    dropout, ones = Dropout(), torch.ones(101, 103)
    assert torch.equal(dropout(ones), ones)
    dropout.rate = 0.25
    torch.manual_seed(5)
    dropped = dropout(ones)
    assert dropped.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (dropped == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert torch.equal(dropout.eval()(ones), ones)


def test_a_reader_is_measured_without_dropout(tmp_path: Path) -> None:
    one = trainer(tmp_path, plan(bfloat16=False, dropout=0.5))
    batch = one.schedule.batch(0, length=100)
    assert one.loss(batch).item() != one.loss(batch).item()
    scorer = one.scorer()
    first, second = (scorer(batch.ids, batch.types, batch.mask)[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_a_checkpoint_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = trainer(tmp_path, plan())
    one.one_step()
    one.save()
    kept = one.checkpoint.read_bytes()

    def break_off(state: object, file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", break_off)
    one.one_step()
    with pytest.raises(OSError, match="disk full"):
        one.save()
    assert one.checkpoint.read_bytes() == kept


def test_nothing_to_resume(tmp_path: Path) -> None:
    assert not trainer(tmp_path, plan()).resume()


def test_the_rate_rises_stays_and_falls() -> None:
    rates = [Plan(10, rate=1.0, warm_up=2, decay=0.4).rate_at(step) for step in range(10)]
    assert rates == [0.5, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25]


def test_the_state_before_the_fall_is_kept(tmp_path: Path) -> None:
    trainer(tmp_path, plan(6, decay=0.5)).run(never)
    longer = trainer(tmp_path, plan(12))
    assert longer.resume(tmp_path / "before-decay.pt")
    assert longer.step == 3


def test_span_loss_by_hand() -> None:
    start = torch.tensor([[0.0, 2.0], [1.0, 0.0]])
    end = torch.tensor([[0.0, 0.0], [0.0, 0.0]])
    answerable = torch.tensor([0.0, 0.0])
    loss = span_loss((start, end, answerable), torch.tensor([1, 0]), torch.tensor([1, 0]), 0.5)
    starts = (np.log1p(np.exp(-2)) + np.log1p(np.exp(-1))) / 2
    assert loss.item() == pytest.approx((starts + np.log(2)) / 2 + 0.5 * np.log(2), abs=1e-6)


def test_a_schedule_is_the_same_again_and_differs_by_seed() -> None:
    ids = [[e.id for e in tiny.schedule().examples_at(step)] for step in range(9)]
    assert ids == [[e.id for e in tiny.schedule().examples_at(step)] for step in range(9)]
    assert ids != [[e.id for e in tiny.schedule(seed=6).examples_at(step)] for step in range(9)]


@pytest.mark.parametrize(
    ("mix", "absent"),
    [(Mix(bm25=0), "bm25"), (Mix(made=0), "made"), (Mix(squad2=False), "squad2"), (Mix(bm25=1, made=1), None)],
)
def test_each_kind_of_negative_can_be_left_out(mix: Mix, absent: str | None) -> None:
    plans = [tiny.schedule(seed=seed, size=1, mix=mix) for seed in range(8)]
    kinds = {e.kind for plan_ in plans for batch in plan_.epoch(0) for e in batch}
    assert kinds == {"given", "bm25", "made", "squad2"} - {absent}


def test_padding_changes_nothing() -> None:
    made = tiny.model().eval()
    ids = torch.tensor([[2, 5, 6, 3, 9, 3]])
    padded = torch.nn.functional.pad(ids, (0, 4))
    with torch.no_grad():
        for part in (made.ranker, made.reader):
            short = part(made.lower(ids, ids * 0, ids * 0 + 1), ids * 0 + 1)
            long = part(made.lower(padded, padded * 0, (padded > 0).long()), (padded > 0).long())
            for a, b in zip(*([x] if torch.is_tensor(x) else x for x in (short, long)), strict=True):
                assert torch.allclose(a, b[..., : a.shape[-1]], atol=1e-5)
    assert attention_bias(torch.tensor([[1, 0]]), torch.float32).flatten().tolist() == [0, -1e4]


def test_a_base_in_published_names_computes_the_same(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification

    tensors = tiny.base_folder(tmp_path)
    made = load_base(tmp_path, seed=1)
    assert made.shape == tiny.SHAPE
    config = BertConfig.from_pretrained(tmp_path, num_labels=1)
    theirs = BertForSequenceClassification(config).eval()
    theirs.load_state_dict(tensors, strict=False)
    ids = torch.randint(0, 200, (3, 11))
    types = (torch.arange(11) > 4).long().expand(3, 11)
    mask = torch.tensor([[1] * 11, [1] * 8 + [0] * 3, [1] * 5 + [0] * 6])
    with torch.no_grad():
        ours = made.ranker(made.lower(ids, types, mask), mask)
        expected = theirs(input_ids=ids, token_type_ids=types, attention_mask=mask).logits[:, 0]
    assert torch.allclose(ours, expected, atol=1e-4)
    for mine, copy in zip(made.ranker.layers.parameters(), made.reader.layers.parameters(), strict=True):
        assert torch.equal(mine, copy)


def test_a_base_that_lacks_a_tensor_is_named(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    tensors = tiny.base_folder(tmp_path)
    del tensors["bert.encoder.layer.3.output.dense.weight"]
    save_file(tensors, str(tmp_path / "model.safetensors"))
    with pytest.raises(KeyError, match=r"layer\.3\.output\.dense\.weight"):
        load_base(tmp_path, seed=1)
