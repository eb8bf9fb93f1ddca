"""Small tokenizers with the pipelines of known families, trained on this repository's texts.

    tokenizers = pipelines()        # {"gpt2": Tokenizer, ...}

Each has the normalizer, pre-tokenizer, model options, post-processor and added tokens that the family's published `tokenizer.json`
has; the vocabulary alone is small.
"""
import base64
import glob
import io
import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from random_strings import random_strings

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"
DEEPSEEK = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*"
            r"|\s*[\r\n]+|\s+(?!\S)|\s+")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
TEKKEN = O200K.replace("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "").replace(r"\p{N}{1,3}", r"\p{N}")
SIZE = 700


def corpus():
    """Texts to train on: the documents, and random strings of all scripts."""
    texts = []
    for path in sorted(glob.glob("docs/*.md")) + ["README.md"]:
        with open(path, encoding="utf-8") as file:
            texts += file.read().splitlines()
    return texts + random_strings(20_000)[::50]


def byte_level(pre_tokenizer, special, normalizer=None, post=None, size=SIZE, **options):
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.decoder = decoders.ByteLevel()
    if post:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def sentence_piece(pre_tokenizer, normalizer, special, added=(), post=None, **options):
    """A BPE over scalars with the tokens of single bytes, as converted from SentencePiece."""
    first = Tokenizer(models.BPE(unk_token="<unk>"))
    first.normalizer = normalizers.Replace(" ", "▁")
    first.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always")
    first.train_from_iterator(
        corpus(), trainers.BpeTrainer(vocab_size=SIZE, special_tokens=special, limit_alphabet=160, show_progress=False))
    model = json.loads(first.to_str())["model"]
    pieces = special + [f"<0x{byte:02X}>" for byte in range(256)] + [t for t in model["vocab"] if t not in special]
    pieces += ["▁▁", "▁▁▁▁"] * ("▁▁" not in model["vocab"])
    merges = [tuple(m) for m in model["merges"]] + [("▁", "▁"), ("▁▁", "▁▁")] * ("▁▁" not in model["vocab"])
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True, **options))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in special])
    if added:
        tokenizer.add_tokens(list(added))
    if post:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def template(before, after=()):
    def make(tokenizer):
        pieces = [*before, "$A", *after]
        return processors.TemplateProcessing(
            single=" ".join(pieces), special_tokens=[(t, tokenizer.token_to_id(t)) for t in dict.fromkeys([*before, *after])])
    return make


def unigram(normalizer, pre_tokenizer, special, post, **options):
    first = Tokenizer(models.Unigram())
    first.normalizer, first.pre_tokenizer = normalizer, pre_tokenizer
    first.train_from_iterator(
        corpus()[:-400], trainers.UnigramTrainer(vocab_size=2 * SIZE, special_tokens=special, unk_token="<unk>", show_progress=False))
    vocabulary = [tuple(pair) for pair in json.loads(first.to_str())["model"]["vocab"]]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=[t for t, _ in vocabulary].index("<unk>"), **options))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizer, pre_tokenizer
    tokenizer.add_special_tokens([AddedToken(t, normalized=False, lstrip=t == "<mask>") for t in special])
    tokenizer.post_processor = post(tokenizer)
    return tokenizer


def characters_map():
    """SentencePiece's nmt_nfkc table."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()), model_writer=model, vocab_size=4000, character_coverage=0.98, minloglevel=2,
        hard_vocab_limit=False)
    parsed = sentencepiece_model_pb2.ModelProto()
    parsed.ParseFromString(model.getvalue())
    return parsed.normalizer_spec.precompiled_charsmap


def bert():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(corpus(), trainers.WordPieceTrainer(vocab_size=1200, special_tokens=special, show_progress=False))
    tokenizer.add_tokens([AddedToken("NewTok")])
    tokenizer.post_processor = template(["[CLS]"], ["[SEP]"])(tokenizer)
    return tokenizer


def split(pattern):
    return pre_tokenizers.Split(Regex(pattern), "isolated")


def byte_level_after(*steps):
    return pre_tokenizers.Sequence([*steps, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def pipelines():
    gpt2_rule = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made = {}
    made["gpt2"] = byte_level(gpt2_rule, ["<|endoftext|>", "<a>"])
    made["gpt2"].add_tokens([AddedToken("x<a", normalized=True), AddedToken("<word>", single_word=True)])
    made["gpt-neox"] = byte_level(gpt2_rule, ["<|endoftext|>", "<|padding|>"], normalizers.NFC())
    made["gpt-neox"].add_tokens([AddedToken(" " * count) for count in range(2, 12)])
    made["olmo"] = byte_level(
        gpt2_rule, ["<|endoftext|>", "<|padding|>", "|||IP_ADDRESS|||"], normalizers.NFC(), template([], ["<|endoftext|>"]))
    made["llama-3"] = byte_level(
        byte_level_after(split(LLAMA3)), ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"],
        post=lambda t: processors.Sequence([processors.ByteLevel(trim_offsets=False), template(["<|begin_of_text|>"])(t)]),
        ignore_merges=True)
    made["qwen2"] = byte_level(byte_level_after(split(QWEN2)), ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], normalizers.NFC())
    made["bloom"] = byte_level(byte_level_after(split(BLOOM)), ["<unk>", "<s>", "</s>", "<pad>"])
    made["falcon"] = byte_level(
        pre_tokenizers.Sequence([
            pre_tokenizers.Punctuation("contiguous"), gpt2_rule, pre_tokenizers.Digits(False), split("[0-9][0-9][0-9]")]),
        [">>TITLE<<", "<|endoftext|>"])
    made["roberta"] = byte_level(
        gpt2_rule, ["<s>", "<pad>", "</s>", "<unk>"],
        post=lambda t: processors.RobertaProcessing(("</s>", t.token_to_id("</s>")), ("<s>", t.token_to_id("<s>"))))
    made["roberta"].add_special_tokens([AddedToken("<mask>", lstrip=True, normalized=False)])
    made["modernbert"] = byte_level(
        gpt2_rule, ["[UNK]", "[CLS]", "[SEP]", "[PAD]"], normalizers.NFC(), template(["[CLS]"], ["[SEP]"]))
    made["modernbert"].add_special_tokens([AddedToken("[MASK]", lstrip=True, normalized=False)])
    made["deepseek"] = byte_level(
        byte_level_after(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK)), ["<｜begin▁of▁sentence｜>"],
        post=template(["<｜begin▁of▁sentence｜>"]))
    made["o200k"] = byte_level(byte_level_after(split(O200K)), ["<|endoftext|>"])
    made["tekken"] = byte_level(
        byte_level_after(split(TEKKEN)), ["<unk>", "<s>", "</s>", "[INST]"], post=template(["<s>"]), ignore_merges=True)
    made["smollm"] = byte_level(
        pre_tokenizers.Sequence([pre_tokenizers.Digits(True), gpt2_rule]), ["<|endoftext|>", "<|im_start|>"])

    special = ["<unk>", "<s>", "</s>"]
    prepend = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    made["llama-2"] = sentence_piece(None, prepend, special, post=template(["<s>"]))
    made["llama-2-metaspace"] = sentence_piece(
        pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False), None, special, post=template(["<s>"]))
    made["phi-3"] = sentence_piece(
        None, prepend, special, post=template(["<s>"]),
        added=[AddedToken("<|user|>", rstrip=True, normalized=False, special=True),
               AddedToken("<|end|>", rstrip=True, normalized=False, special=True)])
    made["gemma"] = sentence_piece(
        pre_tokenizers.Split(" ", "merged_with_previous"), normalizers.Replace(" ", "▁"), ["<pad>", "<eos>", "<bos>", "<unk>"],
        post=template(["<bos>"]),
        added=[AddedToken("\n" * count, normalized=False) for count in range(2, 6)] + [AddedToken("<table>", normalized=False)])
    precompiled = json.dumps({"type": "Precompiled", "precompiled_charsmap": base64.b64encode(characters_map()).decode()})
    table = normalizers.Normalizer.from_str(precompiled) if hasattr(normalizers.Normalizer, "from_str") else normalizers.Precompiled(
        base64.b64decode(json.loads(precompiled)["precompiled_charsmap"]))
    made["xlm-r"] = unigram(
        normalizers.Sequence([table, normalizers.Replace(Regex(" {2,}"), " ")]),
        pre_tokenizers.Metaspace("▁", prepend_scheme="always"), ["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        template(["<s>"], ["</s>"]))
    made["bert"] = bert()
    made["parts"] = parts()
    return made


def parts():
    """No family's: the steps that the others do not have."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Strip(True, True), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Whitespace(), pre_tokenizers.Digits(False), pre_tokenizers.Split("the", "merged_with_next"),
        pre_tokenizers.Split(Regex("[aeiou]{2}"), "contiguous", invert=True)])
    tokenizer.train_from_iterator(
        corpus(), trainers.WordPieceTrainer(vocab_size=1200, special_tokens=["[UNK]"], show_progress=False))
    return tokenizer
