"""Tiny checkpoints of the model families of the field: the architecture, tokenizer and modules of each.

`save(family, folder)` writes one as sentence-transformers saves it. Weights are drawn with a fixed seed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Dense, Transformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, StaticEmbedding
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers.utils.logging import disable_progress_bar

disable_progress_bar()
WIDTH = 32
TEXTS = [
    "the cat sat on the mat",
    "a dog barked at the postman in the rain, twice, and then went home to sleep by the fire",
    "rain",
    "",
    "what is the capital of Denmark? Copenhagen is the capital of Denmark.",
    "الطقس جميل اليوم",
]
_WORDS = sorted({word for text in TEXTS for word in text.lower().replace("?", " ?").replace(".", " .").split()})
_SIZE = {"hidden_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
_DECODER = {**_SIZE, "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 512}
#: As in EmbeddingGemma's own configuration: mteb's task types.
GEMMA_PROMPTS = {
    "query": "task: search result | query: ",
    "document": "title: none | text: ",
    "Clustering": "task: clustering | query: ",
    "Classification": "task: classification | query: ",
    "Reranking": "task: search result | query: ",
    "STS": "task: sentence similarity | query: ",
}
QWEN3_PROMPTS = {
    "query": "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:",
    "document": "",
}


# -- tokenizers -----------------------------------------------------------------------------------------


def _byte_pairs(special: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Vocabulary and merges over bytes: any text can be written with them."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(pair) for pair in model["merges"]]


def _wordpieces():
    letters = sorted({letter for text in TEXTS for letter in text.lower() if not letter.isspace()})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *_WORDS]
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    return transformers.BertTokenizer(vocab=vocab, model_max_length=128)


def _unigrams():
    letters = sorted({letter for text in TEXTS for letter in text if not letter.isspace()})
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    pieces += [(piece, -5.0) for piece in dict.fromkeys([*(f"▁{word}" for word in _WORDS), "▁", *letters])]
    return transformers.XLMRobertaTokenizer(vocab=[*pieces, ("<mask>", 0.0)], model_max_length=128)


def _qwen(ends_with_eos: bool):
    vocab, merges = _byte_pairs(["<|endoftext|>"])
    tokenizer = transformers.Qwen2Tokenizer(vocab=vocab, merges=merges, padding_side="left", model_max_length=128)
    if ends_with_eos:
        eos = "<|endoftext|>"
        tokenizer._tokenizer.post_processor = processors.TemplateProcessing(
            single=f"$A {eos}", special_tokens=[(eos, tokenizer.convert_tokens_to_ids(eos))]
        )
    return tokenizer


def _with_specials(begin: str, end: str, padding_side: str = "right"):
    vocab, merges = _byte_pairs(["<pad>", begin, end])
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, vocab[begin]), (end, vocab[end])]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token=begin,
        eos_token=end,
        padding_side=padding_side,
        model_max_length=128,
    )


# -- families -------------------------------------------------------------------------------------------


def _written(folder: Path, tokenizer, config, kind=transformers.AutoModel) -> Transformer:
    """The transformer of that configuration, with random weights, as it loads from disk."""
    config.vocab_size = len(tokenizer)
    # An embedding model's weights are spread wider than a fresh model's: its vectors differ from text to text.
    config.initializer_range = 0.3
    torch.manual_seed(0)
    bare = folder.parent / f"{folder.name}-transformer"
    kind.from_config(config).save_pretrained(bare)
    tokenizer.save_pretrained(bare)
    return Transformer(str(bare))


def bert(folder: Path, pooling: str):
    config = transformers.BertConfig(**_SIZE, max_position_embeddings=128)
    return [_written(folder, _wordpieces(), config), Pooling(WIDTH, pooling), Normalize()]


def xlm_roberta(folder: Path):
    config = transformers.XLMRobertaConfig(**_SIZE, max_position_embeddings=130, pad_token_id=1)
    return [_written(folder, _unigrams(), config), Pooling(WIDTH, "mean"), Normalize()]


def qwen2(folder: Path, is_causal: bool, ends_with_eos: bool):
    config = transformers.Qwen2Config(**_DECODER, is_causal=is_causal)
    return [_written(folder, _qwen(ends_with_eos), config), Pooling(WIDTH, "lasttoken"), Normalize()]


def qwen3(folder: Path):
    config = transformers.Qwen3Config(**_DECODER)
    return [_written(folder, _qwen(ends_with_eos=True), config), Pooling(WIDTH, "lasttoken"), Normalize()]


def mistral(folder: Path):
    config = transformers.MistralConfig(**_DECODER, sliding_window=None)
    tokenizer = _with_specials("<s>", "</s>", padding_side="left")
    return [_written(folder, tokenizer, config), Pooling(WIDTH, "lasttoken"), Normalize()]


def gemma3(folder: Path):
    config = transformers.Gemma3TextConfig(**_DECODER, use_bidirectional_attention=True, sliding_window=64)
    torch.manual_seed(1)
    dense = [
        Dense(WIDTH, 64, bias=False, activation_function=torch.nn.Identity()),
        Dense(64, WIDTH, bias=False, activation_function=torch.nn.Identity()),
    ]
    return [_written(folder, _with_specials("<bos>", "<eos>"), config), Pooling(WIDTH, "mean"), *dense, Normalize()]


def modernbert(folder: Path):
    config = transformers.ModernBertConfig(**_SIZE, max_position_embeddings=128, pad_token_id=0)
    return [_written(folder, _with_specials("[CLS]", "[SEP]"), config), Pooling(WIDTH, "cls")]


def stella(folder: Path):
    config = transformers.Qwen2Config(**_DECODER, is_causal=False)
    torch.manual_seed(1)
    dense = Dense(WIDTH, 48, activation_function=torch.nn.Identity())
    return [_written(folder, _qwen(ends_with_eos=True), config), Pooling(WIDTH, "mean"), dense]


def static(folder: Path):
    generator = torch.Generator().manual_seed(0)
    tokenizer = _wordpieces()
    vectors = torch.randn(len(tokenizer), WIDTH, generator=generator).numpy()
    return [StaticEmbedding(tokenizer._tokenizer, embedding_weights=vectors)]


#: By the name on the hub, without organisation: the modules, and the prompts of the model's own configuration.
FAMILIES: dict[str, tuple[Callable[[Path], list], dict[str, str]]] = {
    "all-MiniLM-L12-v2": (lambda folder: bert(folder, "mean"), {}),
    "e5-base-v2": (lambda folder: bert(folder, "mean"), {}),
    "bge-small-en-v1.5": (lambda folder: bert(folder, "cls"), {}),
    "bge-small-zh-v1.5": (lambda folder: bert(folder, "cls"), {}),
    "bge-m3": (xlm_roberta, {}),
    "multilingual-e5-small": (xlm_roberta, {}),
    "multilingual-e5-large-instruct": (xlm_roberta, {}),
    "gte-Qwen2-1.5B-instruct": (lambda folder: qwen2(folder, is_causal=False, ends_with_eos=False), QWEN3_PROMPTS),
    "gte-Qwen2-7B-instruct": (lambda folder: qwen2(folder, is_causal=False, ends_with_eos=False), QWEN3_PROMPTS),
    "QZhou-Embedding": (lambda folder: qwen2(folder, is_causal=False, ends_with_eos=True), {}),
    "Qwen3-Embedding-0.6B": (qwen3, QWEN3_PROMPTS),
    "LGAI-Embedding-Preview": (mistral, {}),
    "e5-mistral-7b-instruct": (mistral, {}),
    "NV-Embed-v2": (mistral, {}),
    "embeddinggemma-300m": (gemma3, GEMMA_PROMPTS),
    "gte-modernbert-base": (modernbert, {}),
    "stella_en_1.5B_v5": (stella, {}),
    "jasper_en_vision_language_v1": (stella, {}),
    "Jasper-Token-Compression-600M": (qwen3, {}),
    "static-retrieval-mrl-en-v1": (static, {}),
}


def save(family: str, folder: Path) -> Path:
    """A tiny checkpoint of the family, in `folder`/`family`, which loads as the model of that name would."""
    modules, prompts = FAMILIES[family]
    place = folder / family
    model = SentenceTransformer(modules=modules(place), prompts=prompts, device="cpu")
    model.save(str(place), create_model_card=False)
    return place


# -- code beside the weights ------------------------------------------------------------------------------

_CODE = """
from transformers import BertConfig, BertModel


class OddConfig(BertConfig):
    model_type = "{model_type}"


class OddModel(BertModel):
    config_class = OddConfig

    def forward(self, *args, **kwargs):
        output = super().forward(*args, **kwargs)
        output.last_hidden_state = output.last_hidden_state.flip(-1)
        return output
"""


def save_with_code(folder: Path, model_type: str) -> Path:
    """A tiny BERT whose own code turns its vectors round. `model_type`: `bert`, or one that is not known."""
    place = save("all-MiniLM-L12-v2", folder).rename(folder / f"odd-{model_type}")
    (place / "modeling_odd.py").write_text(_CODE.replace("{model_type}", model_type))
    config = json.loads((place / "config.json").read_text())
    auto_map = {"AutoConfig": "modeling_odd.OddConfig", "AutoModel": "modeling_odd.OddModel"}
    (place / "config.json").write_text(json.dumps({**config, "model_type": model_type, "auto_map": auto_map}))
    return place
