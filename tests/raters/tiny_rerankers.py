"""Rerankers of the real architectures with random weights, a few hundred kilobytes on disk."""

from __future__ import annotations

from pathlib import Path

TEXT = (
    "a an the cat cats dog dogs sat sits lay on in mat rug house is are was of to and or what who where "
    "berlin paris capital germany france people live many how query document instruct yes no"
)


def bert_cross_encoder(folder: Path, n_labels: int = 1, longest: int = 64) -> Path:
    """A BERT with a classification head, as models on the hub that transformers saved have it."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    torch.manual_seed(7)
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *TEXT.split()]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=longest)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        num_labels=n_labels,
        initializer_range=0.4,
    )
    BertForSequenceClassification(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def causal_reranker(folder: Path, family: str = "qwen3") -> Path:
    """A language model of Qwen3's or Gemma's architecture with a byte-level tokenizer that knows yes and no."""
    import torch
    from transformers import GemmaConfig, GemmaForCausalLM, Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(7)
    tokenizer = _byte_level_tokenizer(with_bos=family == "gemma")
    shape = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "intermediate_size": 64,
        "max_position_embeddings": 4096,
        "initializer_range": 0.3,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    model = Qwen3ForCausalLM(Qwen3Config(**shape)) if family == "qwen3" else GemmaForCausalLM(GemmaConfig(**shape))
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _byte_level_tokenizer(with_bos: bool):
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<bos>"])
    tokenizer.add_tokens([AddedToken(word, single_word=True, normalized=False) for word in ("yes", "no", "Yes", "No")])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|endoftext|>",
        eos_token="<|endoftext|>",
        bos_token="<bos>" if with_bos else None,
    )
