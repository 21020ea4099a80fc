"""Why a frame is not analysed. Without Django: the child process raises it too."""


class Refused(Exception):
    """Why, for whoever asked. `lasting`: the file itself is at fault, so asking again does not help."""

    def __init__(self, sentence: str, *, lasting: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.lasting = lasting


class NoRoom(Exception):
    """The disk has no space for the frame's pixels."""
