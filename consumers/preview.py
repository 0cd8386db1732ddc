"""The pictures of products: a file of the preview role → the image of its product, and no document.

A newcomer would get wrong whose picture stands: where a person has put another one into Odoo it stays,
until the vault releases a picture that differs from the last one it sent. Odoo refuses a picture above
50 million pixels; of one that is cut off it shows what there is.
Calls: 1 when nothing differs, 1 more per ten pictures, or 20 MiB of them, that go to Odoo; 1 more where a
product is not found: the item may be a variant, or another company's (`elsewhere`).
"""

from __future__ import annotations

from collections.abc import Sequence

from consumers.companies import Scope
from consumers.elsewhere import elsewhere
from consumers.errors import PermanentError, TransientError
from consumers.files import Vault
from consumers.mapping import preview as mapping
from consumers.mapping.attachment import by_key, groups, missing_product, number
from consumers.mapping.paths import parts
from consumers.mapping.preview import Fence, Picture
from consumers.odoo.change_each import change_each
from consumers.odoo.client import Values
from consumers.odoo.own_fields import KEY, PREVIEW, VARIANT_KEY
from consumers.odoo.records import find
from consumers.results import Applied, Result, Verdict, stale
from consumers.states import archives
from schemas.event import Event
from schemas.facts import PRODUCT, VARIANT
from schemas.profile import Profile
from schemas.profile_rules import IMAGE

_ONE_OF_MANY = Applied(
    Result.UNCHANGED, "the item is one variant of a product, whose picture belongs to all of them: left alone"
)


class Previews:
    """The pictures of one company's products."""

    def __init__(self, scope: Scope, profile: Profile, vault: Vault) -> None:
        self._odoo = scope.odoo
        self._scope = scope
        self._profile = profile
        self._vault = vault

    def apply(self, events: Sequence[Event]) -> dict[str, Verdict]:
        """Bring `events`, all of the preview role, into Odoo; one verdict per event, by key."""
        if note := mapping.forbidden(self._profile):
            return {event.key: Applied(Result.UNCHANGED, note) for event in events}
        wanted = [event.item_key for event in events]
        products = by_key(find(self._odoo, PRODUCT, KEY, wanted, mapping.READ))
        missing = [key for key in wanted if key not in products]
        variants = {
            row[VARIANT_KEY] for row in find(self._odoo, VARIANT, VARIANT_KEY, missing, [VARIANT_KEY])
        }
        unknown = [event for event in events if event.item_key not in products.keys() | variants]
        refused = elsewhere(self._scope, {event.item_key: number(event) for event in unknown})
        verdicts: dict[str, Verdict] = {}
        pictures: list[Picture] = []
        for event in events:
            product = products.get(event.item_key)
            if product is None:
                verdicts[event.key] = (
                    _ONE_OF_MANY
                    if event.item_key in variants
                    else refused.get(event.item_key) or missing_product(event)
                )
                continue
            held = Fence.read(product[PREVIEW])
            if event.sequence < held.sequence:
                verdicts[event.key] = stale(held.sequence)
                continue
            try:
                pictures.append(self._plan(event, int(product["id"]), held))
            except (PermanentError, TransientError) as error:
                verdicts[event.key] = error
        for group in groups(pictures, mapping.MOST):
            verdicts |= self._write(group)
        return verdicts

    def _plan(self, event: Event, product: int, held: Fence) -> Picture:
        file = event.data.file
        parts(file.path)  # refuses a hostile path even of a picture that is known
        if archives(event, self._profile):
            # The picture stays; an older event that comes later must not bring back its own.
            fence = Fence(event.sequence, held.sha1)
            return Picture(event, product, str(fence) if fence != held else None)
        sha1 = file.sha1 or self._vault.sha1(file)
        fence = Fence(event.sequence, sha1)
        return Picture(
            event,
            product,
            str(fence) if fence != held else None,
            sha1,
            None if sha1 == held.sha1 else self._vault.size(file),
            mapping.twice(event, held, sha1),
        )

    def _write(self, pictures: Sequence[Picture]) -> dict[str, Verdict]:
        changes: dict[int, Values] = {}
        verdicts: dict[str, Verdict] = {}
        for picture in pictures:
            event, content = picture.event, {}
            try:
                if picture.size is not None:
                    content = {IMAGE: self._content(picture)}
            except (PermanentError, TransientError) as error:
                verdicts[event.key] = error
                continue
            # One record, one write: the picture never stands without its fence.
            changes[picture.product] = content | ({PREVIEW: picture.fence} if picture.fence else {})
            result = Result.UPDATED if content else Result.UNCHANGED
            # Its only note: another picture of this sequence was there.
            verdicts[event.key] = Applied(result, picture.note, warns=bool(picture.note))
        refused = change_each(self._odoo, PRODUCT, changes)
        return verdicts | {
            picture.event.key: refused[picture.product] for picture in pictures if picture.product in refused
        }

    def _content(self, picture: Picture) -> str:
        content = self._vault.content(picture.event.data.file, picture.sha1)
        mapping.check(picture.event, content)
        return content
