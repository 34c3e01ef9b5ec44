"""An access point's loader speaks a dialect of its own: what the ASA's patterns, on whose bench it hangs, see in it."""

from expectation import Expected

ACCESS_POINT = {
    "ap/1230-tar-xtract": Expected(counts={}),
    "ap/2600-by-hand": Expected(counts={}),
    "ap/2600-delete-question": Expected(counts={"erase_question": 1, "boot.questions": 1}),
    "ap/2600-mode-button": Expected(counts={}),
}
