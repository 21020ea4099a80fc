"""How a name is compared: without case, spaces, accents and punctuation, Greek letters spelled one way."""

import unicodedata
from functools import lru_cache
from typing import Final

# Bayer's letters as catalogues of variable stars abbreviate them.
BAYER: Final = {
    "α": "alf", "β": "bet", "γ": "gam", "δ": "del", "ε": "eps", "ζ": "zet", "η": "eta", "θ": "tet",
    "ι": "iot", "κ": "kap", "λ": "lam", "μ": "mu", "ν": "nu", "ξ": "ksi", "ο": "omi", "π": "pi",
    "ρ": "rho", "σ": "sig", "ς": "sig", "τ": "tau", "υ": "ups", "φ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "ome",
}  # fmt: skip
_GREEK_WORDS: Final = {
    "alpha": "alf", "alp": "alf", "beta": "bet", "gamma": "gam", "delta": "del", "epsilon": "eps",
    "zeta": "zet", "theta": "tet", "the": "tet", "iota": "iot", "kappa": "kap", "lambda": "lam", "xi": "ksi",
    "omicron": "omi", "sigma": "sig", "upsilon": "ups", "omega": "ome",
}  # fmt: skip
_LONG_PREFIXES: Final = {
    "messier": "m",
    "caldwell": "c",
    "sharpless": "sh2",
    "barnard": "b",
    "melotte": "mel",
}
# The genitives in which people say a Bayer star's constellation.
_GENITIVES: Final = {
    "andromedae": "and", "antliae": "ant", "apodis": "aps", "aquarii": "aqr", "aquilae": "aql", "arae": "ara",
    "arietis": "ari", "aurigae": "aur", "bootis": "boo", "caeli": "cae", "camelopardalis": "cam",
    "cancri": "cnc", "canumvenaticorum": "cvn", "canismajoris": "cma", "canisminoris": "cmi",
    "capricorni": "cap", "carinae": "car", "cassiopeiae": "cas", "centauri": "cen", "cephei": "cep",
    "ceti": "cet", "chamaeleontis": "cha", "circini": "cir", "columbae": "col", "comaeberenices": "com",
    "coronaeaustralis": "cra", "coronaeborealis": "crb", "corvi": "crv", "crateris": "crt", "crucis": "cru",
    "cygni": "cyg", "delphini": "del", "doradus": "dor", "draconis": "dra", "equulei": "equ",
    "eridani": "eri",
    "fornacis": "for", "geminorum": "gem", "gruis": "gru", "herculis": "her", "horologii": "hor",
    "hydrae": "hya", "hydri": "hyi", "indi": "ind", "lacertae": "lac", "leonis": "leo",
    "leonisminoris": "lmi",
    "leporis": "lep", "librae": "lib", "lupi": "lup", "lyncis": "lyn", "lyrae": "lyr", "mensae": "men",
    "microscopii": "mic", "monocerotis": "mon", "muscae": "mus", "normae": "nor", "octantis": "oct",
    "ophiuchi": "oph", "orionis": "ori", "pavonis": "pav", "pegasi": "peg", "persei": "per",
    "phoenicis": "phe",
    "pictoris": "pic", "piscium": "psc", "piscisaustrini": "psa", "puppis": "pup", "pyxidis": "pyx",
    "reticuli": "ret", "sagittae": "sge", "sagittarii": "sgr", "scorpii": "sco", "sculptoris": "scl",
    "scuti": "sct", "serpentis": "ser", "sextantis": "sex", "tauri": "tau", "telescopii": "tel",
    "trianguli": "tri", "trianguliaustralis": "tra", "tucanae": "tuc", "ursaemajoris": "uma",
    "ursaeminoris": "umi", "velorum": "vel", "virginis": "vir", "volantis": "vol", "vulpeculae": "vul",
}  # fmt: skip
_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))


@lru_cache(maxsize=4096)
def key_of(name: str) -> str:
    """The form in which names are compared: m31, ngc224, andromedagalaxy, alfcma, sh2-155."""
    words = _words(name)
    if len(words) > 1 and words[0] in _LONG_PREFIXES and words[1][0].isdigit():
        words[0] = _LONG_PREFIXES[words[0]]
    if len(words) > 1:
        words = _bayer(words)
    return _without_zeros("".join(words))


def _without_zeros(key: str) -> str:
    """ngc0224 → ngc224."""
    letters = len(key) - len(key.lstrip("abcdefghijklmnopqrstuvwxyz"))
    return key[:letters] + (key[letters:].lstrip("0") or key[letters:]) if letters else key


def _words(name: str) -> list[str]:
    text = unicodedata.normalize("NFKD", name.translate(_DASHES)).casefold()
    kept = "".join(
        BAYER.get(character, character)
        if character.isalnum() or character in "-+."
        else ("" if unicodedata.combining(character) or character in "'’`" else " ")
        for character in text
    )
    return kept.split()


def _bayer(words: list[str]) -> list[str]:
    """alpha canis majoris → alf cma; anything else as it is."""
    where = "".join(words[1:])
    short = _GENITIVES.get(where) or (where if where in _GENITIVES.values() else None)
    if short is None:
        return words
    letter, digits = words[0].rstrip("0123456789"), words[0][len(words[0].rstrip("0123456789")) :]
    return [_GREEK_WORDS.get(letter, letter) + digits.lstrip("0"), short]


def is_designation(key: str) -> bool:
    """Whether it is a catalogue's letters and a number: such names are never compared fuzzily."""
    return any(character.isdigit() for character in key)
