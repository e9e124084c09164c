"""Prompts are embedded as transformers does it with Wan's padding, whichever file the encoder was read from."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from lightbrush.errors import SettingsError
from lightbrush.nn.wan.memory import TEXT_PARAMETERS
from lightbrush.nn.wan.text import MAX_TOKENS, TextEncoder, cleaned, load_text_encoder, tiny_text_encoder

pytestmark = pytest.mark.usefixtures("one_thread")

transformers = pytest.importorskip("transformers")

_PARTS = {
    "layer.0.SelfAttention.relative_attention_bias": "pos_embedding.embedding",
    "layer.0.SelfAttention.": "attn.",
    "layer.0.layer_norm": "norm1",
    "layer.1.layer_norm": "norm2",
    "layer.1.DenseReluDense.wi_0": "ffn.gate.0",
    "layer.1.DenseReluDense.wi_1": "ffn.fc1",
    "layer.1.DenseReluDense.wo": "ffn.fc2",
    "encoder.block.": "blocks.",
    "encoder.final_layer_norm": "norm",
    "shared": "token_embedding",
}


def original_name(name: str) -> str:
    for theirs, original in _PARTS.items():
        name = name.replace(theirs, original)
    return name


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    torch.manual_seed(3)
    config = transformers.UMT5Config(vocab_size=259, d_model=48, d_kv=8, d_ff=96, num_layers=2, num_heads=2)
    found = transformers.UMT5EncoderModel(config).eval()
    for parameter in found.parameters():  # what begins at one would hide mistakes
        torch.nn.init.normal_(parameter, 0.2 if parameter.ndim == 1 else 0.0, 0.3)
    return found


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tokenizer.json over words, which ends every text as umt5's does."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    folder = tmp_path_factory.mktemp("tokenizer")
    words = ["<pad>", "</s>", "<unk>", "a", "calm", "sea", "at", "dusk"]
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    made.enable_padding(length=20)
    made.save(str(folder / "tokenizer.json"))
    return folder


def as_wan_does(model: torch.nn.Module, ids: list[int]) -> Tensor:
    """Padded to 512, the padding masked, then zeroed."""
    padded, mask = torch.zeros(1, MAX_TOKENS, dtype=torch.long), torch.zeros(1, MAX_TOKENS, dtype=torch.long)
    padded[0, : len(ids)], mask[0, : len(ids)] = torch.tensor(ids), 1
    with torch.no_grad():
        rows = model(input_ids=padded, attention_mask=mask).last_hidden_state[0]
    rows[len(ids) :] = 0.0
    return rows


@pytest.mark.parametrize("text", ["a calm sea at dusk", "a", "", "fog  &amp;amp; sea "])
def test_rows_are_those_of_the_padded_encoder(
    text: str, model: torch.nn.Module, tokenizer: Path, tmp_path: Path
) -> None:
    words = {"a": 3, "calm": 4, "sea": 5, "at": 6, "dusk": 7}
    ids = [*(words.get(word, 2) for word in cleaned(text).split()), 1]
    wanted = as_wan_does(model, ids)
    save_file(
        dict(model.state_dict()) | {"encoder.embed_tokens.weight": model.shared.weight.clone()},
        tmp_path / "model.safetensors",
    )
    seen = load_text_encoder(tmp_path, tokenizer, dtype=torch.float32)(text)
    assert seen.shape == (len(ids), 48)
    torch.testing.assert_close(seen, wanted[: len(ids)], atol=2e-5, rtol=1e-5)
    assert not wanted[len(ids) :].any()


def test_both_layouts_read_back_to_one_encoder(model: torch.nn.Module, tokenizer: Path, tmp_path: Path) -> None:
    state = {name: value for name, value in model.state_dict().items() if name != "encoder.embed_tokens.weight"}
    assert not any("encoder" in original_name(name) for name in state)
    torch.save({original_name(name): value for name, value in state.items()}, tmp_path / "models_t5.pth")
    save_file(state, tmp_path / "model.safetensors")
    told: list[tuple[int, int]] = []
    one, two = (
        load_text_encoder(
            tmp_path / file, tokenizer, dtype=torch.float32, progress=lambda done, total: told.append((done, total))
        )
        for file in ("models_t5.pth", "model.safetensors")
    )
    assert torch.equal(one("a calm sea"), two("a calm sea"))
    assert told[-1] == (sum(value.nbytes for value in state.values()),) * 2
    lower = load_text_encoder(tmp_path / "models_t5.pth", tokenizer)("a calm sea")
    assert lower.dtype == torch.bfloat16
    torch.testing.assert_close(lower.float(), one("a calm sea"), atol=0.2, rtol=0.1)


def test_the_embedding_is_shared_and_not_read_twice(model: torch.nn.Module, tokenizer: Path, tmp_path: Path) -> None:
    save_file({n: v for n, v in model.state_dict().items() if "embed_tokens" not in n}, tmp_path / "model.safetensors")
    read = load_text_encoder(tmp_path, tokenizer)._model
    assert read.shared.weight is read.encoder.embed_tokens.weight


def test_embeddings_are_remembered_by_text(model: torch.nn.Module) -> None:
    asked: list[str] = []

    def tokenize(text: str) -> list[int]:
        asked.append(text)
        return [*map(ord, text), 1]

    encoder = TextEncoder(model, tokenize, remembered=2)  # type: ignore[arg-type]
    first = encoder("fog")
    assert encoder(" fog\n") is first
    encoder("sea")
    encoder("fog")
    encoder("sky")  # the least recent goes: sea
    encoder("fog")
    encoder("sea")
    assert asked == ["fog", "sea", "sky", "sea"]


def test_long_prompts_are_cut_and_end() -> None:
    encoder = tiny_text_encoder(48)
    seen: list[list[int]] = []
    inner = encoder._model.forward

    def spy(input_ids: Tensor, attention_mask: Tensor) -> object:
        seen.append(input_ids[0].tolist())
        return inner(input_ids=input_ids, attention_mask=attention_mask)

    encoder._model.forward = spy  # type: ignore[method-assign, assignment]
    assert encoder("x" * 600).shape == (MAX_TOKENS, 48)
    assert seen[0] == [3 + ord("x")] * (MAX_TOKENS - 1) + [1]


def test_the_tiny_encoder_is_the_same_everywhere_and_leaves_chance_alone() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(1)
    torch.manual_seed(5)
    a, b = tiny_text_encoder(48), tiny_text_encoder(48)
    assert torch.equal(torch.rand(1), wanted)
    assert torch.equal(a("a sea"), b("a sea"))
    assert not torch.equal(a("a sea"), a("a bay"))


def test_the_public_encoder_has_the_size_that_it_is_known_for() -> None:
    config = transformers.UMT5Config(vocab_size=256384, d_model=4096, d_kv=64, d_ff=10240, num_layers=24, num_heads=64)
    with torch.device("meta"):
        model = transformers.UMT5EncoderModel(config)
    assert sum(p.numel() for p in model.parameters()) == TEXT_PARAMETERS


def test_what_is_missing_is_named(model: torch.nn.Module, tokenizer: Path, tmp_path: Path) -> None:
    def refused(code: str) -> str:
        with pytest.raises(SettingsError) as caught:
            load_text_encoder(tmp_path / "t5.pth", tokenizer if code != "weights.missing" else tmp_path)
        assert caught.value.code == code
        return str(caught.value)

    state = {original_name(name): value for name, value in model.state_dict().items() if "embed_tokens" not in name}
    torch.save({n: v for n, v in state.items() if n != "blocks.1.attn.k.weight"}, tmp_path / "t5.pth")
    assert "encoder.block.1.layer.0.SelfAttention.k.weight" in refused("weights.key")
    assert "tokenizer.json" in refused("weights.missing")
    torch.save({"other": torch.zeros(2)}, tmp_path / "t5.pth")
    assert "saw other" in refused("weights.key")
    torch.save(state | {"norm.weight": torch.zeros(2)}, tmp_path / "t5.pth")
    assert "encoder.final_layer_norm.weight" in refused("weights.shape")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(SettingsError, match=r"weights\.damaged"):
        load_text_encoder(tmp_path / "t5.pth", tmp_path)
