"""What a picture shows."""

from dataclasses import dataclass

WIDTH, HEIGHT = 1200, 630
#: Raise it when the drawing changes: every picture is drawn anew, under another name.
EDITION = 1


@dataclass(frozen=True)
class ShareSpec:
    """A product with its picture, a place, or - without a title - the shop. No price: it would outlive itself.

    `picture` is the name of a square JPEG in the folder of pictures, "" for none; `slug` chooses colour and landscape,
    `seal` is the place's one character. `note` says what about the picture is not to be taken literally.
    """

    shop_name: str
    shop_subline: str
    title: str = ""
    place: str = ""
    seal: str = ""
    slug: str = ""
    picture: str = ""
    note: str = ""
