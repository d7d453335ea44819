"""What staff type about places, stories and banners. Texts are plain: markup is refused by the service."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.files.forms import PhotosField
from shop.listings.presentation import category_name
from shop.listings.selectors import Shelf
from shop.regions.content_models import Banner, BannerSlot, LinkKind, Story
from shop.regions.models import PartnerRegion
from shop.storefront.presenters.content import url_of_sku

_LONG = 8000
_MONTHS = [(number, str(number)) for number in range(1, 13)]


def _text(label: Any, rows: int, length: int = _LONG, *, required: bool = False) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=length, required=required, widget=widget)


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget)


class ContentForm(forms.Form):
    """A piece of content; its picture is optional and replaces the present one."""

    picture = PhotosField(
        label=_("New picture"),
        most=1,
        required=False,
        help_text=_("It is cut to two to one. Only pictures that the shop may show."),
    )
    drop_picture = forms.BooleanField(
        label=_("Take the present picture away"),
        required=False,
        help_text=_("What is drawn behind it shows again. A new picture replaces it anyway."),
    )

    def __init__(self, *args: Any, has_picture: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_picture:
            del self.fields["drop_picture"]

    def upload(self) -> Any:
        """Return the new picture, None when there is none; call after is_valid()."""
        return next(iter(self.cleaned_data["picture"]), None)

    def values(self) -> dict[str, Any]:
        """Return what is to be saved, but for the picture; call after is_valid()."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("picture", "drop_picture")
        }

    def what_of_picture(self) -> dict[str, Any]:
        """Return a new picture and whether the present one goes, for the service; call after is_valid()."""
        return {"picture": self.upload(), "drop_picture": self.cleaned_data.get("drop_picture", False)}


class RegionPageForm(ContentForm):
    """The texts of a place's page."""

    intro_zh = _text(_("Introduction"), 5)
    intro_en = _text(_("Introduction in English"), 4)
    story_zh = _text(_("Story"), 10)
    story_en = _text(_("Story in English"), 6)
    field_order = ("intro_zh", "intro_en", "story_zh", "story_en", "picture", "drop_picture")


class TimedForm(ContentForm):
    """A piece that stands in an order and may begin and end."""

    active = forms.BooleanField(label=_("Shown"), required=False)
    position = forms.IntegerField(
        label=_("Order"), min_value=0, max_value=9999, help_text=_("Lower stands first.")
    )
    starts_on = _day(_("First day"))
    ends_on = _day(_("Last day"))


class StoryForm(TimedForm):
    """A story of a place."""

    region = forms.ChoiceField(label=_("Place"))
    title_zh = forms.CharField(label=_("Title"), max_length=60)
    title_en = forms.CharField(label=_("Title in English"), max_length=120, required=False)
    body_zh = _text(_("Text"), 10, required=True)
    body_en = _text(_("Text in English"), 6)
    on_home = forms.BooleanField(label=_("On the first page too"), required=False)
    field_order = (
        "region",
        "title_zh",
        "title_en",
        "body_zh",
        "body_en",
        "picture",
        "drop_picture",
        "on_home",
        "active",
        "position",
        "starts_on",
        "ends_on",
    )

    def __init__(self, *args: Any, regions: Sequence[PartnerRegion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.regions = {region.slug: region for region in regions}
        choose(self, "region", [(region.slug, region.name_zh) for region in regions])

    def values(self) -> dict[str, Any]:
        """Return what is to be saved, but for place and picture; call after is_valid()."""
        return {name: value for name, value in super().values().items() if name != "region"}

    def place(self) -> PartnerRegion:
        """Return the story's place; call after is_valid()."""
        return self.regions[self.cleaned_data["region"]]


class BannerForm(TimedForm):
    """A banner of the first page; it leads within the shop only."""

    slot = forms.ChoiceField(label=_("Where it stands"), choices=BannerSlot.choices, widget=forms.RadioSelect)
    kicker_zh = forms.CharField(label=_("Small line above"), max_length=40, required=False)
    kicker_en = forms.CharField(label=_("Small line in English"), max_length=80, required=False)
    title_zh = _text(_("Title, at most two lines"), 2, 60, required=True)
    title_en = _text(_("Title in English"), 2, 120)
    text_zh = forms.CharField(label=_("Text"), max_length=80, required=False)
    text_en = forms.CharField(label=_("Text in English"), max_length=160, required=False)
    link_kind = forms.ChoiceField(label=_("Leads to"), choices=LinkKind.choices)
    link_category = forms.ChoiceField(label=_("Category"), required=False)
    link_region = forms.ChoiceField(
        label=_("Place"), required=False, help_text=_("Where it leads, or what narrows the category.")
    )
    link_sku = forms.CharField(label=_("Product number (SKU)"), max_length=40, required=False)
    region = forms.ChoiceField(label=_("Landscape behind a large banner without a picture"), required=False)
    in_season = forms.MultipleChoiceField(
        label=_("Categories of “In season now” below a large banner"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    months = forms.TypedMultipleChoiceField(
        label=_("Months of every year; none means all"),
        required=False,
        coerce=int,
        choices=_MONTHS,
        widget=forms.CheckboxSelectMultiple,
    )
    field_order = (
        "slot",
        "kicker_zh",
        "kicker_en",
        "title_zh",
        "title_en",
        "text_zh",
        "text_en",
        "link_kind",
        "link_category",
        "link_region",
        "link_sku",
        "picture",
        "drop_picture",
        "region",
        "in_season",
        "months",
        "starts_on",
        "ends_on",
        "position",
        "active",
    )

    def __init__(self, *args: Any, shelf: Shelf, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shelf = shelf
        places = [("", gettext("None")), *shelf.regions.items()]
        tops = [(node.slug, category_name(node)) for node in shelf.categories]
        below = [
            (child.slug, f"{category_name(node)} · {category_name(child)}")
            for node in shelf.categories
            for child in node.children
        ]
        choose(self, "link_category", [("", gettext("None")), *sorted([*tops, *below])])
        choose(self, "link_region", places)
        choose(self, "region", places)
        choose(self, "in_season", tops)

    def clean(self) -> dict[str, Any]:
        """Refuse a banner that leads nowhere."""
        data = super().clean() or {}
        kind = data.get("link_kind")
        needed = {
            LinkKind.CATEGORY: ("link_category", gettext("Choose the category.")),
            LinkKind.REGION: ("link_region", gettext("Choose the place.")),
            LinkKind.PRODUCT: ("link_sku", gettext("Enter the number of the product.")),
        }
        if kind in needed and not data.get(needed[LinkKind(kind)][0]):
            self.add_error(*needed[LinkKind(kind)])
        if kind == LinkKind.PRODUCT and data.get("link_sku") and not url_of_sku(data["link_sku"], self.shelf):
            self.add_error("link_sku", gettext("There is no product of this number on sale."))
        return data

    def values(self) -> dict[str, Any]:
        """Return what is to be saved, but for the picture; call after is_valid()."""
        data = super().values()
        category, sku = data.pop("link_category"), data.pop("link_sku")
        keys = {
            LinkKind.CATEGORY: category,
            LinkKind.REGION: data["link_region"],
            LinkKind.PRODUCT: sku,
            LinkKind.GOODS: "",
        }
        return data | {
            "link_key": keys[LinkKind(data["link_kind"])],
            "title_zh": _lines(data["title_zh"]),
            "title_en": _lines(data["title_en"]),
        }


def choose(form: forms.Form, name: str, choices: Sequence[tuple[Any, str]]) -> None:
    """Give a field its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def initial_of_banner(banner: Banner) -> Mapping[str, Any]:
    """Return what the form shows of a banner."""
    shown = {name: getattr(banner, name) for name in BannerForm.field_order if hasattr(banner, name)}
    shown.pop("picture")
    return shown | {
        "link_category": banner.link_key if banner.link_kind == LinkKind.CATEGORY else "",
        "link_sku": banner.link_key if banner.link_kind == LinkKind.PRODUCT else "",
    }


def initial_of_story(story: Story) -> Mapping[str, Any]:
    """Return what the form shows of a story."""
    names = [name for name in StoryForm.field_order if name not in ("picture", "drop_picture", "region")]
    return {name: getattr(story, name) for name in names} | {"region": story.region.slug}


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
